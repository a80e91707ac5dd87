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
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * What a hold costs on a lookup in the location index: {@link IndexBenchmark#get} by two threads, with the lease and with one
 * that guards nothing ({@link LeaseVariants}), each in JVMs of its own, in pairs that change their order. As JVMs differ from each
 * other by more than a hold costs, {@link LeaseBenchmark} is run in as many: a hold alone, and one more hold around a lookup in
 * every other iteration of the same JVM.
 *
 * <pre>
 * java -jar benchmarks/target/benchmarks.jar hold
 * java -jar benchmarks/target/benchmarks.jar hold --pairs 5 --threads 2 --seconds 3
 * </pre>
 */
final class HoldCost {
    private static final String GUARDED = "with holds";
    private static final String UNGUARDED = "without";
    private static final String ALONE = "hold alone";
    private static final String ONE_MORE = "one more, same JVM";
    /** Even: then the first iteration that counts is one without, see {@link LeaseBenchmark.Leased}. */
    private static final int WARMUPS = 4;

    private static final int ITERATIONS = 5;

    private final Arguments arguments;
    private final Path base;
    private final Map<String, List<Double>> nanos = new LinkedHashMap<>();

    private HoldCost(Arguments arguments, Path base) {
        this.arguments = arguments;
        this.base = base;
        nanos.put(GUARDED, new ArrayList<>());
        nanos.put(UNGUARDED, new ArrayList<>());
        nanos.put(ALONE, new ArrayList<>());
        nanos.put(ONE_MORE, new ArrayList<>());
    }

    private static Map<String, String> options() {
        Map<String, String> options = new LinkedHashMap<>();
        options.put("pairs", "5");
        options.put("threads", "2");
        options.put("seconds", "2");
        options.put("entries", "2000000");
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
        System.out.println("index get, ns: " + pairs + " pairs of JVMs, " + arguments.number("threads", 1, 64)
                + " threads, " + ITERATIONS + " iterations of " + arguments.number("seconds", 1, 600) + " s");
        try (Workspace workspace = Workspace.createUnder(base, "hold")) {
            Map<String, Path> variants = Map.of(
                    GUARDED, LeaseVariants.guarded(workspace.path().resolve("guarded")),
                    UNGUARDED, LeaseVariants.unguarded(workspace.path().resolve("unguarded")));
            for (int pair = 1; pair <= pairs; pair++) {
                List<String> order = pair % 2 == 1 ? List.of(GUARDED, UNGUARDED) : List.of(UNGUARDED, GUARDED);
                for (String variant : order) {
                    keep(pair, variant, lookup(variants.get(variant)));
                }
                keep(pair, ALONE, measure(LeaseBenchmark.class, "hold"));
                keep(pair, ONE_MORE, oneMore());
            }
        }
        print();
    }

    private void keep(int pair, String variant, double score) {
        nanos.get(variant).add(score);
        System.out.printf("%2d/%d  %-18s  %s%n", pair, arguments.number("pairs", 1, 100), variant, Format.nanos(score));
    }

    private double lookup(Path variant) {
        return measure(IndexBenchmark.class, "get", LeaseVariants.argument(variant));
    }

    /** The median of the differences between neighbouring iterations without and with it. */
    private double oneMore() {
        List<Double> differences = new ArrayList<>();
        List<IterationResult> iterations = new ArrayList<>();
        measureAll(LeaseBenchmark.class, "getAndHold", 4 * ITERATIONS)
                .getBenchmarkResults()
                .forEach(fork -> iterations.addAll(fork.getIterationResults()));
        for (int i = 0; i + 1 < iterations.size(); i += 2) {
            differences.add(iterations.get(i + 1).getPrimaryResult().getScore()
                    - iterations.get(i).getPrimaryResult().getScore());
        }
        return Medians.median(differences, nano -> nano);
    }

    private double measure(Class<?> benchmark, String method, String... jvmArguments) {
        return measureAll(benchmark, method, ITERATIONS, jvmArguments)
                .getPrimaryResult()
                .getScore();
    }

    private RunResult measureAll(Class<?> benchmark, String method, int iterations, String... jvmArguments) {
        TimeValue seconds = TimeValue.seconds(arguments.number("seconds", 1, 600));
        Options options = new OptionsBuilder()
                .include("^" + benchmark.getName().replace(".", "\\.") + "\\." + method + "$")
                .param("ledgers", "100")
                .param("sizes", "constant")
                .param("entries", String.valueOf(arguments.number("entries", 1, 1_000_000_000)))
                .mode(Mode.AverageTime)
                .timeUnit(TimeUnit.NANOSECONDS)
                .threads(arguments.number("threads", 1, 64))
                .forks(1)
                .warmupIterations(WARMUPS)
                .warmupTime(seconds)
                .measurementIterations(iterations)
                .measurementTime(seconds)
                .shouldFailOnError(true)
                .verbosity(VerboseMode.SILENT)
                .jvmArgsPrepend(Stream.concat(Stream.of(Workspace.baseArgument(base)), Stream.of(jvmArguments))
                        .toArray(String[]::new))
                .build();
        try {
            return new Runner(options).runSingle();
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
        row(table, ONE_MORE, nanos.get(ONE_MORE));
        table.print(System.out);
        System.out.println("cost of a hold: " + Format.digits(cost) + " ns, the difference of the medians");
    }

    private static void row(Table table, String name, List<Double> samples) {
        table.row(
                name,
                Format.digits(Medians.median(samples, nano -> nano)),
                Format.digits(samples.stream().min(Double::compare).orElseThrow()),
                Format.digits(samples.stream().max(Double::compare).orElseThrow()));
    }
}
