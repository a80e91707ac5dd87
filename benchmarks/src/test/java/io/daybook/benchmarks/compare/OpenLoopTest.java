package io.daybook.benchmarks.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.daybook.benchmarks.AppendSink;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

class OpenLoopTest {
    private static final int PER_SECOND = 1000;
    private static final long STALL_MILLIS = 300;

    @Test
    void aStallIsSeenByAllThatWereToBeginInIt() {
        OpenLoop loop =
                new OpenLoop(new StallingSink(500, null), 64, 10, PER_SECOND, Duration.ZERO, Duration.ofSeconds(1));
        loop.run();
        Histogram latencies = loop.latencies();
        assertThat(loop.entries()).isEqualTo(PER_SECOND);
        assertThat(latencies.getTotalCount()).isEqualTo(PER_SECOND);
        // One call took 300 ms. By a closed loop one in a thousand is slow; of those that were to begin meanwhile half
        // waited for more than 150 ms.
        long half = TimeUnit.MILLISECONDS.toNanos(STALL_MILLIS) / 2;
        assertThat(latencies.getCountBetweenValues(half, Long.MAX_VALUE / 4)).isGreaterThanOrEqualTo(140);
        // Before the call of all that waited behind it; behind the call of the one that took so long too.
        assertThat(loop.callLateness().getTotalCount()).isEqualTo(PER_SECOND);
        assertThat(loop.callLateness().getCountBetweenValues(half, Long.MAX_VALUE / 4))
                .isGreaterThanOrEqualTo(140);
        assertThat(loop.returnLateness().getMaxValue()).isGreaterThanOrEqualTo(2 * half);
        assertThat(loop.delayNanos(1)).isNaN();
        assertThat(loop.timeline().stream()
                        .mapToLong(moment -> moment.entries())
                        .sum())
                .isBetween((long) (PER_SECOND * 0.8), (long) PER_SECOND);
    }

    @Test
    void aDelayBeyondTheLastClassIsSeen() {
        NavigableMap<Double, Double> delays =
                new TreeMap<>(Map.of(0.001, 98.0, 0.02, 99.0, Double.POSITIVE_INFINITY, 100.0));
        OpenLoop loop = new OpenLoop(
                new StallingSink(Long.MAX_VALUE, null) {
                    @Override
                    public NavigableMap<Double, Double> delays() {
                        return delays;
                    }
                },
                64,
                10,
                PER_SECOND,
                Duration.ZERO,
                Duration.ofSeconds(1));
        assertThat(loop.delayNanos(0.5)).isEqualTo(1e6);
        assertThat(loop.delayNanos(0.99)).isEqualTo(20e6);
        assertThat(loop.delayNanos(1)).isEqualTo(200e6);
    }

    @Test
    void aFailureEndsIt() {
        OpenLoop loop = new OpenLoop(
                new StallingSink(Long.MAX_VALUE, new IOException("no")),
                64,
                10,
                PER_SECOND,
                Duration.ZERO,
                Duration.ofSeconds(20));
        assertThatThrownBy(loop::run).hasRootCauseMessage("no");
    }

    /** Completes at once, but for one append, in which it sleeps. */
    private static class StallingSink implements AppendSink {
        private final long stalledEntry;
        private final Throwable failure;

        StallingSink(long stalledEntry, Throwable failure) {
            this.stalledEntry = stalledEntry;
            this.failure = failure;
        }

        @Override
        public void append(long ledgerId, long entryId, ByteBuf entry, Completion completion) {
            if (entryId * 10 + ledgerId == stalledEntry) {
                try {
                    Thread.sleep(STALL_MILLIS);
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }
            completion.completed(failure);
        }

        @Override
        public long entriesHeld(int ledgers) {
            return -1;
        }

        @Override
        public void close() {
            // Nothing is open.
        }
    }
}
