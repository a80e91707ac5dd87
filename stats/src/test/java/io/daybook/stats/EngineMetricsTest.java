package io.daybook.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.daybook.lease.EndReport;
import io.daybook.lease.Hold;
import io.daybook.lease.Lease;
import io.prometheus.client.Collector.MetricFamilySamples;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.Gauge;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class EngineMetricsTest {

    private static final Duration LONG = Duration.ofSeconds(30);

    /** The common pool has one thread on two processors with Java 25: tasks that wait for each other would hang. */
    private static final Executor OWN_THREAD = task -> new Thread(task).start();

    private final CollectorRegistry registry = new CollectorRegistry();
    private final Lease lease = new Lease("stats of a");
    private final EngineMetrics metrics = new EngineMetrics(registry, "a", lease);

    @Test
    void countersAndHistogramsShowWhatWasCounted() {
        metrics.appended(3, 300);
        metrics.observeAppendBatch(0.003, 0.0001, 1000);
        metrics.observeAppendBatch(20, 0.0004, 1);
        metrics.appendWaited(AppendWait.TAIL_INDEX, 0.5);
        metrics.appendRejected(AppendRejection.DISK_FULL);
        metrics.groupWritten(2, 3, 4096, 0.0004);
        metrics.groupWritten(1, 1, 8192, 0.0004);
        metrics.synced(0.0002);
        metrics.read(ReadSource.TAIL, 2, 200);
        metrics.readFailed();
        metrics.readCorrupt();
        metrics.indexFlushed(0.01, 256, 512);
        metrics.indexRowsRewritten(4);
        metrics.indexFlushFailed();
        metrics.sampleFailed();
        metrics.recovered(1.5, 77, 9);
        metrics.shutdownStage("DRAIN_APPENDS", 0.25);
        metrics.shutdownStage("DRAIN_APPENDS", 0.5);

        assertThat(value("daybook_append_entries_total")).isEqualTo(3);
        assertThat(value("daybook_append_bytes_total")).isEqualTo(300);
        assertThat(value("daybook_append_seconds_count")).isEqualTo(1001);
        assertThat(value("daybook_append_delay_seconds_count")).isEqualTo(1001);
        assertThat(value("daybook_append_delay_seconds_bucket", "le", "3.0E-4")).isEqualTo(1000);
        assertThat(value("daybook_append_delay_seconds_bucket", "le", "5.0E-4")).isEqualTo(1001);
        assertThat(value("daybook_append_seconds_sum")).isCloseTo(23, within(1e-6));
        assertThat(value("daybook_append_seconds_bucket", "le", "0.002")).isZero();
        assertThat(value("daybook_append_seconds_bucket", "le", "0.005")).isEqualTo(1000);
        assertThat(value("daybook_append_seconds_bucket", "le", "10.0")).isEqualTo(1000);
        assertThat(value("daybook_append_seconds_bucket", "le", "+Inf")).isEqualTo(1001);
        assertThat(value("daybook_append_waits_total", "cause", "tail_index")).isEqualTo(1);
        assertThat(value("daybook_append_wait_seconds_total", "cause", "tail_index"))
                .isCloseTo(0.5, within(1e-6));
        assertThat(value("daybook_append_rejections_total", "reason", "disk_full"))
                .isEqualTo(1);
        assertThat(value("daybook_append_rejections_total", "reason", "busy")).isZero();
        assertThat(value("daybook_journal_frames_total")).isEqualTo(3);
        assertThat(value("daybook_journal_written_bytes_total")).isEqualTo(12288);
        assertThat(value("daybook_journal_group_records_count")).isEqualTo(2);
        assertThat(value("daybook_journal_group_records_sum")).isEqualTo(4);
        assertThat(value("daybook_journal_write_seconds_bucket", "le", "5.0E-4"))
                .isEqualTo(2);
        assertThat(value("daybook_journal_group_bytes_bucket", "le", "4096.0"))
                .as("a bound belongs to its bucket")
                .isEqualTo(1);
        assertThat(value("daybook_journal_syncs_total")).isEqualTo(1);
        assertThat(value("daybook_journal_sync_seconds_bucket", "le", "2.0E-4")).isEqualTo(1);
        assertThat(value("daybook_read_entries_total", "source", "tail")).isEqualTo(2);
        assertThat(value("daybook_read_bytes_total", "source", "tail")).isEqualTo(200);
        assertThat(value("daybook_read_errors_total")).isEqualTo(1);
        assertThat(value("daybook_read_corruptions_total")).isEqualTo(1);
        assertThat(value("daybook_index_flush_seconds_count")).isEqualTo(1);
        assertThat(value("daybook_index_flush_entries_total")).isEqualTo(256);
        assertThat(value("daybook_index_flush_bytes_total")).isEqualTo(512);
        assertThat(value("daybook_index_rows_rewritten_total")).isEqualTo(4);
        assertThat(value("daybook_index_flush_failures_total")).isEqualTo(1);
        assertThat(value("daybook_sample_failures_total")).isEqualTo(1);
        assertThat(value("daybook_recovery_seconds")).isEqualTo(1.5);
        assertThat(value("daybook_recovery_records")).isEqualTo(77);
        assertThat(value("daybook_recovery_cut_bytes")).isEqualTo(9);
        assertThat(value("daybook_shutdown_stage_seconds", "stage", "DRAIN_APPENDS"))
                .isEqualTo(0.5);
    }

    @Test
    void eachSampleAppearsOnceAndBelongsToAnEngine() {
        metrics.shutdownStage("STOP_INTAKE", 1);
        Set<String> seen = new HashSet<>();
        for (MetricFamilySamples family : Collections.list(registry.metricFamilySamples())) {
            assertThat(family.name).startsWith("daybook_");
            assertThat(family.help).endsWith(".");
            for (MetricFamilySamples.Sample sample : family.samples) {
                assertThat(sample.labelNames).startsWith("engine").hasSameSizeAs(sample.labelValues);
                assertThat(seen.add(sample.name + sample.labelValues))
                        .as(sample.toString())
                        .isTrue();
            }
        }
        assertThat(seen).hasSizeGreaterThan(50);
    }

    @Test
    void gaugeShowsLiveValuesAndNothingBeforeItHasASupplier() {
        AtomicLong live = new AtomicLong(5);
        assertThat(value("daybook_segments")).isNull();

        metrics.gauge(EngineGauge.SEGMENTS, live::get);

        assertThat(value("daybook_segments")).isEqualTo(5);
        live.set(6);
        assertThat(value("daybook_segments")).isEqualTo(6);
    }

    @Test
    void throwingSupplierDoesNotBreakAScrape() {
        AtomicBoolean broken = new AtomicBoolean(true);
        metrics.gauge(EngineGauge.HEALTH, () -> {
            if (broken.get()) {
                throw new StackOverflowError();
            }
            return 2;
        });
        metrics.appended(1, 1);

        assertThat(value("daybook_health")).isNull();
        assertThat(value("daybook_append_entries_total")).isEqualTo(1);
        broken.set(false);
        assertThat(value("daybook_health")).isEqualTo(2);
        broken.set(true);
        assertThat(value("daybook_health")).as("the last value").isEqualTo(2);
        assertThat(value("daybook_sample_failures_total")).isGreaterThanOrEqualTo(2);
        assertThat(lease.holds()).isZero();
    }

    @Test
    void gaugeOfAnotherLeaseShowsTheLastValueOnceThatHasEnded() {
        Lease index = new Lease("index");
        AtomicLong reads = new AtomicLong();
        metrics.gauge(EngineGauge.TAIL_INDEX_ENTRIES, index, reads::incrementAndGet);
        Lease closed = new Lease("closed");
        closed.end(Duration.ZERO);
        metrics.gauge(EngineGauge.LEDGERS, closed, reads::incrementAndGet);

        assertThat(value("daybook_tail_index_entries")).isPositive();
        assertThat(index.end(LONG).drained()).isTrue();
        long before = reads.get();
        assertThat(value("daybook_tail_index_entries")).isEqualTo(before);
        assertThat(value("daybook_ledgers")).isNull();
        assertThat(reads.get()).isEqualTo(before);
    }

    @Test
    void endWaitsForASampleThatIsBeingTaken() throws Exception {
        CountDownLatch sampling = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        AtomicBoolean freed = new AtomicBoolean();
        metrics.gauge(EngineGauge.DISK_FREE_BYTES, () -> {
            sampling.countDown();
            await(go);
            return freed.get() ? -1 : 1;
        });
        CompletableFuture<Double> scrape =
                CompletableFuture.supplyAsync(() -> value("daybook_disk_free_bytes"), OWN_THREAD);
        await(sampling);
        CompletableFuture<EndReport> end = CompletableFuture.supplyAsync(
                () -> {
                    EndReport report = lease.end(LONG);
                    freed.set(true);
                    return report;
                },
                OWN_THREAD);
        long startNanos = System.nanoTime();
        while (MetricFamilies.count(registry) > 0) {
            assertThat(System.nanoTime() - startNanos).isLessThan(LONG.toNanos());
            Thread.onSpinWait();
        }

        assertThat(lease.isEnded()).as("deregistered, but inside its callback").isFalse();
        go.countDown();

        assertThat(end.get(20, TimeUnit.SECONDS).drained()).isTrue();
        assertThat(scrape.get(20, TimeUnit.SECONDS)).isEqualTo(1);
    }

    @Test
    void endLeavesNothingAndReopenShowsLiveValues() {
        metrics.gauge(EngineGauge.SEGMENTS, () -> 1);
        metrics.appended(10, 10);
        assertThat(lease.end(LONG).failures()).isEmpty();
        assertThat(Collections.list(registry.metricFamilySamples())).isEmpty();
        assertThat(MetricFamilies.count(registry)).isZero();

        Lease second = new Lease("stats of a");
        EngineMetrics reopened = new EngineMetrics(registry, "a", second);
        reopened.gauge(EngineGauge.SEGMENTS, () -> 2);
        reopened.appended(1, 1);
        metrics.appended(100, 100);
        metrics.shutdownStage("CLOSE_NATIVE", 1);

        assertThat(reopened.engine()).isEqualTo("a");
        assertThat(value("daybook_segments")).isEqualTo(2);
        assertThat(value("daybook_append_entries_total")).isEqualTo(1);
        assertThat(value("daybook_shutdown_stage_seconds", "stage", "CLOSE_NATIVE"))
                .isNull();
        second.end(LONG);
    }

    @Test
    void enginesShareFamiliesUntilTheLastOneLeaves() {
        int families = MetricFamilies.count(registry);
        Lease leaseB = new Lease("stats of b");
        EngineMetrics b = new EngineMetrics(registry, "b", leaseB);
        b.appended(7, 7);
        metrics.appended(2, 2);

        assertThat(MetricFamilies.count(registry)).isEqualTo(families).isPositive();
        assertThat(value("daybook_append_entries_total")).isEqualTo(2);
        assertThat(valueOf("b", "daybook_append_entries_total")).isEqualTo(7);
        lease.end(LONG);
        assertThat(value("daybook_append_entries_total")).isNull();
        assertThat(valueOf("b", "daybook_append_entries_total")).isEqualTo(7);
        leaseB.end(LONG);
        assertThat(MetricFamilies.count(registry)).isZero();
    }

    @Test
    void secondEngineOfTheSameNameGetsASuffix() {
        Lease lease2 = new Lease("2");
        Lease lease3 = new Lease("3");
        EngineMetrics second = new EngineMetrics(registry, "a", lease2);
        EngineMetrics third = new EngineMetrics(registry, "a", lease3);
        second.appended(1, 1);

        assertThat(second.engine()).isEqualTo("a#2");
        assertThat(third.engine()).isEqualTo("a#3");
        assertThat(valueOf("a#2", "daybook_append_entries_total")).isEqualTo(1);
        assertThat(value("daybook_append_entries_total")).isZero();
        lease2.end(LONG);
        assertThat(valueOf("a#2", "daybook_append_entries_total")).isNull();
        assertThat(valueOf("a#3", "daybook_append_entries_total")).isZero();
        Lease lease4 = new Lease("4");
        assertThat(new EngineMetrics(registry, "a", lease4).engine()).isEqualTo("a#2");
        lease3.end(LONG);
        lease4.end(LONG);
    }

    @Test
    void foreignCollectorOfAnyNameFailsTheConstructionAndNothingStays() {
        List<String> names = new ArrayList<>();
        Collections.list(registry.metricFamilySamples())
                .forEach(family -> names.add(family.name + (family.type.name().equals("COUNTER") ? "_total" : "")));
        assertThat(names).hasSizeGreaterThan(35).contains("daybook_shutdown_stage_seconds");
        for (String name : names) {
            CollectorRegistry other = new CollectorRegistry(true);
            Gauge.build(name, "Somebody else's.").register(other);
            Lease fresh = new Lease("fresh");

            assertThatThrownBy(() -> new EngineMetrics(other, "a", fresh))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(name);

            assertThat(Collections.list(other.metricFamilySamples()))
                    .singleElement()
                    .satisfies(family -> assertThat(family.help).isEqualTo("Somebody else's."));
            assertThat(MetricFamilies.count(other)).isZero();
            assertThat(fresh.end(LONG).failures()).isEmpty();
        }
    }

    @Test
    void constructionOnAnEndingLeaseLeavesNothing() {
        CollectorRegistry other = new CollectorRegistry();
        lease.end(LONG);

        assertThatThrownBy(() -> new EngineMetrics(other, "a", lease)).isInstanceOf(IllegalStateException.class);

        assertThat(Collections.list(other.metricFamilySamples())).isEmpty();
        assertThat(MetricFamilies.count(other)).isZero();
    }

    @Test
    void registryThatSomebodyHasClearedDoesNotDisturbTheEnd() {
        registry.clear();

        assertThat(lease.end(LONG).failures()).isEmpty();
        assertThat(MetricFamilies.count(registry)).isZero();
    }

    @Test
    void withoutRegistryEverythingWorksAndNothingIsShown() {
        Lease unseen = new Lease("unseen");
        EngineMetrics none = new EngineMetrics(null, "a", unseen);
        none.appended(1, 1);
        none.gauge(EngineGauge.LEDGERS, () -> {
            throw new AssertionError("nobody reads it");
        });
        none.shutdownStage("STOP_INTAKE", 1);

        assertThat(none.engine()).isEqualTo("a");
        assertThat(value("daybook_append_entries_total")).isZero();
        assertThat(unseen.end(LONG).drained()).isTrue();
    }

    /** A1 without the native part: samplers against the end, many times; a gauge must never run after a drained end. */
    @Test
    void scrapersNeverSeeAFreedEngine() throws Exception {
        AtomicBoolean stop = new AtomicBoolean();
        AtomicLong scrapes = new AtomicLong();
        List<CompletableFuture<Void>> scrapers = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            scrapers.add(CompletableFuture.runAsync(
                    () -> {
                        while (!stop.get()) {
                            Collections.list(registry.metricFamilySamples());
                            scrapes.incrementAndGet();
                            Thread.yield();
                        }
                    },
                    OWN_THREAD));
        }
        AtomicLong usesAfterFree = new AtomicLong();
        for (int round = 0; round < 200; round++) {
            Lease own = new Lease("round " + round);
            AtomicBoolean freed = new AtomicBoolean();
            EngineMetrics engine = new EngineMetrics(registry, "round", own);
            for (EngineGauge gauge : EngineGauge.values()) {
                engine.gauge(gauge, () -> {
                    Thread.yield();
                    return freed.get() ? usesAfterFree.incrementAndGet() : 1;
                });
            }
            try (Hold hold = own.tryAcquire()) {
                assertThat(hold).isNotNull();
            }
            assertThat(own.end(LONG).drained()).isTrue();
            freed.set(true);
        }
        stop.set(true);
        for (CompletableFuture<Void> scraper : scrapers) {
            scraper.get(20, TimeUnit.SECONDS);
        }
        assertThat(usesAfterFree).hasValue(0);
        assertThat(scrapes.get()).isPositive();
    }

    private Double value(String name, String... label) {
        return valueOf("a", name, label);
    }

    private Double valueOf(String engine, String name, String... label) {
        return label.length == 0
                ? registry.getSampleValue(name, new String[] {"engine"}, new String[] {engine})
                : registry.getSampleValue(name, new String[] {"engine", label[0]}, new String[] {engine, label[1]});
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
