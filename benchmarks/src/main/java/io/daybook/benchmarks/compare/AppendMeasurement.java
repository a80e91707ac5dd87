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
    private static final long HELD_LEDGER_FIRST = 1_000_000;
    private static final int HELD_LEDGERS = 1000;

    private AppendMeasurement() {}

    static Run run(
            String store, LoadShape shape, int heldMillions, Duration warmup, Duration measured, Workspace workspace)
            throws IOException {
        Histogram latencies = new Histogram(3);
        AtomicLong appended = new AtomicLong();
        openOnce(store, shape, workspace.path().resolve("once"));
        DeviceBytes device = DeviceBytes.of(workspace.path());
        double before = device.written();
        AppendSink sink = Sinks.open(store, workspace.path(), shape);
        workspace.usedBy(sink);
        double opened;
        LoadStats stats;
        double memory;
        try {
            hold(sink, store, heldMillions, shape.entryBytes());
            opened = device.written();
            stats = LoadRun.run(sink, shape, warmup, measured, latencies, appended);
            memory = ResidentMemory.bytes();
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
                .figure(Figure.PREWRITTEN, heldMillions > 0 ? Double.NaN : opened - before)
                .figure(Figure.MEMORY, memory)
                .run();
    }

    /** Fills the store with entries of ledgers that the load does not touch. */
    private static void hold(AppendSink sink, String store, int millions, int entryBytes) throws IOException {
        if (millions > 0 && !store.equals(Sinks.RAW)) {
            new Filling(HELD_LEDGER_FIRST, HELD_LEDGERS, millions * 1_000_000L / HELD_LEDGERS, entryBytes).append(sink);
            sink.flush();
        }
    }

    /** So that what a process does once, as unpacking a native library, is not counted. */
    private static void openOnce(String store, LoadShape shape, Path directory) throws IOException {
        if (!store.equals(Sinks.RAW)) {
            Files.createDirectory(directory);
            // Recycled files are none of it, and take their time.
            Sinks.open(store.equals(Sinks.DAYBOOK_RING) ? Sinks.DAYBOOK : store, directory, shape)
                    .close();
        }
    }
}
