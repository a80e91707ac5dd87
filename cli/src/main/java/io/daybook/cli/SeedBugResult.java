package io.daybook.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;

/**
 * What {@code demo --seed-bug} found.
 *
 * @param roundsEach closes that each JVM was to survive
 * @param bare runs of RocksDB behind a flag
 * @param daybook runs of Daybook
 */
record SeedBugResult(int roundsEach, List<RaceRun> bare, List<RaceRun> daybook) {

    /** Whether it shows what it is to show: the bare handle ends JVMs, Daybook none. */
    boolean good() {
        return crashed(bare) > 0 && daybookGood();
    }

    /** Whether all runs of Daybook came to their end. */
    boolean daybookGood() {
        return ended(daybook) == daybook.size();
    }

    String json() {
        return new Json()
                .put("good", good())
                .put("runs", bare.size())
                .put("roundsEach", roundsEach)
                .put("bareCrashes", crashed(bare))
                .put("bareEnded", ended(bare))
                .put("bareFirstCrash", firstCrash())
                .put("daybookCrashes", crashed(daybook))
                .put("daybookEnded", ended(daybook))
                .put("daybookRounds", sum(daybook, RaceRun::rounds))
                .put("daybookAnswered", sum(daybook, RaceRun::answered))
                .put("daybookRefused", sum(daybook, RaceRun::refused))
                .toString();
    }

    /** The two side by side, then how runs ended that did not come to their end. */
    List<String> lines() {
        List<String> lines = new ArrayList<>();
        lines.add(row("", "bare handle", "Daybook"));
        lines.add(row("JVMs", bare.size(), daybook.size()));
        lines.add(row("JVMs that crashed", crashed(bare), crashed(daybook)));
        lines.add(row("JVMs that came to their end", ended(bare), ended(daybook)));
        lines.add(row("closes that went well", sum(bare, RaceRun::rounds), sum(daybook, RaceRun::rounds)));
        lines.add(row("calls answered", sum(bare, RaceRun::answered), sum(daybook, RaceRun::answered)));
        lines.add(row("calls refused as closed", sum(bare, RaceRun::refused), sum(daybook, RaceRun::refused)));
        tellOf("The bare handle", bare, lines);
        tellOf("Daybook", daybook, lines);
        return lines;
    }

    private static void tellOf(String name, List<RaceRun> runs, List<String> lines) {
        Map<String, Long> ends = runs.stream()
                .filter(run -> !run.ended())
                .map(RaceRun::how)
                .collect(Collectors.groupingBy(Function.identity(), TreeMap::new, Collectors.counting()));
        if (!ends.isEmpty()) {
            lines.add("");
            lines.add(name + " ended its JVM:");
            ends.forEach((how, count) -> lines.add("  " + count + " x  " + how));
        }
    }

    private static String row(String what, Object bare, Object daybook) {
        return String.format(Locale.ROOT, "  %-28s %15s %15s", what, text(bare), text(daybook));
    }

    private static String text(Object value) {
        return value instanceof Number number ? Units.count(number.doubleValue()) : value.toString();
    }

    private String firstCrash() {
        return bare.stream()
                .filter(RaceRun::crashed)
                .map(RaceRun::how)
                .findFirst()
                .orElse("");
    }

    private static long crashed(List<RaceRun> runs) {
        return runs.stream().filter(RaceRun::crashed).count();
    }

    private static long ended(List<RaceRun> runs) {
        return runs.stream().filter(RaceRun::ended).count();
    }

    private static long sum(List<RaceRun> runs, ToLongFunction<RaceRun> of) {
        return runs.stream().mapToLong(of).sum();
    }
}
