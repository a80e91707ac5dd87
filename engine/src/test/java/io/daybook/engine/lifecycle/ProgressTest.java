package io.daybook.engine.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import io.daybook.journal.Waiting;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.Test;

class ProgressTest {
    private final Progress progress = new Progress(Waiting.BLOCKING);
    private final AtomicBoolean there = new AtomicBoolean();

    /** Somebody who fails while applying says so under the lock that a flush looks at its condition with. */
    @Test
    void itMayMoveUnderALockThatTheConditionTakes() throws Exception {
        ReentrantLock applying = new ReentrantLock();
        CompletableFuture<Boolean> waits = CompletableFuture.supplyAsync(() -> progress.await(
                () -> {
                    applying.lock();
                    try {
                        return there.get();
                    } finally {
                        applying.unlock();
                    }
                },
                Long.MAX_VALUE));
        CompletableFuture<Void> moves = CompletableFuture.runAsync(() -> {
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
        });
        moves.get(20, TimeUnit.SECONDS);
        assertThat(waits.get(20, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void aMoveIsMetAtOnce() throws Exception {
        CompletableFuture<Boolean> waits =
                CompletableFuture.supplyAsync(() -> progress.await(there::get, Long.MAX_VALUE));
        there.set(true);
        progress.moved();
        assertThat(waits.get(20, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void theTimeEnds() {
        assertThat(progress.await(() -> false, Duration.ofMillis(20).toNanos())).isFalse();
        assertThat(progress.await(() -> true, 0)).isTrue();
    }
}
