package io.daybook.benchmarks.compare;

import com.sun.management.OperatingSystemMXBean;
import io.daybook.benchmarks.AppendSink;
import io.daybook.benchmarks.LoadShape;
import io.daybook.benchmarks.Sinks;
import io.daybook.benchmarks.Workspace;
import io.daybook.benchmarks.report.Figure;
import io.daybook.benchmarks.report.Run;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.time.Duration;

/** Durable appends at a rate, open loop, into a new directory. */
final class RateMeasurement {
    private static final OperatingSystemMXBean SYSTEM =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    private RateMeasurement() {}

    static Run run(
            String store,
            int perSecond,
            int entryBytes,
            int ledgers,
            Duration warmup,
            Duration measured,
            Workspace workspace)
            throws IOException {
        // Buffers of the sinks are sized by it; what does not fit waits, and that counts.
        LoadShape shape = new LoadShape(entryBytes, 10_000, ledgers, 1);
        AppendSink sink = Sinks.open(store, workspace.path(), shape);
        workspace.usedBy(sink);
        try {
            OpenLoop loop = new OpenLoop(sink, entryBytes, ledgers, perSecond, warmup, measured);
            long cpu = SYSTEM.getProcessCpuTime();
            long began = System.nanoTime();
            loop.run();
            long held = sink.entriesHeld(ledgers);
            if (held >= 0 && held != loop.entries()) {
                throw new IllegalStateException(loop.entries() + " entries were completed, but " + held + " are held");
            }
            Measured result = new Measured()
                    .latencies(loop.latencies())
                    .timeline(loop.timeline())
                    .tail(loop.callLateness(), Figure.CALL_P99, Figure.CALL_P999, Figure.CALL_MAX)
                    .tail(loop.returnLateness(), Figure.LATE_P99, Figure.LATE_P999, Figure.LATE_MAX)
                    .figure(Figure.RATE, loop.entries() * 1e9 / (System.nanoTime() - began))
                    .figure(Figure.CPU, (SYSTEM.getProcessCpuTime() - cpu) / (double) loop.entries());
            if (!Double.isNaN(loop.delayNanos(1))) {
                result.figure(Figure.DELAY_P99, loop.delayNanos(0.99))
                        .figure(Figure.DELAY_P999, loop.delayNanos(0.999))
                        .figure(Figure.DELAY_MAX, loop.delayNanos(1));
            }
            return result.run();
        } finally {
            sink.close();
            workspace.usedBy(null);
        }
    }
}
