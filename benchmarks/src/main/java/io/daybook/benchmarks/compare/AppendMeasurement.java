package io.daybook.benchmarks.compare;

import io.daybook.benchmarks.AppendSink;
import io.daybook.benchmarks.LoadRun;
import io.daybook.benchmarks.LoadShape;
import io.daybook.benchmarks.LoadStats;
import io.daybook.benchmarks.Sinks;
import io.daybook.benchmarks.Workspace;
import io.daybook.benchmarks.report.Figure;
import io.daybook.benchmarks.report.Run;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.HdrHistogram.Histogram;

/** Durable appends, closed loop, into a new directory; device bytes of all entries until the store is flushed and closed. */
final class AppendMeasurement {
    private AppendMeasurement() {}

    static Run run(String store, LoadShape shape, Duration warmup, Duration measured, Workspace workspace)
            throws IOException {
        Histogram latencies = new Histogram(3);
        AtomicLong appended = new AtomicLong();
        openOnce(store, shape, workspace.path().resolve("once"));
        DeviceBytes device = DeviceBytes.of(workspace.path());
        double before = device.written();
        AppendSink sink = Sinks.open(store, workspace.path(), shape);
        workspace.usedBy(sink);
        double opened = device.written();
        LoadStats stats;
        try {
            stats = LoadRun.run(sink, shape, warmup, measured, latencies, appended);
            sink.flush();
        } finally {
            sink.close();
            workspace.usedBy(null);
        }
        return new Measured()
                .stats(stats)
                .latencies(latencies)
                .figure(Figure.BYTES, stats.entriesPerSecond() * shape.entryBytes())
                .figure(Figure.DEVICE, (device.written() - opened) / ((double) appended.get() * shape.entryBytes()))
                .figure(Figure.PREWRITTEN, opened - before)
                .run();
    }

    /** So that what a process does once, as unpacking a native library, is not counted. */
    private static void openOnce(String store, LoadShape shape, Path directory) throws IOException {
        if (!store.equals(Sinks.RAW)) {
            Files.createDirectory(directory);
            Sinks.open(store, directory, shape).close();
        }
    }
}
