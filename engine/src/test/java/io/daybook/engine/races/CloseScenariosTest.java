package io.daybook.engine.races;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.daybook.engine.EngineConfig;
import io.daybook.engine.LedgerEngine;
import io.daybook.engine.ShutdownReport;
import io.daybook.engine.TestEngines;
import io.daybook.stats.EngineGauge;
import io.daybook.stats.EngineMetrics;
import io.daybook.testing.Await;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.prometheus.client.Collector;
import io.prometheus.client.Collector.MetricFamilySamples;
import io.prometheus.client.CollectorRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Closing beside scrapes, other closes and the next open, each at a moment of the test's choice. */
@Timeout(120)
class CloseScenariosTest {
    private static final ByteBuf ENTRY = Unpooled.unreleasableBuffer(Unpooled.wrappedBuffer(new byte[100]));
    /** Long enough for a close that waits for nothing; a close that waits never shows a difference. */
    private static final long WAIT_MILLIS = 300;

    @TempDir
    Path directory;

    private final CollectorRegistry registry = new CollectorRegistry();
    private final ExecutorService threads = Executors.newCachedThreadPool();

    @AfterEach
    void end() throws InterruptedException {
        threads.shutdownNow();
        assertThat(threads.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
    }

    private EngineConfig.Builder config() {
        return EngineConfig.builder(directory)
                .name("scenario")
                .memoryBudget(16 << 20)
                .segmentBytes(1 << 20)
                .metricsRegistry(registry);
    }

    private static <T> T get(Future<T> future) throws Exception {
        return future.get(60, TimeUnit.SECONDS);
    }

    private static long samples(Iterable<MetricFamilySamples> families) {
        long samples = 0;
        for (MetricFamilySamples family : families) {
            samples += family.samples.stream()
                    .filter(sample -> sample.labelValues.contains("scenario"))
                    .count();
        }
        return samples;
    }

    private long samples() {
        return samples(Collections.list(registry.metricFamilySamples()));
    }

    @Test
    @Tag("A2")
    void closeWaitsForACallbackThatRunsWhileItIsDeregistered() throws Exception {
        TestEngines opened = TestEngines.openKeepingParts(config().build());
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch leave = new CountDownLatch(1);
        AtomicBoolean first = new AtomicBoolean(true);
        AtomicLong property = new AtomicLong(Long.MIN_VALUE);
        opened.metrics().gauge(EngineGauge.SEGMENTS, () -> {
            if (!first.getAndSet(false)) {
                return EngineMetrics.NO_VALUE;
            }
            inside.countDown();
            try {
                leave.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            // As the callback of the first report did. New uses of the index are refused before metrics leave: -1 says
            // so.
            property.set(opened.index()
                    .nativeProperties()
                    .get("rocksdb.size-all-mem-tables")
                    .getAsLong());
            return property.get();
        });
        Future<Long> scrape = threads.submit(() -> samples());
        inside.await();
        Future<ShutdownReport> close = threads.submit(opened.engine()::shutdown);
        Await.until("the metrics have left", () -> samples() == 0);
        assertThatThrownBy(() -> close.get(WAIT_MILLIS, TimeUnit.MILLISECONDS)).isInstanceOf(TimeoutException.class);
        leave.countDown();
        assertThat(get(close).clean()).as("%s", get(close)).isTrue();
        assertThat(get(scrape)).isPositive();
        assertThat(property.get()).as("nothing native was touched").isEqualTo(-1);
    }

    @Test
    @Tag("A3")
    void aScrapeAfterCloseThrowsNothingAndShowsNothing() {
        List<Collector> collectors = new ArrayList<>();
        CollectorRegistry capturing = new CollectorRegistry() {
            @Override
            public void register(Collector collector) {
                collectors.add(collector);
                super.register(collector);
            }
        };
        Enumeration<MetricFamilySamples> begun;
        try (LedgerEngine engine =
                LedgerEngine.open(config().metricsRegistry(capturing).build())) {
            assertThat(samples(Collections.list(capturing.metricFamilySamples())))
                    .isPositive();
            begun = capturing.metricFamilySamples();
            begun.nextElement();
            assertThat(collectors).hasSizeGreaterThan(20);
            assertThat(engine.shutdown().clean()).isTrue();
        }
        // One that began before the close and read its next family ahead, one that begins after it, and one of whoever
        // still has the collectors.
        assertThat(samples(Collections.list(begun).stream().skip(1).toList())).isZero();
        assertThat(Collections.list(capturing.metricFamilySamples())).isEmpty();
        for (Collector collector : collectors) {
            assertThat(samples(collector.collect())).isZero();
        }
    }

    /** They are sampled once a second. */
    @Test
    void everyNativePropertyIsShown() {
        try (LedgerEngine engine = LedgerEngine.open(config().build())) {
            engine.append(1, ENTRY).join();
            for (String gauge : List.of(
                    "daybook_rocksdb_memtable_bytes",
                    "daybook_rocksdb_block_cache_bytes",
                    "daybook_rocksdb_table_reader_bytes",
                    "daybook_rocksdb_background_errors_total")) {
                assertTimeoutPreemptively(
                        Duration.ofSeconds(20),
                        () -> {
                            while (value(gauge) == null) {
                                Thread.sleep(10);
                            }
                        },
                        gauge + " is not shown");
            }
        }
    }

    @Test
    @Tag("A6")
    void twoClosesReturnTogetherAndTheStoreIsFreeThen() throws Exception {
        LedgerEngine engine = LedgerEngine.open(config().build());
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch leave = new CountDownLatch(1);
        engine.append(
                1,
                0,
                ENTRY,
                (ledgerId, entryId, failure, context) -> {
                    inside.countDown();
                    try {
                        leave.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                },
                null);
        inside.await();
        List<Future<ShutdownReport>> closes = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            closes.add(threads.submit(() -> {
                ShutdownReport report = engine.shutdown();
                synchronized (closes) {
                    try (LedgerEngine next = LedgerEngine.open(directory)) {
                        assertThat(next.entryCount(1)).isOne();
                    }
                }
                return report;
            }));
        }
        for (Future<ShutdownReport> close : closes) {
            assertThatThrownBy(() -> close.get(WAIT_MILLIS, TimeUnit.MILLISECONDS))
                    .isInstanceOf(TimeoutException.class);
        }
        leave.countDown();
        assertThat(get(closes.get(0)).clean()).isTrue();
        assertThat(get(closes.get(1))).isSameAs(get(closes.get(0)));
    }

    @Test
    @Tag("A8")
    void theStoreOpensAgainRightAfterTheCloseAndShowsItsOwnValues() throws InterruptedException {
        for (int round = 0; round < 20; round++) {
            try (LedgerEngine engine = LedgerEngine.open(config().build())) {
                assertThat(engine.exists(1)).isEqualTo(round > 0);
                for (int i = 0; i <= round; i++) {
                    engine.append(1, ENTRY).join();
                }
                assertThat(engine.entryCount(1)).isEqualTo((round + 1) * (round + 2) / 2);
                // It counts after it has told; a value that is higher is another engine's.
                int appends = round + 1;
                Await.until("each append is counted", () -> appended() >= appends);
                assertThat(appended()).isEqualTo(round + 1);
            }
            assertThat(samples()).isZero();
        }
    }

    private double appended() {
        return value("daybook_append_entries_total");
    }

    private Double value(String metric) {
        return registry.getSampleValue(metric, new String[] {"engine"}, new String[] {"scenario"});
    }
}
