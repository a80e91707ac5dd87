package io.daybook.engine;

import static io.daybook.engine.MetricScrapes.awaitValue;
import static io.daybook.engine.MetricScrapes.requireDistinct;
import static io.daybook.engine.MetricScrapes.samples;
import static io.daybook.engine.MetricScrapes.scrape;
import static io.daybook.engine.MetricScrapes.value;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.daybook.lease.Lease;
import io.daybook.stats.EngineGauge;
import io.daybook.stats.EngineMetrics;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.Gauge;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** An engine's metrics are in the registry exactly as long as the engine is open. */
@Timeout(300)
class EngineRegistryTest {
    private final CollectorRegistry registry = new CollectorRegistry();

    @TempDir
    private Path directory;

    private LedgerEngine open(String name, CollectorRegistry into) {
        return LedgerEngine.open(RealStores.small(directory.resolve(name))
                .name("engine")
                .metricsRegistry(into)
                .build());
    }

    private static void append(LedgerEngine engine, int entries) throws Exception {
        for (int i = 0; i < entries; i++) {
            engine.append(7, RealStores.bytes("entry")).get(30, TimeUnit.SECONDS);
        }
    }

    @Test
    void closedEngineLeavesNothing() throws Exception {
        LedgerEngine engine = open("a", registry);
        append(engine, 3);
        awaitValue(registry, "engine", "daybook_append_entries_total", 3);

        engine.close();

        assertThat(scrape(registry)).isEmpty();
    }

    @Test
    void openCloseOpenShowsLiveValues() throws Exception {
        LedgerEngine first = open("a", registry);
        append(first, 5);
        first.close();

        checkLive();

        assertThat(scrape(registry)).isEmpty();
    }

    /** The mistake: the first engine's gauges and counters stay when it is closed, and go on saying what they said. */
    @Test
    void checkOfLiveValuesFailsWhenTheDeadEngineIsShown() throws Exception {
        LedgerEngine first = open("a", registry);
        append(first, 5);
        first.close();
        Lease neverEnded = new Lease("dead");
        EngineMetrics dead = new EngineMetrics(registry, "engine", neverEnded);
        dead.appended(5, 25);
        dead.gauge(EngineGauge.LEDGERS, () -> 1);

        assertThatThrownBy(this::checkLive).isInstanceOf(AssertionError.class);

        neverEnded.end(Duration.ZERO);
    }

    private void checkLive() throws Exception {
        try (LedgerEngine again = open("a", registry)) {
            assertThat(value(registry, "engine", "daybook_append_entries_total"))
                    .isZero();
            again.append(8, 0, RealStores.bytes("x")).get(30, TimeUnit.SECONDS);
            awaitValue(registry, "engine", "daybook_append_entries_total", 1);
            assertThat(value(registry, "engine", "daybook_ledgers")).isEqualTo(2);
        }
    }

    @Test
    void secondEngineOfANameIsToldApartAndTheNameIsFreeAgain() throws Exception {
        LedgerEngine first = open("a", registry);
        LedgerEngine second = open("b", registry);
        append(first, 1);
        append(second, 2);

        awaitValue(registry, "engine", "daybook_append_entries_total", 1);
        awaitValue(registry, "engine#2", "daybook_append_entries_total", 2);
        first.close();
        assertThat(samples(registry, "engine")).isEmpty();
        awaitValue(registry, "engine#2", "daybook_append_entries_total", 2);
        LedgerEngine third = open("c", registry);
        append(third, 3);
        awaitValue(registry, "engine", "daybook_append_entries_total", 3);
        second.close();
        third.close();
        assertThat(scrape(registry)).isEmpty();
    }

    @Test
    void registriesKnowNothingOfEachOther() throws Exception {
        CollectorRegistry other = new CollectorRegistry();
        try (LedgerEngine first = open("a", registry);
                LedgerEngine second = open("b", other)) {
            append(first, 1);
            append(second, 2);

            awaitValue(registry, "engine", "daybook_append_entries_total", 1);
            awaitValue(other, "engine", "daybook_append_entries_total", 2);
        }
        assertThat(scrape(registry)).isEmpty();
        assertThat(scrape(other)).isEmpty();
    }

    @Test
    void foreignCollectorIsNamedAndTheStoreIsFree() throws Exception {
        Gauge foreign = Gauge.build("daybook_health", "Somebody else's.").register(registry);

        assertThatThrownBy(() -> open("a", registry))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("daybook_health");

        assertThat(scrape(registry)).hasSize(1);
        registry.unregister(foreign);
        open("a", registry).close();
        assertThat(scrape(registry)).isEmpty();
    }

    @Test
    void directoryInUseLeavesOnlyTheOneThatUsesIt() throws Exception {
        try (LedgerEngine holder = open("a", registry)) {
            append(holder, 1);
            assertThatThrownBy(() -> open("a", registry)).isInstanceOf(DirectoryLockedException.class);
            assertThat(samples(registry, "engine#2")).isEmpty();
            awaitValue(registry, "engine", "daybook_append_entries_total", 1);
        }
        assertThat(scrape(registry)).isEmpty();
    }

    @Test
    void manyEnginesComeAndGoWhileOthersScrape() throws Exception {
        int openers = 8;
        int rounds = 4;
        ExecutorService pool = Executors.newFixedThreadPool(openers + 2);
        AtomicBoolean over = new AtomicBoolean();
        AtomicLong scrapes = new AtomicLong();
        try {
            List<Future<?>> scrapers = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                scrapers.add(pool.submit(() -> {
                    while (!over.get()) {
                        requireDistinct(scrape(registry));
                        scrapes.incrementAndGet();
                        Thread.yield();
                    }
                }));
            }
            List<Future<?>> opening = new ArrayList<>();
            for (int i = 0; i < openers; i++) {
                // All of one name: whoever is first has it.
                String store = "store" + i;
                opening.add(pool.submit(() -> {
                    for (int round = 0; round < rounds; round++) {
                        try (LedgerEngine engine = open(store, registry)) {
                            append(engine, 1);
                        }
                    }
                    return null;
                }));
            }
            for (Future<?> future : opening) {
                future.get(240, TimeUnit.SECONDS);
            }
            over.set(true);
            for (Future<?> future : scrapers) {
                future.get(60, TimeUnit.SECONDS);
            }
        } finally {
            over.set(true);
            pool.shutdownNow();
        }
        assertThat(scrape(registry)).isEmpty();
        assertThat(scrapes.get()).isPositive();
    }
}
