package io.daybook.engine.mutants;

import static org.assertj.core.api.Assertions.assertThat;

import io.daybook.testing.ForkedJvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Tests the tests: each {@link SourceMutant} is compiled, put in front of the right classes in a JVM of its own, and must be
 * found there. The control is the same without a change, where nothing must be found.
 *
 * <p>{@code -Ddaybook.mutants=NAME,NAME} runs only these; {@code -Ddaybook.mutants.finders=TEST:class,MODEL:seeds} looks with
 * these finders instead, to choose one; {@code -Ddaybook.mutants.seeds=N} gives the model no more seeds than that;
 * {@code -Ddaybook.mutants.tries=1} shows, on a busy machine, which finders depend on which thread comes first.
 */
class SourceMutantsTest {
    /** A few tests find what depends on which thread comes first: that much is their budget. */
    private static final int TRIES = Integer.getInteger("daybook.mutants.tries", 3);

    private static final Duration DEADLINE = Duration.ofMinutes(5);
    /** It runs half of all finders, one after the other. */
    private static final Duration CONTROL_DEADLINE = Duration.ofMinutes(15);

    /** At the same time, as the build's machines have two cores. */
    private static final int JVMS = 2;

    /** For each build: quick, and from different places. */
    private static final Set<SourceMutant> HANDFUL = EnumSet.of(
            SourceMutant.ACKNOWLEDGED_WITHOUT_SYNC,
            SourceMutant.FAILED_SYNC_IGNORED,
            SourceMutant.TORN_TAIL_LEFT_OPEN,
            SourceMutant.MISSING_SEGMENT_IGNORED,
            SourceMutant.DELETED_LEDGER_RETURNS,
            SourceMutant.LEASE_ENDS_WITH_A_HOLD);

    /** What the right code gets of the model: that it passes is for the model's own test to show. */
    private static final int CONTROL_SEEDS = 50;

    private static final Pattern FOUND_BY_SEED =
            Pattern.compile("^" + MutantChild.FOUND + "MODEL:\\d+ seed (\\d+ \\w+):");

    @TempDir
    Path directory;

    @Test
    void eachStillFitsItsSource() throws IOException {
        List<String> unfit = new ArrayList<>();
        for (SourceMutant mutant : SourceMutant.values()) {
            try {
                MutatedSource.apply(mutant.edits());
            } catch (AssertionError e) {
                unfit.add(mutant + ": " + e.getMessage());
            }
        }
        assertThat(unfit).isEmpty();
    }

    @Test
    void theDocumentNamesEach() throws IOException {
        Matcher names = Pattern.compile("`([A-Z]+(?:_[A-Z]+)+)`")
                .matcher(Files.readString(MutatedSource.root().resolve("docs/mutants.md")));
        assertThat(names.results().map(name -> name.group(1)).distinct())
                .containsExactlyInAnyOrderElementsOf(
                        Arrays.stream(SourceMutant.values()).map(Enum::name).toList());
    }

    @Test
    void aHandfulIsFoundAndTheRightCodeIsNot() throws Exception {
        control(HANDFUL, runAll(HANDFUL), EnumSet.allOf(Finder.Kind.class));
    }

    /** With the control of the finders that are tests; the model shows by itself that the right code passes. */
    @Test
    @Tag("proof")
    void eachIsFound() throws Exception {
        Set<SourceMutant> mutants = chosen();
        runAll(mutants);
        control(mutants, Set.of(), Set.of(Finder.Kind.TEST));
    }

    /** With the control of all finders, which takes longer than all mutants. */
    @Test
    @Tag("soak")
    void eachIsFoundAndTheRightCodeIsNot() throws Exception {
        control(chosen(), runAll(chosen()), EnumSet.allOf(Finder.Kind.class));
    }

    private static Set<SourceMutant> chosen() {
        String names = System.getProperty("daybook.mutants", "");
        return names.isEmpty()
                ? EnumSet.allOf(SourceMutant.class)
                : Arrays.stream(names.split(",")).map(SourceMutant::valueOf).collect(Collectors.toSet());
    }

    private static List<Finder> finders(SourceMutant mutant) {
        String other = System.getProperty("daybook.mutants.finders", "");
        return other.isEmpty()
                ? List.of(mutant.finder().atMost(Integer.getInteger("daybook.mutants.seeds", Integer.MAX_VALUE)))
                : Arrays.stream(other.split(",")).map(Finder::parse).toList();
    }

    /** The seeds that found something: the right code has to pass them. */
    private Set<String> runAll(Collection<SourceMutant> mutants) throws Exception {
        long start = System.nanoTime();
        ExecutorService jvms = Executors.newFixedThreadPool(JVMS);
        Map<SourceMutant, Future<String>> results = new TreeMap<>();
        try {
            for (SourceMutant mutant : mutants) {
                results.put(mutant, jvms.submit(() -> run(mutant)));
            }
            List<String> survivors = new ArrayList<>();
            Set<String> seeds = new TreeSet<>();
            for (Map.Entry<SourceMutant, Future<String>> result : results.entrySet()) {
                String text = result.getValue().get();
                Matcher seed = FOUND_BY_SEED.matcher(text);
                if (seed.find()) {
                    seeds.add(seed.group(1));
                }
                if (!text.startsWith(MutantChild.FOUND)) {
                    survivors.add(result.getKey() + ": " + text);
                }
            }
            System.out.printf(
                    "mutants: %d of %d found in %d s%n",
                    mutants.size() - survivors.size(), mutants.size(), (System.nanoTime() - start) / 1_000_000_000);
            assertThat(survivors).isEmpty();
            return seeds;
        } finally {
            jvms.shutdownNow();
            jvms.awaitTermination(1, TimeUnit.MINUTES);
        }
    }

    private String run(SourceMutant mutant) throws Exception {
        long start = System.nanoTime();
        Path scratch = Files.createDirectories(directory.resolve(mutant.name()));
        Path classes = scratch.resolve("classes");
        Map<String, String> sources = MutatedSource.apply(mutant.edits());
        String text;
        try {
            MutatedSource.compile(sources, scratch.resolve("sources"), classes);
            List<Object> args = new ArrayList<>(List.of(classes, sources.size()));
            args.addAll(sources.keySet());
            args.addAll(finders(mutant));
            int tries = 0;
            do {
                text = result(jvm(scratch).withClassesFirst(classes).run(args.toArray()));
            } while (text.startsWith(MutantChild.SURVIVED) && ++tries < TRIES);
        } catch (AssertionError e) {
            text = e.getMessage();
        }
        System.out.printf("mutant %s: %s (%.1f s)%n", mutant, text, (System.nanoTime() - start) / 1e9);
        return text;
    }

    private static String result(ForkedJvm.Result result) {
        if (result.exitCode() == -1) {
            return "takes too long";
        }
        List<String> lines = result.good().lines();
        return lines.get(lines.size() - 2);
    }

    private static ForkedJvm jvm(Path scratch) {
        return new ForkedJvm(scratch, MutantChild.class)
                .within(DEADLINE)
                .option("-ea")
                .option("-Xmx512m")
                .option("-Dbasedir=" + System.getProperty("basedir", ""))
                .withClassesLast(MutatedSource.root().resolve("stats/target/test-classes"));
    }

    /** The finders on unchanged classes, compiled in the same way: what is found there is no mutant. */
    private void control(Collection<SourceMutant> mutants, Set<String> seeds, Set<Finder.Kind> kinds) throws Exception {
        long start = System.nanoTime();
        List<Finder> finders = Stream.concat(
                        mutants.stream()
                                .flatMap(mutant -> finders(mutant).stream())
                                .filter(finder -> kinds.contains(finder.kind()))
                                .map(finder -> finder.atMost(CONTROL_SEEDS))
                                .distinct(),
                        seeds.stream().map(Finder::seed))
                .toList();
        Path classes = directory.resolve("control");
        Map<String, String> sources = MutatedSource.unchanged(
                mutants.stream().flatMap(mutant -> mutant.edits().stream()).toList());
        MutatedSource.compile(sources, directory.resolve("control-sources"), classes);
        ExecutorService jvms = Executors.newFixedThreadPool(JVMS);
        Set<String> results = new TreeSet<>();
        try {
            List<Future<String>> running = new ArrayList<>();
            for (int i = 0; i < JVMS; i++) {
                List<Object> args = new ArrayList<>(List.of(classes, sources.size()));
                args.addAll(sources.keySet());
                for (int at = i; at < finders.size(); at += JVMS) {
                    args.add(finders.get(at));
                }
                Path scratch = Files.createDirectories(directory.resolve("control-" + i));
                running.add(jvms.submit(() -> result(jvm(scratch)
                        .within(CONTROL_DEADLINE)
                        .withClassesFirst(classes)
                        .run(args.toArray()))));
            }
            for (Future<String> result : running) {
                results.add(result.get());
            }
        } finally {
            jvms.shutdownNow();
        }
        System.out.printf(
                "mutants: %d finders on the right code, %s in %d s%n",
                finders.size(), results, (System.nanoTime() - start) / 1_000_000_000);
        assertThat(results).containsExactly(MutantChild.SURVIVED);
    }
}
