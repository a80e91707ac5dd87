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
        double before = DeviceBytes.written();
        AppendSink sink = Sinks.open(store, workspace.path(), shape);
        workspace.usedBy(sink);
        double opened = DeviceBytes.written();
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
                .figure(
                        Figure.DEVICE,
                        (DeviceBytes.written() - opened) / ((double) appended.get() * shape.entryBytes()))
                .figure(Figure.PREWRITTEN, opened - before)
                .run();
    }
}
