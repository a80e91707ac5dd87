package io.daybook.engine.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import io.daybook.journal.Waiting;
import io.daybook.testing.OwnThread;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ProgressTest {
    private final Progress progress = new Progress(Waiting.BLOCKING);
    private final AtomicBoolean there = new AtomicBoolean();

    /** Somebody who fails while applying says so under the lock that a flush looks at its condition with. */
    @Test
    void itMayMoveUnderALockThatTheConditionTakes() throws Exception {
        ReentrantLock applying = new ReentrantLock();
        CompletableFuture<Boolean> waits = CompletableFuture.supplyAsync(
                () -> progress.await(
                        () -> {
                            applying.lock();
                            try {
                                return there.get();
                            } finally {
                                applying.unlock();
                            }
                        },
                        Long.MAX_VALUE),
                OwnThread.EACH);
        CompletableFuture<Void> moves = CompletableFuture.runAsync(
                () -> {
                    awaitWaiter();
                    applying.lock();
                    try {
                        while (!applying.hasQueuedThreads()) {
                            Thread.onSpinWait();
                        }
                        there.set(true);
                        progress.moved();
                    } finally {
                        applying.unlock();
                    }
                },
                OwnThread.EACH);
        moves.get(20, TimeUnit.SECONDS);
        assertThat(waits.get(20, TimeUnit.SECONDS)).isTrue();
    }

    private void awaitWaiter() {
        long start = System.nanoTime();
        while (!progress.isAwaited()) {
            assertThat(System.nanoTime() - start)
                    .isLessThan(Duration.ofSeconds(20).toNanos());
            Thread.onSpinWait();
        }
    }

    /** It looks again by itself every 50 ms; a hundred moves that are all missed would take five seconds. */
    @Test
    void movesAreMetAtOnce() {
        Duration fastest = Duration.ofDays(1);
        for (int i = 0; i < 100; i++) {
            there.set(false);
            CompletableFuture<Boolean> waits =
                    CompletableFuture.supplyAsync(() -> progress.await(there::get, Long.MAX_VALUE), OwnThread.EACH);
            awaitWaiter();
            long start = System.nanoTime();
            there.set(true);
            progress.moved();
            assertThat(waits.orTimeout(20, TimeUnit.SECONDS).join()).isTrue();
            Duration took = Duration.ofNanos(System.nanoTime() - start);
            fastest = took.compareTo(fastest) < 0 ? took : fastest;
        }
        assertThat(fastest).isLessThan(Duration.ofMillis(25));
    }

    @Test
    void theTimeEnds() {
        assertThat(progress.await(() -> false, Duration.ofMillis(20).toNanos())).isFalse();
        assertThat(progress.await(() -> true, 0)).isTrue();
    }
}
