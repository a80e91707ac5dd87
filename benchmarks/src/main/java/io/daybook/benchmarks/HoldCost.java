package io.daybook.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * What a hold costs on a lookup in the location index: {@link IndexBenchmark#get} by two threads, with the lease and with one
 * that guards nothing ({@link LeaseVariants}), each in JVMs of its own, in pairs that change their order; of each JVM the median
 * of its iterations counts. JVMs differ from each other by more than a hold costs: what is compiled lies elsewhere, and the
 * machine has other guests. So {@link LeaseBenchmark} is run in as many: a hold alone, and lookups with and without one more hold
 * in turn, {@link LeaseBenchmark#getAndHold}, whose difference has a spread in which a hold can be seen.
 *
 * <pre>
 * java -jar benchmarks/target/benchmarks.jar hold
 * java -jar benchmarks/target/benchmarks.jar hold --pairs 5 --threads 2 --seconds 10
 * </pre>
 */
final class HoldCost {
    private static final String GUARDED = "with holds";
    private static final String UNGUARDED = "without";
    private static final String ALONE = "hold alone";
    private static final String WITHOUT = "same JVM, without";
    private static final String ONE_MORE = "same JVM, one more";
    private static final String DIFFERENCE = "same JVM, in turn";
    private static final int WARMUPS = 4;
    private static final int ITERATION_MILLIS = 500;

    private final Arguments arguments;
    private final Path base;
    private final Map<String, List<Double>> nanos = new LinkedHashMap<>();

    private HoldCost(Arguments arguments, Path base) {
        this.arguments = arguments;
        this.base = base;
        nanos.put(GUARDED, new ArrayList<>());
        nanos.put(UNGUARDED, new ArrayList<>());
        nanos.put(ALONE, new ArrayList<>());
        nanos.put(WITHOUT, new ArrayList<>());
        nanos.put(ONE_MORE, new ArrayList<>());
        nanos.put(DIFFERENCE, new ArrayList<>());
    }

    private static Map<String, String> options() {
        Map<String, String> options = new LinkedHashMap<>();
        options.put("pairs", "5");
        options.put("threads", "2");
        options.put("seconds", "10");
        options.put("entries", "10000");
        return options;
    }

    /** Measures and prints; each of {@link #options} can be given. */
    static void run(String[] args, Path base) throws IOException {
        Arguments arguments;
        try {
            arguments = Arguments.parse(args, options());
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage() + "; hold has " + options());
            System.exit(2);
            return;
        }
        new HoldCost(arguments, base).run();
    }

    private void run() throws IOException {
        int pairs = arguments.number("pairs", 1, 100);
        Machine.print(System.out, base);
        System.out.println(
                "index get, ns: " + pairs + " pairs of JVMs, " + arguments.number("threads", 1, 64) + " threads, "
                        + arguments.number("seconds", 1, 600) + " s each in iterations of " + ITERATION_MILLIS + " ms");
        try (Workspace workspace = Workspace.createUnder(base, "hold")) {
            Map<String, Path> variants = Map.of(
                    GUARDED, LeaseVariants.guarded(workspace.path().resolve("guarded")),
                    UNGUARDED, LeaseVariants.unguarded(workspace.path().resolve("unguarded")));
            for (int pair = 1; pair <= pairs; pair++) {
                List<String> order = pair % 2 == 1 ? List.of(GUARDED, UNGUARDED) : List.of(UNGUARDED, GUARDED);
                for (String variant : order) {
                    keep(pair, variant, lookup(variants.get(variant)));
                }
                keep(pair, ALONE, median(measure(LeaseBenchmark.class, "hold"), null));
                List<IterationResult> inTurn = measure(LeaseBenchmark.class, "getAndHold");
                keep(pair, WITHOUT, median(inTurn, LeaseBenchmark.WITHOUT));
                keep(pair, ONE_MORE, median(inTurn, LeaseBenchmark.WITH));
                keep(pair, DIFFERENCE, median(inTurn, LeaseBenchmark.DIFFERENCE));
            }
        }
        print();
    }

    private void keep(int pair, String variant, double score) {
        nanos.get(variant).add(score);
        System.out.printf("%2d/%d  %-19s  %s%n", pair, arguments.number("pairs", 1, 100), variant, Format.nanos(score));
    }

    private double lookup(Path variant) {
        return median(measure(IndexBenchmark.class, "get", LeaseVariants.argument(variant)), null);
    }

    /** Of the iterations, of what they say by themselves or, null, of JMH's own score. */
    private static double median(List<IterationResult> iterations, String figure) {
        return Medians.median(
                iterations,
                iteration -> (figure == null
                                ? iteration.getPrimaryResult()
                                : iteration.getSecondaryResults().get(figure))
                        .getScore());
    }

    private List<IterationResult> measure(Class<?> benchmark, String method, String... jvmArguments) {
        int iterations = arguments.number("seconds", 1, 600) * 1000 / ITERATION_MILLIS;
        Options options = new OptionsBuilder()
                .include("^" + benchmark.getName().replace(".", "\\.") + "\\." + method + "$")
                .param("ledgers", "100")
                .param("sizes", "constant")
                // A row from the heap takes no hold.
                .param("rowCacheMib", "0")
                .param("entries", String.valueOf(arguments.number("entries", 1, 1_000_000_000)))
                .mode(Mode.AverageTime)
                .timeUnit(TimeUnit.NANOSECONDS)
                .threads(arguments.number("threads", 1, 64))
                .forks(1)
                .warmupIterations(WARMUPS)
                .warmupTime(TimeValue.seconds(1))
                .measurementIterations(iterations)
                .measurementTime(TimeValue.milliseconds(ITERATION_MILLIS))
                .shouldFailOnError(true)
                .addProfiler(LoadProfiler.class)
                .verbosity(VerboseMode.SILENT)
                .jvmArgsPrepend(Stream.concat(Stream.of(Workspace.baseArgument(base)), Stream.of(jvmArguments))
                        .toArray(String[]::new))
                .build();
        try {
            return new Runner(options)
                    .runSingle().getBenchmarkResults().stream()
                            .flatMap(fork -> fork.getIterationResults().stream())
                            .toList();
        } catch (RunnerException e) {
            throw new IllegalStateException("JMH failed", e);
        }
    }

    private void print() {
        List<Double> guarded = nanos.get(GUARDED);
        List<Double> unguarded = nanos.get(UNGUARDED);
        List<Double> differences = new ArrayList<>();
        for (int i = 0; i < guarded.size(); i++) {
            differences.add(guarded.get(i) - unguarded.get(i));
        }
        double cost = Medians.median(guarded, nano -> nano) - Medians.median(unguarded, nano -> nano);
        System.out.println();
        Table table = new Table("ns a get", "median", "min", "max");
        row(table, GUARDED, guarded);
        row(table, UNGUARDED, unguarded);
        row(table, "difference in a pair", differences);
        row(table, ALONE, nanos.get(ALONE));
        row(table, WITHOUT, nanos.get(WITHOUT));
        row(table, ONE_MORE, nanos.get(ONE_MORE));
        row(table, DIFFERENCE, nanos.get(DIFFERENCE));
        table.print(System.out);
        double inTurn =
                Medians.median(nanos.get(ONE_MORE), nano -> nano) - Medians.median(nanos.get(WITHOUT), nano -> nano);
        System.out.println("cost of a hold, by the difference of the medians: " + Format.digits(cost)
                + " ns between JVMs, " + Format.digits(inTurn) + " ns in the same JVMs");
    }

    private static void row(Table table, String name, List<Double> samples) {
        table.row(
                name,
                Format.digits(Medians.median(samples, nano -> nano)),
                Format.digits(samples.stream().min(Double::compare).orElseThrow()),
                Format.digits(samples.stream().max(Double::compare).orElseThrow()));
    }
}
