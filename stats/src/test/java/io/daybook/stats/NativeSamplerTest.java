package io.daybook.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Test;

class NativeSamplerTest {

    private static final long SECOND = 1_000_000_000L;

    /** Starts just below the overflow, which a nanosecond clock may do. */
    private final AtomicLong clock = new AtomicLong(Long.MAX_VALUE - SECOND / 2);

    private final AtomicLong reads = new AtomicLong();
    private final AtomicLong failures = new AtomicLong();

    @Test
    void readsAtMostOnceASecondAndNeverForAGauge() {
        NativeSampler sampler =
                new NativeSampler(Map.of("memtables", reads::incrementAndGet), clock::get, failures::incrementAndGet);
        LongSupplier last = sampler.last("memtables");
        assertThat(last.getAsLong()).isEqualTo(EngineMetrics.NO_VALUE);

        assertThat(sampler.sampleOnce()).isTrue();
        assertThat(sampler.sampleOnce()).isFalse();
        clock.addAndGet(SECOND - 1);
        assertThat(sampler.sampleOnce()).isFalse();
        assertThat(last.getAsLong()).isEqualTo(1);
        clock.addAndGet(1);
        assertThat(sampler.sampleOnce()).isTrue();
        assertThat(last.getAsLong()).isEqualTo(2);
        assertThat(reads).hasValue(2);
    }

    @Test
    void failedOrNegativeReadingKeepsTheLastValueAndTheOthersGoOn() {
        AtomicReference<LongSupplier> first = new AtomicReference<>(() -> 7);
        NativeSampler sampler = new NativeSampler(
                Map.of("a", () -> first.get().getAsLong(), "b", reads::incrementAndGet),
                clock::get,
                failures::incrementAndGet);
        sampler.sampleOnce();
        clock.addAndGet(SECOND);
        first.set(() -> {
            throw new IllegalStateException("closed");
        });
        assertThat(sampler.sampleOnce()).isTrue();
        clock.addAndGet(SECOND);
        first.set(() -> -1);
        sampler.sampleOnce();

        assertThat(sampler.last("a").getAsLong()).isEqualTo(7);
        assertThat(sampler.last("b").getAsLong()).isEqualTo(3);
        assertThat(failures).hasValue(1);
    }

    @Test
    void sampleFromInsideAReaderIsRefused() {
        AtomicReference<NativeSampler> self = new AtomicReference<>();
        self.set(new NativeSampler(
                Map.of("a", () -> self.get().sampleOnce() ? 1 : 0), clock::get, failures::incrementAndGet));

        assertThat(self.get().sampleOnce()).isTrue();
        assertThat(self.get().last("a").getAsLong()).isZero();
    }

    @Test
    void unknownPropertyIsRefused() {
        NativeSampler sampler = new NativeSampler(Map.of(), clock::get, failures::incrementAndGet);
        assertThatThrownBy(() -> sampler.last("nothing")).hasMessageContaining("nothing");
    }
}
