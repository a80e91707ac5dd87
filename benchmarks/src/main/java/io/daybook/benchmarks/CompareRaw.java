package io.daybook.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleFunction;
import java.util.function.ToDoubleFunction;

/**
 * Compares two sinks, raw and daybook unless others are named, by child JVMs that take turns, and gives the ratio of the
 * medians.
 *
 * <pre>
 * java -cp benchmarks/target/benchmarks.jar io.daybook.benchmarks.CompareRaw --in-flight 1000
 * java -cp benchmarks/target/benchmarks.jar io.daybook.benchmarks.CompareRaw --in-flight 1
 * java -cp benchmarks/target/benchmarks.jar io.daybook.benchmarks.CompareRaw --sinks bare,raw
 * </pre>
 *
 * <p>The last checks the baseline itself against a single-threaded loop with its group sizes. JVM options of this process
 * are handed to the children.
 */
public final class CompareRaw {
    private static final String HEAP = "-Xmx1g";

    private final List<String> sinks;
    private final Map<String, String> childOptions;
    private final Path base;
    private final int forks;
    private final Duration pause;
    private final Map<String, List<LoadStats>> results = new LinkedHashMap<>();

    private CompareRaw(List<String> sinks, Map<String, String> childOptions, Path base, int forks, Duration pause) {
        this.sinks = sinks;
        this.childOptions = childOptions;
        this.base = base;
        this.forks = forks;
        this.pause = pause;
        sinks.forEach(sink -> results.put(sink, new ArrayList<>()));
    }

    /**
     * Runs the comparison and prints it.
     *
     * @param args see {@code --help}
     * @throws IOException if a child cannot be started
     */
    public static void main(String[] args) throws IOException {
        Map<String, String> options = new LinkedHashMap<>();
        options.put("forks", "5");
        options.put("sinks", Sinks.RAW + "," + Sinks.DAYBOOK);
        options.put("pause", "2");
        options.putAll(AppendRun.options());
        options.remove("sink");
        if (Arrays.asList(args).contains("--help")) {
            System.out.println("CompareRaw options and defaults:");
            options.forEach((name, value) -> System.out.println("  --" + name + " " + value));
            return;
        }
        CompareRaw compare;
        try {
            compare = of(Arguments.parse(args, options));
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage());
            System.exit(2);
            return;
        }
        Children.endWithThisProcess();
        compare.run();
    }

    private static CompareRaw of(Arguments arguments) {
        arguments.shape();
        List<String> sinks = List.of(arguments.text("sinks").split(","));
        if (sinks.size() != 2 || sinks.get(0).equals(sinks.get(1)) || !AppendRun.SINKS.containsAll(sinks)) {
            throw new IllegalArgumentException(
                    "--sinks is " + arguments.text("sinks") + ", but must be two different ones of " + AppendRun.SINKS);
        }
        Map<String, String> childOptions = new LinkedHashMap<>();
        for (String name : AppendRun.options().keySet()) {
            if (!name.equals("sink") && !name.equals("dir")) {
                childOptions.put(name, arguments.text(name));
            }
        }
        return new CompareRaw(
                sinks,
                childOptions,
                Path.of(arguments.text("dir")).toAbsolutePath().normalize(),
                arguments.number("forks", 1, 1000),
                Duration.ofSeconds(arguments.number("pause", 0, 600)));
    }

    private void run() throws IOException {
        Machine.print(System.out, base);
        System.out.println("durable append: " + childOptions + ", " + forks + " forks of each, in turn");
        try (Workspace workspace = Workspace.createUnder(base, "compare")) {
            for (int fork = 1; fork <= forks; fork++) {
                for (String sink : sinks) {
                    LoadStats stats = runChild(sink, workspace.path());
                    results.get(sink).add(stats);
                    System.out.printf("%2d/%d  %-10s %s%n", fork, forks, sink, stats.describe());
                    // Deleted files are discarded on the device behind our back: not in the next one's time.
                    Threads.sleep(pause);
                }
            }
        }
        printTable();
    }

    private LoadStats runChild(String sink, Path directory) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add(HEAP);
        if (Runtime.version().feature() >= 22) {
            command.add("--enable-native-access=ALL-UNNAMED");
        }
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(List.of("-cp", System.getProperty("java.class.path")));
        command.add(AppendRun.class.getName());
        command.addAll(List.of("--sink", sink, "--dir", directory.toString()));
        childOptions.forEach((name, value) -> command.addAll(List.of("--" + name, value)));
        Process child = Children.measuring(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        LoadStats stats = null;
        try (BufferedReader output = child.inputReader()) {
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                if (line.startsWith(AppendRun.RESULT)) {
                    stats = LoadStats.parse(line.substring(AppendRun.RESULT.length()));
                } else {
                    System.out.println(line);
                }
            }
        }
        try {
            int exit = child.waitFor();
            if (exit != 0 || stats == null) {
                throw new IllegalStateException("the child for " + sink + " ended with exit code " + exit);
            }
        } catch (InterruptedException e) {
            child.destroy();
            throw Threads.interrupted(e);
        }
        return stats;
    }

    private void printTable() {
        String left = sinks.get(0);
        String right = sinks.get(1);
        System.out.println();
        Table table = new Table("median of " + forks, left, right, right + " / " + left);
        row(table, "entries a second", LoadStats::entriesPerSecond, Format::count);
        row(table, "p50", LoadStats::p50Nanos, Format::nanos);
        row(table, "p99", LoadStats::p99Nanos, Format::nanos);
        row(table, "p99.9", LoadStats::p999Nanos, Format::nanos);
        row(table, "max", LoadStats::maxNanos, Format::nanos);
        row(table, "heap bytes an entry, producers", LoadStats::producerBytesPerEntry, Format::digits);
        row(table, "heap bytes an entry, all threads", LoadStats::heapBytesPerEntry, Format::digits);
        row(table, "processor time an entry", LoadStats::cpuNanosPerEntry, Format::nanos);
        table.row("entries a second, min to max", spread(results.get(left)), spread(results.get(right)), "");
        table.print(System.out);
    }

    private void row(Table table, String name, ToDoubleFunction<LoadStats> figure, DoubleFunction<String> format) {
        double left = Medians.median(results.get(sinks.get(0)), figure);
        double right = Medians.median(results.get(sinks.get(1)), figure);
        table.row(name, format.apply(left), format.apply(right), Format.ratio(right / left));
    }

    private static String spread(List<LoadStats> stats) {
        double[] rates =
                stats.stream().mapToDouble(LoadStats::entriesPerSecond).sorted().toArray();
        return Format.count(rates[0]) + " to " + Format.count(rates[rates.length - 1]);
    }
}
