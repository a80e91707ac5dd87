package io.daybook.benchmarks.compare;

import io.daybook.benchmarks.Arguments;
import io.daybook.benchmarks.Format;
import io.daybook.benchmarks.Machine;
import io.daybook.benchmarks.Threads;
import io.daybook.benchmarks.Workspace;
import io.daybook.benchmarks.report.Figure;
import io.daybook.benchmarks.report.JmhJson;
import io.daybook.benchmarks.report.Report;
import io.daybook.benchmarks.report.Results;
import io.daybook.benchmarks.report.Run;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Measures every cell of a plan for every store, in child JVMs that take turns, writes what they measured after each cell, and
 * makes the report.
 *
 * <pre>
 * bin/daybook bench --compare --size key
 * java -jar benchmarks/target/benchmarks.jar compare --size quick --out report
 * java -jar benchmarks/target/benchmarks.jar compare --size key --cells '1 KiB, 1,000 in flight, 100 ledgers'
 * java -jar benchmarks/target/benchmarks.jar compare --kinds append --stores raw,daybook-ring --forks 5
 * </pre>
 */
public final class Comparison {
    private static final String ALL = "all";
    private static final Duration PAUSE = Duration.ofSeconds(1);
    private static final int SECONDS_MAX_BESIDE = 300;
    private static final int SECONDS_MAX_A_MILLION = 20;

    private final Plan plan;
    private final Map<String, String> machine;
    private final Path out;
    private final Path work;
    private final ChildJvm children;
    private final List<Results.Cell> cells = new ArrayList<>();
    private final List<String> problems = new ArrayList<>();
    private final Map<String, Path> filled = new HashMap<>();
    private final long began = System.nanoTime();

    private Comparison(Plan plan, Map<String, String> machine, Path out, Path work, ChildJvm children) {
        this.plan = plan;
        this.machine = machine;
        this.out = out;
        this.work = work;
        this.children = children;
    }

    private static Map<String, String> options() {
        Map<String, String> options = new LinkedHashMap<>();
        options.put("size", "quick");
        options.put("out", "daybook-bench");
        options.put("dir", Workspace.base().toString());
        options.put("kinds", ALL);
        options.put("stores", ALL);
        options.put("cells", ".*");
        options.put("forks", "0");
        options.put("warmup", "0");
        options.put("seconds", "0");
        return options;
    }

    /**
     * Runs it.
     *
     * @param args see {@code --help}; zero forks or seconds: as the size has them
     * @return 0: all cells were measured; 1: some failed; 2: wrong arguments, or peers that are not there
     * @throws IOException if results cannot be written
     */
    public static int run(String[] args) throws IOException {
        if (Arrays.asList(args).contains("--help")) {
            System.out.println("compare options and defaults:");
            options().forEach((name, value) -> System.out.println("  --" + name + " " + value));
            System.out.println("""
                    sizes: quick (10 minutes), goals (an hour and a half: what the table of goals needs, and no more),
                    key (three hours: all peers, too), full (most of a day)
                    cells: a regular expression that some part of a cell's title matches, as '1 KiB, 1,000 in flight'
                    kinds and stores: names with commas; forks, warmup and seconds: 0 is what the size has""");
            return 0;
        }
        PeerJars peers = PeerJars.find();
        Plan plan;
        Path out;
        Path base;
        try {
            Arguments arguments = Arguments.parse(args, options());
            plan = plan(arguments);
            out = Path.of(arguments.text("out")).toAbsolutePath().normalize();
            base = Path.of(arguments.text("dir")).toAbsolutePath().normalize();
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage());
            return 2;
        }
        if (plan.needsPeers() && !peers.built()) {
            System.err.println(PeerJars.HOW_TO_BUILD + "\nor leave them out: --stores raw,daybook,daybook-ring");
            return 2;
        }
        try (Workspace workspace = Workspace.createUnder(base, "compare")) {
            Map<String, String> machine = new LinkedHashMap<>();
            machine.put("date", LocalDate.now().toString());
            machine.putAll(Machine.facts(base));
            if (plan.needsJava(ComparedStore.OTHER_JAVA)) {
                machine.put("other jdk", Jdks.describe(ComparedStore.OTHER_JAVA).orElseThrow());
            }
            Comparison comparison =
                    new Comparison(plan, machine, out, workspace.path(), new ChildJvm(peers, workspace.path()));
            comparison.measure();
            return comparison.problems.isEmpty() ? 0 : 1;
        }
    }

    private static Plan plan(Arguments arguments) {
        Set<ComparedStore> stores = EnumSet.allOf(ComparedStore.class);
        stores.removeIf(store -> Jdks.java(store.java()).isEmpty());
        if (!arguments.text("stores").equals(ALL)) {
            stores.clear();
            for (String name : arguments.text("stores").split(",")) {
                ComparedStore store = ComparedStore.of(name);
                if (Jdks.java(store.java()).isEmpty()) {
                    throw new IllegalArgumentException(
                            name + " wants Java " + store.java() + ", and there is none beside this one");
                }
                stores.add(store);
            }
        }
        Set<String> all = new TreeSet<>();
        for (CellKind kind : CellKind.values()) {
            all.add(kind.key());
        }
        Set<String> kinds = all;
        if (!arguments.text("kinds").equals(ALL)) {
            kinds = new TreeSet<>(List.of(arguments.text("kinds").split(",")));
            if (!all.containsAll(kinds)) {
                throw new IllegalArgumentException(
                        "--kinds is " + arguments.text("kinds") + ", but must be some of " + all);
            }
        }
        Plan plan = Plan.of(arguments.text("size"))
                .only(kinds, stores)
                .only(cells(arguments.text("cells")))
                .with(
                        arguments.number("forks", 0, 1000),
                        arguments.number("warmup", 0, 3600),
                        arguments.number("seconds", 0, 3600));
        if (plan.steps().isEmpty()) {
            throw new IllegalArgumentException(
                    "nothing to measure: none of these kinds and cells has one of these stores");
        }
        return plan;
    }

    private static Pattern cells(String expression) {
        try {
            return Pattern.compile(expression);
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException("--cells is no regular expression: " + e.getMessage());
        }
    }

    private void measure() throws IOException {
        machine.forEach((name, value) -> System.out.printf("%-13s%s%n", name, value));
        System.out.printf("%n%d cells, about %d minutes%n", plan.steps().size(), plan.expectedSeconds() / 60 + 1);
        Files.createDirectories(out);
        for (Plan.Step step : plan.steps()) {
            System.out.printf("%n%s%n", step.cell().title());
            cells.add(measure(step));
            write();
        }
        Results results = new Results(machine, cells);
        Report.write(results, out);
        problems.forEach(problem -> System.out.println("PROBLEM  " + problem));
        System.out.printf(
                "%n%s%n%d s, %d problems; results and report: %s%n",
                Report.markdown(results),
                TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - began),
                problems.size(),
                out);
    }

    /** What there is so far: a comparison that is ended early has it. */
    private void write() throws IOException {
        Results results = new Results(machine, cells);
        Files.writeString(out.resolve("results.json"), results.toJson());
        Files.writeString(out.resolve("jmh.json"), JmhJson.of(results));
    }

    private Results.Cell measure(Plan.Step step) {
        Map<ComparedStore, List<Run>> runs = new EnumMap<>(ComparedStore.class);
        for (int fork = 1; fork <= step.forks(); fork++) {
            List<ComparedStore> turn = new ArrayList<>(step.stores());
            if (fork % 2 == 0) {
                // What a machine becomes slower by in a round is not always the same store's.
                Collections.reverse(turn);
            }
            for (ComparedStore store : turn) {
                try {
                    Run run = run(step, store).withFork(fork);
                    runs.computeIfAbsent(store, s -> new ArrayList<>()).add(run);
                    System.out.printf("%2d/%d  %-28s %s%n", fork, step.forks(), store.title(), describe(run));
                } catch (IOException | RuntimeException e) {
                    String problem = step.cell().title() + ", " + store.title() + ": " + e.getMessage();
                    problems.add(problem.lines().findFirst().orElse(problem));
                    System.out.printf("%2d/%d  %-28s FAILED: %s%n", fork, step.forks(), store.title(), e.getMessage());
                }
                // Deleted files are discarded on the device behind our back: not in the next one's time.
                Threads.sleep(PAUSE);
            }
        }
        List<Results.Store> stores = new ArrayList<>();
        runs.forEach((store, each) ->
                stores.add(new Results.Store(store.key(), store.title(), store.fileState(), List.copyOf(each))));
        Map<String, String> params = new LinkedHashMap<>(step.cell().params());
        params.put("seconds", Integer.toString(step.seconds()));
        return new Results.Cell(step.cell().kind().key(), step.cell().title(), params, stores);
    }

    private Run run(Plan.Step step, ComparedStore store) throws IOException {
        Cell cell = step.cell();
        long secondsMax =
                step.warmup() + step.seconds() + SECONDS_MAX_BESIDE + cell.heldMillions() * SECONDS_MAX_A_MILLION;
        Map<String, String> times = new LinkedHashMap<>();
        times.put("warmup", Integer.toString(step.warmup()));
        times.put("seconds", Integer.toString(step.seconds()));
        if (cell.kind() == CellKind.OPEN) {
            Path directory = Files.createTempDirectory(work, "open-");
            try {
                children.run(cell, store, directory, Map.of("fill", "1"), secondsMax);
                return result(children.run(cell, store, directory, times, secondsMax));
            } finally {
                Workspace.delete(directory);
            }
        }
        Path directory = cell.kind().readsFilledStore() ? filled(cell, store, secondsMax) : work;
        return result(children.run(cell, store, directory, times, secondsMax));
    }

    private static Run result(Optional<Run> run) {
        return run.orElseThrow(() -> new IllegalStateException("ended without a result"));
    }

    /** The store that reading cells of the same size share. */
    private Path filled(Cell cell, ComparedStore store, long secondsMax) throws IOException {
        String key = store.sink() + "-" + cell.params().get("store-mib") + "-"
                + cell.params().get("entry-bytes");
        Path directory = filled.get(key);
        if (directory == null) {
            directory = Files.createDirectory(work.resolve("filled-" + key));
            children.run(cell, store, directory, Map.of("fill", "1"), secondsMax);
            filled.put(key, directory);
        }
        return directory;
    }

    private static String describe(Run run) {
        StringBuilder text = new StringBuilder();
        run.figures()
                .forEach((name, value) -> text.append(text.isEmpty() ? "" : ", ")
                        .append(name)
                        .append(' ')
                        .append(format(name, value)));
        return text.toString();
    }

    private static String format(String figure, double value) {
        return switch (figure) {
            case Figure.BYTES -> Format.bytes(value) + "/s";
            case Figure.PREWRITTEN, Figure.MEMORY -> Format.bytes(value);
            case Figure.RATE -> Format.count(value) + "/s";
            default -> Figure.isNanos(figure) ? Format.nanos(value) : Format.digits(value);
        };
    }
}
