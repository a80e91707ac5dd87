package io.daybook.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ProducerTest {
    private final QueueSink sink = new QueueSink();

    @AfterEach
    void stop() {
        sink.close();
    }

    @Test
    void neverHasMoreInFlightThanItsWindow() {
        Producer producer = new Producer(sink, new LoadShape(64, 10, 3, 1), 0);
        producer.append(10_000);
        producer.drain();
        assertThat(producer.completedCount()).isEqualTo(10_000);
        assertThat(sink.inFlightMost.get()).isEqualTo(10);
    }

    @Test
    void goesOverTheLedgersInTurn() {
        Producer producer = new Producer(sink, new LoadShape(8, 2, 3, 1), 0);
        producer.append(7);
        producer.drain();
        assertThat(sink.appended).containsExactly("0:0", "1:0", "2:0", "0:1", "1:1", "2:1", "0:2");
    }

    @Test
    void hasLedgersOfItsOwnWhereThereAreEnough() {
        Producer second = new Producer(sink, new LoadShape(8, 2, 3, 2), 1);
        second.append(2);
        second.drain();
        assertThat(sink.appended).containsExactly("1:0", "1:1");
    }

    @Test
    void stripesEntriesWhereThereAreNot() {
        Producer second = new Producer(sink, new LoadShape(8, 2, 1, 2), 1);
        second.append(3);
        second.drain();
        assertThat(sink.appended).containsExactly("0:1", "0:3", "0:5");
    }

    @Test
    void recordsALatencyForEachAppendOfASmallWindow() {
        Producer producer = new Producer(sink, new LoadShape(8, 4, 1, 1), 0);
        producer.append(100);
        producer.drain();
        assertThat(producer.takeLatencies(null).getTotalCount()).isEqualTo(100);
        assertThat(producer.takeLatencies(null).getTotalCount()).isZero();
    }

    @Test
    void failsWhenAnAppendFailed() {
        sink.failure = new IllegalStateException("disk gone");
        Producer producer = new Producer(sink, new LoadShape(8, 1, 1, 1), 0);
        assertThatThrownBy(() -> producer.append(100)).hasMessageContaining("disk gone");
    }

    /** Completes on a thread of its own. */
    private static final class QueueSink implements AppendSink {
        final List<String> appended = new ArrayList<>();
        final AtomicInteger inFlight = new AtomicInteger();
        final AtomicInteger inFlightMost = new AtomicInteger();
        volatile Throwable failure;
        private final BlockingQueue<Completion> queue = new LinkedBlockingQueue<>();
        private final Thread completer = new Thread(this::run);

        QueueSink() {
            completer.start();
        }

        private void run() {
            try {
                while (true) {
                    Completion completion = queue.take();
                    inFlight.decrementAndGet();
                    completion.completed(failure);
                }
            } catch (InterruptedException e) {
                // The end.
            }
        }

        @Override
        public void append(long ledgerId, long entryId, ByteBuf entry, Completion completion) {
            appended.add(ledgerId + ":" + entryId);
            inFlightMost.accumulateAndGet(inFlight.incrementAndGet(), Math::max);
            queue.add(completion);
        }

        @Override
        public long entriesHeld(int ledgers) {
            return -1;
        }

        @Override
        public void close() {
            completer.interrupt();
            Threads.join(completer);
        }
    }
}
