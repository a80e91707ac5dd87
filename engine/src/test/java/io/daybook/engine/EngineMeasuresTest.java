package io.daybook.engine;

import static io.daybook.engine.MetricScrapes.awaitValue;
import static io.daybook.engine.MetricScrapes.value;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.prometheus.client.CollectorRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What an engine does is what its metrics say. */
@Timeout(120)
class EngineMeasuresTest {
    private final CollectorRegistry registry = new CollectorRegistry();

    @TempDir
    private Path directory;

    private EngineConfig.Builder config() {
        return RealStores.small(directory).name("a").metricsRegistry(registry);
    }

    @Test
    void workIsCounted() throws Exception {
        try (LedgerEngine engine = LedgerEngine.open(config().build())) {
            for (int i = 0; i < 10; i++) {
                engine.append(1, i, RealStores.bytes("four")).get(30, TimeUnit.SECONDS);
            }
            awaitValue(registry, "a", "daybook_append_entries_total", 10);
            assertThat(value(registry, "a", "daybook_append_bytes_total")).isEqualTo(40);
            assertThat(value(registry, "a", "daybook_append_seconds_count")).isEqualTo(10);
            assertThat(value(registry, "a", "daybook_journal_group_records_sum"))
                    .isGreaterThanOrEqualTo(10);
            assertThat(value(registry, "a", "daybook_journal_write_seconds_count"))
                    .isGreaterThanOrEqualTo(10);
            assertThat(value(registry, "a", "daybook_journal_syncs_total")).isGreaterThanOrEqualTo(10);
            assertThat(value(registry, "a", "daybook_index_lag_bytes")).isGreaterThanOrEqualTo(40);
            assertThat(value(registry, "a", "daybook_tail_index_entries")).isEqualTo(10);
            engine.read(1, 3).release();
            assertThat(labelled("daybook_read_entries_total", "source", "tail")).isEqualTo(1);

            engine.flush();

            awaitValue(registry, "a", "daybook_index_flush_entries_total", 10);
            assertThat(value(registry, "a", "daybook_tail_index_entries")).isZero();
            assertThat(value(registry, "a", "daybook_tail_index_tails")).isEqualTo(1);
        }
    }

    @Test
    void refusedAppendsAreCountedByReasonAndWaitsByCause() throws Exception {
        CountDownLatch held = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        EngineConfig config = config().inFlightBytesMax(2 << 20)
                .entryBytesMax(1 << 20)
                .segmentBytes(64 << 20)
                .appendWaitMax(Duration.ofMillis(20))
                .build();
        try (LedgerEngine engine = LedgerEngine.open(config)) {
            engine.append(1, 0, RealStores.bytes("x")).get(30, TimeUnit.SECONDS);
            engine.fence(1).get(30, TimeUnit.SECONDS);
            assertThatThrownBy(() -> engine.append(1, 1, RealStores.bytes("x")).get(30, TimeUnit.SECONDS))
                    .hasCauseInstanceOf(LedgerFencedException.class);
            assertThat(labelled("daybook_append_rejections_total", "reason", "fenced"))
                    .isEqualTo(1);

            // The completion thread is held, so what is in flight stays in flight.
            engine.append(2, 0, RealStores.bytes("x"), (ledger, entry, failure, context) -> hold(held, go), null);
            assertThat(held.await(30, TimeUnit.SECONDS)).isTrue();
            String large = "y".repeat(1 << 19);
            assertThatThrownBy(() -> {
                        for (int i = 1; i < 10; i++) {
                            var future = engine.append(2, i, RealStores.bytes(large));
                            if (future.isCompletedExceptionally()) {
                                future.get();
                            }
                        }
                    })
                    .hasCauseInstanceOf(EngineBusyException.class);
            assertThat(labelled("daybook_append_rejections_total", "reason", "busy"))
                    .isEqualTo(1);
            assertThat(labelled("daybook_append_waits_total", "cause", "in_flight_bytes"))
                    .isPositive();
            assertThat(labelled("daybook_append_wait_seconds_total", "cause", "in_flight_bytes"))
                    .isGreaterThanOrEqualTo(0.015);
            assertThat(labelled("daybook_append_waits_total", "cause", "tail_index"))
                    .isZero();
            assertThat(value(registry, "a", "daybook_append_in_flight_bytes")).isGreaterThan(1 << 20);
            go.countDown();
        } finally {
            go.countDown();
        }
    }

    private static void hold(CountDownLatch held, CountDownLatch go) {
        held.countDown();
        try {
            assertThat(go.await(60, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private Double labelled(String name, String label, String labelValue) {
        return registry.getSampleValue(name, new String[] {"engine", label}, new String[] {"a", labelValue});
    }
}
