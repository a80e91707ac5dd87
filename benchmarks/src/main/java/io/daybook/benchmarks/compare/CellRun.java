package io.daybook.benchmarks.compare;

import io.daybook.benchmarks.Arguments;
import io.daybook.benchmarks.Workspace;
import io.daybook.benchmarks.report.Json;
import io.daybook.benchmarks.report.Run;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * One run of one cell for one store, in this JVM. The last line of its output begins with {@link #RESULT}. {@code --fill}
 * makes the store in {@code --dir} that runs of reading kinds open, and says nothing.
 */
final class CellRun {
    static final String RESULT = "RESULT ";

    /** The option that makes it fill a store only. */
    static final String FILL = "fill";

    private CellRun() {}

    static Map<String, String> options() {
        Map<String, String> options = new LinkedHashMap<>();
        options.put("kind", CellKind.APPEND.key());
        options.put("store", ComparedStore.DAYBOOK.key());
        options.put("dir", Workspace.base().toString());
        options.put(FILL, "0");
        options.put("seconds", "5");
        options.put("warmup", "3");
        options.put("entry-bytes", "1024");
        options.put("in-flight", "1000");
        options.put("ledgers", "100");
        options.put("producers", "1");
        options.put("held-millions", "0");
        options.put("rate", "20000");
        options.put("threads", "1");
        options.put("store-mib", "1024");
        options.put("cold", "0");
        return options;
    }

    /** Runs it; every option of {@link #options} is known. */
    public static void main(String[] args) throws IOException {
        Arguments arguments = Arguments.parse(args, options());
        if (arguments.number(FILL, 0, 1) == 1) {
            fill(arguments);
        } else {
            System.out.println(RESULT + Json.line(run(arguments).toJson()));
        }
        // A store may leave threads behind that are no daemons.
        System.out.flush();
        System.exit(0);
    }

    private static CellKind kind(Arguments arguments) {
        return CellKind.valueOf(arguments.text("kind").toUpperCase(Locale.ROOT));
    }

    private static Filling filling(Arguments arguments) {
        return Filling.of(
                arguments.number("store-mib", 1, 1 << 20),
                arguments.number("ledgers", 1, 1_000_000),
                arguments.number("entry-bytes", 8, 1 << 20));
    }

    private static void fill(Arguments arguments) throws IOException {
        Path directory = Path.of(arguments.text("dir"));
        if (kind(arguments) == CellKind.OPEN) {
            OpenMeasurement.fillAndHalt(arguments.text("store"), filling(arguments), directory);
        } else {
            ReadMeasurement.fill(arguments.text("store"), filling(arguments), directory);
        }
    }

    private static Run run(Arguments arguments) throws IOException {
        String store = arguments.text("store");
        Path directory = Path.of(arguments.text("dir"));
        Duration warmup = Duration.ofSeconds(arguments.number("warmup", 0, 3600));
        Duration measured = Duration.ofSeconds(arguments.number("seconds", 1, 3600));
        int threads = arguments.number("threads", 1, 1000);
        return switch (kind(arguments)) {
            case SCAN ->
                ReadMeasurement.scan(store, filling(arguments), arguments.number("cold", 0, 1) == 1, directory);
            case RANDOM -> ReadMeasurement.random(store, filling(arguments), threads, warmup, measured, directory);
            case OPEN -> OpenMeasurement.open(store, filling(arguments), directory);
            default -> runInNewDirectory(arguments, store, directory, warmup, measured, threads);
        };
    }

    private static Run runInNewDirectory(
            Arguments arguments, String store, Path directory, Duration warmup, Duration measured, int threads)
            throws IOException {
        int entryBytes = arguments.number("entry-bytes", 8, 1 << 20);
        int ledgers = arguments.number("ledgers", 1, 1_000_000);
        try (Workspace workspace = Workspace.createUnder(directory, store)) {
            return switch (kind(arguments)) {
                case APPEND ->
                    AppendMeasurement.run(
                            store,
                            arguments.shape(),
                            arguments.number("held-millions", 0, 1000),
                            warmup,
                            measured,
                            workspace);
                case RATE ->
                    RateMeasurement.run(
                            store,
                            arguments.number("rate", 1, 10_000_000),
                            entryBytes,
                            ledgers,
                            warmup,
                            measured,
                            workspace);
                case TAIL -> ReadMeasurement.tail(store, entryBytes, ledgers, threads, warmup, measured, workspace);
                default -> throw new IllegalArgumentException(kind(arguments) + " does not run in a new directory");
            };
        }
    }
}
