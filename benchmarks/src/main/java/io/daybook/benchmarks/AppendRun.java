package io.daybook.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * One slice of durable appends to one sink in this JVM: the child of {@link CompareRaw}. The last line of its output begins
 * with {@link #RESULT}.
 */
final class AppendRun {
    static final String RESULT = "RESULT ";

    /** Not a sink: {@link BareLoop} with group sizes of a raw run; copying included, or write and sync only. */
    static final String BARE = "bare";

    static final String BARE_WRITE = "bare-write";

    /** All that {@code --sink} can be. */
    static final List<String> SINKS =
            List.of(Sinks.RAW, Sinks.DAYBOOK, Sinks.DAYBOOK_RING, Sinks.JOURNAL, BARE, BARE_WRITE);

    private AppendRun() {}

    static Map<String, String> options() {
        Map<String, String> options = new LinkedHashMap<>();
        options.put("sink", Sinks.DAYBOOK);
        options.put("dir", Workspace.base().toString());
        options.put("seconds", "5");
        options.put("warmup", "3");
        options.put("entry-bytes", "1024");
        options.put("in-flight", "1000");
        options.put("ledgers", "100");
        options.put("producers", "1");
        return options;
    }

    /** Runs it; every option of {@link #options} is known. */
    public static void main(String[] args) throws IOException {
        Arguments arguments = Arguments.parse(args, options());
        LoadShape shape = arguments.shape();
        Duration warmup = Duration.ofSeconds(arguments.number("warmup", 0, 3600));
        Duration measured = Duration.ofSeconds(arguments.number("seconds", 1, 3600));
        String sinkName = arguments.text("sink");
        LoadStats stats;
        try (Workspace workspace = Workspace.createUnder(Path.of(arguments.text("dir")), sinkName)) {
            stats = sinkName.startsWith(BARE)
                    ? runBare(workspace.path(), shape, warmup, measured, sinkName.equals(BARE))
                    : runSink(sinkName, workspace, shape, warmup, measured);
        }
        System.out.println(RESULT + stats.encode());
    }

    private static LoadStats runSink(
            String name, Workspace workspace, LoadShape shape, Duration warmup, Duration measured) throws IOException {
        AppendSink sink = Sinks.open(name, workspace.path(), shape);
        workspace.usedBy(sink);
        try {
            return LoadRun.run(sink, shape, warmup, measured);
        } finally {
            sink.close();
            workspace.usedBy(null);
        }
    }

    private static LoadStats runBare(Path directory, LoadShape shape, Duration warmup, Duration measured, boolean copy)
            throws IOException {
        int[] groups = BareLoop.recordGroups(directory, shape, warmup.plusSeconds(1));
        try (BareLoop loop =
                new BareLoop(directory.resolve("bare"), Sinks.RAW_FILE_BYTES, groups, shape.entryBytes(), copy)) {
            runFor(loop, TimeUnit.SECONDS.toNanos(1));
            long began = System.nanoTime();
            long entries = runFor(loop, measured.toNanos());
            return new LoadStats(entries, System.nanoTime() - began, 0, 0, 0, 0, 0, 0, 0);
        }
    }

    private static long runFor(BareLoop loop, long nanos) throws IOException {
        long end = System.nanoTime() + nanos;
        long entries = 0;
        do {
            entries += loop.step();
        } while (System.nanoTime() < end);
        return entries;
    }
}
