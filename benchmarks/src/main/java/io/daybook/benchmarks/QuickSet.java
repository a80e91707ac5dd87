package io.daybook.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/**
 * A cell or two of everything, each with its baseline right before it: what one looks at to see whether something is badly
 * off. One fork and short iterations: for figures to quote use {@link CompareRaw} or JMH with more forks.
 */
final class QuickSet {
    /** The promise is ten minutes; what has not begun by then is left out, and said to be. */
    private static final long BUDGET_NANOS = TimeUnit.SECONDS.toNanos(540);

    private static final int LOG_TAIL_LINES = 30;

    private final Path base;
    private final long began = System.nanoTime();
    private final List<String> problems = new ArrayList<>();
    private int number;

    QuickSet(Path base) {
        this.base = base;
    }

    /** Runs and prints all; whether all went well. */
    boolean run() throws IOException {
        try (Workspace workspace = Workspace.createUnder(base, "quick")) {
            System.out.println("Daybook benchmarks, quick set: about six minutes; arguments are JMH's (-h, -l)\n");
            Machine.print(System.out, base);
            Table appends = appends(workspace.path());
            Table others = others(workspace.path());
            System.out.println();
            appends.print(System.out);
            System.out.println();
            others.print(System.out);
        }
        System.out.println();
        problems.forEach(problem -> System.out.println("PROBLEM  " + problem));
        System.out.printf("%d s%n", TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - began));
        return problems.isEmpty();
    }

    private Table appends(Path directory) {
        Table table = new Table(
                "durable append",
                "raw /s",
                "daybook /s",
                "ratio",
                "raw p50",
                "daybook p50",
                "ratio",
                "raw p99",
                "daybook p99",
                "heap B/entry",
                "cpu/entry");
        int[][] cells = {
            {1024, 1000, 100},
            {1024, 1, 100},
            {1024, 100, 100},
            {128, 1000, 100},
            {16384, 1000, 100},
            {1024, 1000, 1},
            {1024, 1000, 10000}
        };
        for (int[] cell : cells) {
            Cell raw = append(directory, Sinks.RAW, cell);
            Cell daybook = append(directory, Sinks.DAYBOOK, cell);
            table.row(
                    Format.bytes(cell[0]) + ", " + Format.digits(cell[1]) + " in flight, " + Format.digits(cell[2])
                            + " ledgers",
                    Format.count(raw.score()),
                    Format.count(daybook.score()),
                    Format.ratio(daybook.score() / raw.score()),
                    Format.nanos(raw.figure("p50") * 1e3),
                    Format.nanos(daybook.figure("p50") * 1e3),
                    Format.ratio(daybook.figure("p50") / raw.figure("p50")),
                    Format.nanos(raw.figure("p99") * 1e3),
                    Format.nanos(daybook.figure("p99") * 1e3),
                    Format.digits(daybook.figure("heap")),
                    Format.nanos(daybook.figure("cpu") * 1e3));
        }
        return table;
    }

    private Cell append(Path directory, String sink, int[] cell) {
        return measure(
                directory,
                DurableAppendBenchmark.class,
                "append",
                Map.of("sink", sink, "entryBytes", cell[0], "inFlight", cell[1], "ledgers", cell[2]));
    }

    private Table others(Path directory) {
        Table table = new Table("the rest", "figure", "unit", "baseline", "ratio");
        for (int inFlight : new int[] {1, 1000}) {
            Cell journal = measure(
                    directory, GroupCommitBenchmark.class, "append", Map.of("entryBytes", 1024, "inFlight", inFlight));
            row(table, "group commit alone, 1 KiB, " + inFlight + " in flight", journal.score(), "entries/s");
        }
        for (int inFlight : new int[] {1, 1000}) {
            Cell raw = append(directory, Sinks.RAW, new int[] {1024, inFlight, 100});
            Cell bare = measure(
                    directory,
                    BareLoopBenchmark.class,
                    "group",
                    Map.of("entryBytes", 1024, "inFlight", inFlight, "copy", true));
            double rate = bare.figure("entries");
            table.row(
                    "raw against a bare loop, 1 KiB, " + inFlight + " in flight",
                    Format.count(raw.score()),
                    "entries/s",
                    Format.count(rate),
                    Format.ratio(raw.score() / rate));
        }
        row(
                table,
                "tail read, 1 KiB",
                measure(directory, TailReadBenchmark.class, "read", Map.of()).score(),
                "reads/s");
        Map<String, Object> store = Map.of("storeMiB", 512);
        double pread =
                measure(directory, RandomReadBenchmark.class, "raw", store).score();
        double random = measure(
                        directory, RandomReadBenchmark.class, "daybook", Map.of("storeMiB", 512, "rowCache", true))
                .score();
        table.row(
                "random read, warm, 1 KiB, 512 MiB, of pread",
                Format.count(random),
                "reads/s",
                Format.count(pread),
                Format.ratio(random / pread));
        for (Object[] cell : new Object[][] {{100, "constant"}, {10000, "constant"}, {100, "random"}}) {
            Cell put = measure(directory, IndexBenchmark.class, "put", Map.of("ledgers", cell[0], "sizes", cell[1]));
            row(table, "index put, " + cell[0] + " ledgers, " + cell[1] + " sizes", put.figure("entries"), "entries/s");
        }
        Cell get = measure(directory, IndexBenchmark.class, "get", Map.of("ledgers", 100, "sizes", "random"));
        row(table, "index get, 10 M entries, 100 ledgers, random sizes", get.score(), "lookups/s");
        for (String sizes : new String[] {"constant", "random"}) {
            Cell rest = measure(directory, IndexBenchmark.class, "atRest", Map.of("ledgers", 100, "sizes", sizes));
            row(table, "index at rest, 100 ledgers, " + sizes + " sizes", rest.figure("bytes"), "B/entry");
        }
        return table;
    }

    private static void row(Table table, String name, double value, String unit) {
        table.row(name, Format.count(value), unit, "", "");
    }

    /** Runs one cell in a JVM of its own. A failure is a problem to report, not the end. */
    private Cell measure(Path directory, Class<?> benchmark, String method, Map<String, ?> params) {
        String name = benchmark.getSimpleName().replace("Benchmark", "") + "." + method + " " + new TreeMap<>(params);
        number++;
        if (System.nanoTime() - began > BUDGET_NANOS) {
            problems.add("left out, time is up: " + name);
            return Cell.NONE;
        }
        Path log = directory.resolve("jmh-" + number + ".log");
        Cell cell;
        try {
            Collection<RunResult> results = new Runner(
                            options(directory, benchmark, method, params, log).build())
                    .run();
            cell = results.isEmpty() ? Cell.NONE : Cell.of(results.iterator().next());
        } catch (RunnerException e) {
            problems.add(name + ": " + e);
            cell = Cell.NONE;
        }
        System.out.printf("%3d s  %s: %s%n", elapsedSeconds(), name, cell.describe());
        if (cell == Cell.NONE) {
            problems.add("failed: " + name);
            printTail(log);
        }
        return cell;
    }

    private ChainedOptionsBuilder options(
            Path directory, Class<?> benchmark, String method, Map<String, ?> params, Path log) {
        ChainedOptionsBuilder options = new OptionsBuilder()
                .include("^" + benchmark.getName().replace(".", "\\.") + "\\." + method + "$")
                .forks(1)
                .jvmArgsPrepend(Workspace.baseArgument(directory), "-D" + LoadProfiler.QUIET_PROPERTY + "=true")
                .addProfiler(LoadProfiler.class)
                .output(log.toString())
                .shouldDoGC(false);
        if (!method.equals("atRest")) {
            options.mode(Mode.Throughput)
                    .warmupIterations(1)
                    .warmupTime(TimeValue.seconds(2))
                    .measurementIterations(3)
                    .measurementTime(TimeValue.milliseconds(1500));
        }
        params.forEach((key, value) -> options.param(key, value.toString()));
        return options;
    }

    private long elapsedSeconds() {
        return TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - began);
    }

    private static void printTail(Path log) {
        try {
            List<String> lines = Files.readAllLines(log);
            lines.subList(Math.max(0, lines.size() - LOG_TAIL_LINES), lines.size())
                    .forEach(line -> System.out.println("       | " + line));
        } catch (IOException e) {
            System.out.println("       | no log: " + e);
        }
    }

    /** What one cell came to: the score, and the figures beside it. */
    private record Cell(double score, String unit, Map<String, Double> figures) {
        static final Cell NONE = new Cell(Double.NaN, "", Map.of());

        static Cell of(RunResult result) {
            Map<String, Double> figures = new LinkedHashMap<>();
            result.getSecondaryResults().forEach((name, secondary) -> figures.put(name, secondary.getScore()));
            Result<?> primary = result.getPrimaryResult();
            return new Cell(primary.getScore(), primary.getScoreUnit(), figures);
        }

        double figure(String name) {
            return figures.getOrDefault(name, Double.NaN);
        }

        String describe() {
            StringBuilder text =
                    new StringBuilder(Format.count(score)).append(' ').append(unit);
            figures.forEach(
                    (name, value) -> text.append(", ").append(name).append(' ').append(Format.count(value)));
            return text.toString();
        }
    }
}
