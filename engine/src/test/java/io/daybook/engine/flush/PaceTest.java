package io.daybook.engine.flush;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class PaceTest {
    private static final long STEP_NANOS = 10_000;
    private static final int STEPS = 1000;
    /** A rest is half a millisecond, at least nearly. */
    private static final long REST_NANOS = 400_000;

    private final AtomicInteger asked = new AtomicInteger();

    /** Returns how long the steps took. */
    private Duration work(Pace pace) {
        long start = System.nanoTime();
        pace.begin();
        for (int i = 0; i < STEPS; i++) {
            long from = System.nanoTime();
            while (System.nanoTime() - from < STEP_NANOS) {
                Thread.onSpinWait();
            }
            pace.step();
        }
        return Duration.ofNanos(System.nanoTime() - start);
    }

    @Test
    void itRestsMostOfTheTime() {
        Duration took = work(new Pace(() -> {
            asked.incrementAndGet();
            return false;
        }));
        assertThat(asked.get()).isPositive();
        assertThat(took).isGreaterThan(Duration.ofNanos(asked.get() * REST_NANOS + STEPS * STEP_NANOS));
    }

    @Test
    void itDoesNotRestWhereSomebodyWaits() {
        int inPeace = 20;
        Duration took = work(new Pace(() -> asked.incrementAndGet() > inPeace));
        // Asked at every step from then on.
        assertThat(asked.get()).isGreaterThan(STEPS / 2);
        assertThat(took).isGreaterThan(Duration.ofNanos(inPeace * REST_NANOS));
    }
}
