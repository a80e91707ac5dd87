package io.daybook.stats;

import io.daybook.lease.Lease;
import io.prometheus.client.CollectorRegistry;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * The metrics of one open engine. They enter the registry when this is constructed and leave it as an ending of the lease.
 *
 * <p>Two engines of one name in a registry at the same time are told apart by a suffix: the second has the label value
 * {@code name#2}; see {@link #engine()}. Names are free again after the end.
 *
 * <p>Without a registry all methods work the same and the values are shown nowhere; after the lease has ended likewise. No
 * method here throws because of metrics, blocks, or allocates, except {@link #shutdownStage} for a new stage and
 * {@link #gauge}. Times are in seconds.
 *
 * <p><b>Thread-safe.</b>
 */
public final class EngineMetrics {

    /** What the supplier of a gauge returns when it has nothing to tell: the last value is shown, or nothing. */
    public static final long NO_VALUE = Long.MIN_VALUE;

    private static final double[] SECONDS = {
        0.00005, 0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10
    };
    private static final double[] DELAY_SECONDS = {
        0.00005, 0.0001, 0.0002, 0.0003, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 1
    };
    private static final double[] RECORDS = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096, 16384, 65536};
    private static final double[] BYTES = {
        1 << 12, 1 << 14, 1 << 16, 1 << 18, 1 << 20, 1 << 21, 1 << 22, 1 << 23, 1 << 24, 1 << 26
    };

    private static final MetricSpec SHUTDOWN_STAGE = MetricSpec.gauge(
            "daybook_shutdown_stage_seconds",
            "How long each stage of the shutdown took, as far as it can still be seen.",
            "stage");

    /** What this has made so far; emptied when it has joined the registry. */
    private final List<MetricFamilies.Series> series = new ArrayList<>();

    private final CounterChild appendEntries =
            counter("daybook_append_entries_total", "Entries appended and completed.");
    private final CounterChild appendBytes =
            counter("daybook_append_bytes_total", "Payload bytes of entries appended and completed.");
    private final HistogramChild appendSeconds =
            histogram("daybook_append_seconds", "Time from acceptance to completion of an append.", SECONDS);
    private final HistogramChild appendDelaySeconds = histogram(
            "daybook_append_delay_seconds",
            "Time from acceptance to completion of an append without the syncs it waited for.",
            DELAY_SECONDS);
    private final Map<AppendWait, CounterChild> appendWaits = counters(
            AppendWait.class,
            AppendWait::label,
            CounterChild::new,
            "daybook_append_waits_total",
            "Appends that waited for room.",
            "cause");
    private final Map<AppendWait, CounterChild> appendWaitSeconds = counters(
            AppendWait.class,
            AppendWait::label,
            CounterChild::ofNanos,
            "daybook_append_wait_seconds_total",
            "Time that appends waited for room.",
            "cause");
    private final Map<AppendRejection, CounterChild> appendRejections = counters(
            AppendRejection.class,
            AppendRejection::label,
            CounterChild::new,
            "daybook_append_rejections_total",
            "Appends that were not accepted.",
            "reason");

    private final CounterChild frames =
            counter("daybook_journal_frames_total", "Frames written; a group commit has one or more.");
    private final CounterChild journalBytes = counter(
            "daybook_journal_written_bytes_total",
            "Bytes of group commits, framing, padding and blocks written ahead included.");
    private final HistogramChild groupRecords =
            histogram("daybook_journal_group_records", "Records in a group commit.", RECORDS);
    private final HistogramChild groupBytes =
            histogram("daybook_journal_group_bytes", "Bytes of a group commit, framing and padding included.", BYTES);
    private final HistogramChild writeSeconds =
            histogram("daybook_journal_write_seconds", "Time to write a group commit, without its sync.", SECONDS);
    private final CounterChild syncs = counter("daybook_journal_syncs_total", "Syncs of the journal.");
    private final HistogramChild syncSeconds =
            histogram("daybook_journal_sync_seconds", "Time of a journal sync.", SECONDS);

    private final Map<ReadSource, CounterChild> reads = counters(
            ReadSource.class,
            ReadSource::label,
            CounterChild::new,
            "daybook_read_entries_total",
            "Entries read, by where they came from.",
            "source");
    private final Map<ReadSource, CounterChild> readBytes = counters(
            ReadSource.class,
            ReadSource::label,
            CounterChild::new,
            "daybook_read_bytes_total",
            "Payload bytes read, by where they came from.",
            "source");
    private final CounterChild readErrors =
            counter("daybook_read_errors_total", "Reads that failed for another reason than an absent entry.");
    private final CounterChild readCorruptions =
            counter("daybook_read_corruptions_total", "Reads that found a damaged entry.");

    private final HistogramChild indexFlushSeconds =
            histogram("daybook_index_flush_seconds", "Time of an index flush.", SECONDS);
    private final CounterChild indexFlushEntries =
            counter("daybook_index_flush_entries_total", "Entry locations written to the index.");
    private final CounterChild indexFlushBytes =
            counter("daybook_index_flush_bytes_total", "Bytes of the batches written to the index.");
    private final CounterChild segmentsReclaimed =
            counter("daybook_segments_reclaimed_total", "Segments given back, as nothing in them was alive.");
    private final CounterChild reclaimedBytes =
            counter("daybook_segment_reclaimed_bytes_total", "Bytes of the segments given back.");
    private final CounterChild scrubBytes =
            counter("daybook_scrub_bytes_total", "Bytes of sealed segments that were read again to find damage.");
    private final CounterChild scrubPasses =
            counter("daybook_scrub_passes_total", "Times that all sealed segments were read again.");
    private final CounterChild scrubDamages =
            counter("daybook_scrub_damages_total", "Damaged places that were found by reading segments again.");
    private final CounterChild indexRowsRewritten =
            counter("daybook_index_rows_rewritten_total", "Index rows rewritten because they had many fragments.");
    private final CounterChild indexFlushFailures =
            counter("daybook_index_flush_failures_total", "Index flushes that failed, for lack of room too.");

    private final ValueChild recoverySeconds = value("daybook_recovery_seconds", "Time of the recovery at open.");
    private final ValueChild recoveryRecords = value("daybook_recovery_records", "Records replayed at open.");
    private final ValueChild recoveryCutBytes =
            value("daybook_recovery_cut_bytes", "Bytes of a torn tail that were cut at open.");

    private final CounterChild sampleFailures =
            counter("daybook_sample_failures_total", "Readings for gauges that failed; the last value was shown.");

    private final Map<EngineGauge, LiveChild> gauges = new EnumMap<>(EngineGauge.class);
    private final Map<String, ValueChild> shutdownStages = new ConcurrentHashMap<>();

    private final Lease lease;
    /** Null without a registry. */
    private final MetricFamilies.Membership membership;

    private final String engine;

    /**
     * Registers the metrics of an engine. If this throws, nothing of it stays in the registry.
     *
     * @param registry where to register, or null: nowhere
     * @param engineName the value of the label {@code engine}; may get a suffix
     * @param lease with it the metrics leave the registry, and it guards what the suppliers of gauges read
     * @throws IllegalArgumentException if the registry has a collector by the name of one of these metrics that is not
     *     Daybook's
     * @throws IllegalStateException if the lease is ending
     */
    public EngineMetrics(CollectorRegistry registry, String engineName, Lease lease) {
        Objects.requireNonNull(engineName, "engineName");
        this.lease = Objects.requireNonNull(lease, "lease");
        for (EngineGauge gauge : EngineGauge.values()) {
            gauges.put(gauge, add(gauge.spec(), new LiveChild(sampleFailures)));
        }
        // The family has to be there from the start, so that a foreign collector of its name is found now and not at
        // shutdown.
        series.add(new MetricFamilies.Series(SHUTDOWN_STAGE, List.of(""), (spec, labelValues, out) -> {}));
        if (registry == null) {
            membership = null;
            engine = engineName;
        } else {
            membership = MetricFamilies.join(registry, engineName, series);
            engine = membership.engine();
            leaveWith(lease);
        }
        series.clear();
    }

    private void leaveWith(Lease owner) {
        boolean registered = false;
        try {
            owner.onEnd("metrics of engine " + engine, membership::leave);
            registered = true;
        } finally {
            if (!registered) {
                membership.leave();
            }
        }
    }

    /** {@return the value of the label {@code engine}: the given name, with a suffix if another engine has it} */
    public String engine() {
        return engine;
    }

    /**
     * Counts appends that were completed normally.
     *
     * @param entries how many
     * @param bytes their payload
     */
    public void appended(long entries, long bytes) {
        appendEntries.add(entries);
        appendBytes.add(bytes);
    }

    /**
     * Observes the latency of appends that were completed together, in one step for all of them.
     *
     * @param seconds from acceptance to completion, of the first one
     * @param delaySeconds what of it was not spent in syncs of the journal
     * @param entries how many
     */
    public void observeAppendBatch(double seconds, double delaySeconds, int entries) {
        appendSeconds.observe(seconds, entries);
        appendDelaySeconds.observe(delaySeconds, entries);
    }

    /**
     * Counts an append that waited for room, whether it got it or not.
     *
     * @param cause what it waited for
     * @param seconds how long
     */
    public void appendWaited(AppendWait cause, double seconds) {
        appendWaits.get(cause).add(1);
        appendWaitSeconds.get(cause).add((long) (seconds * 1e9));
    }

    /**
     * Counts an append that was not accepted.
     *
     * @param reason why
     */
    public void appendRejected(AppendRejection reason) {
        appendRejections.get(reason).add(1);
    }

    /**
     * Counts a group commit.
     *
     * @param framesWritten in it
     * @param records in it
     * @param bytes written for it, framing, padding and blocks written ahead included
     * @param seconds how long the write took, without the sync
     */
    public void groupWritten(int framesWritten, int records, long bytes, double seconds) {
        frames.add(framesWritten);
        journalBytes.add(bytes);
        groupRecords.observe(records, 1);
        groupBytes.observe(bytes, 1);
        writeSeconds.observe(seconds, 1);
    }

    /**
     * Counts a sync of the journal.
     *
     * @param seconds how long it took
     */
    public void synced(double seconds) {
        syncs.add(1);
        syncSeconds.observe(seconds, 1);
    }

    /**
     * Counts entries that were read.
     *
     * @param source where they came from
     * @param entries how many
     * @param bytes their payload
     */
    public void read(ReadSource source, long entries, long bytes) {
        reads.get(source).add(entries);
        readBytes.get(source).add(bytes);
    }

    /** Counts a read that failed for another reason than an absent or damaged entry. */
    public void readFailed() {
        readErrors.add(1);
    }

    /** Counts a read that found a damaged entry. */
    public void readCorrupt() {
        readCorruptions.add(1);
    }

    /**
     * Counts an index flush.
     *
     * @param seconds how long it took
     * @param entries locations written
     * @param bytes size of the batches
     */
    public void indexFlushed(double seconds, long entries, long bytes) {
        indexFlushSeconds.observe(seconds, 1);
        indexFlushEntries.add(entries);
        indexFlushBytes.add(bytes);
    }

    /**
     * Counts segments that were given back.
     *
     * @param segments how many
     * @param bytes of their files
     */
    public void reclaimed(int segments, long bytes) {
        segmentsReclaimed.add(segments);
        reclaimedBytes.add(bytes);
    }

    /**
     * Counts bytes of segments that were read again to find damage.
     *
     * @param bytes how many
     */
    public void scrubbed(long bytes) {
        scrubBytes.add(bytes);
    }

    /** Counts a pass over all sealed segments. */
    public void scrubPassed() {
        scrubPasses.add(1);
    }

    /** Counts a damaged place that was found by reading segments again. */
    public void scrubDamaged() {
        scrubDamages.add(1);
    }

    /**
     * Counts index rows that were rewritten.
     *
     * @param rows how many
     */
    public void indexRowsRewritten(long rows) {
        indexRowsRewritten.add(rows);
    }

    /** Counts an index flush that failed. */
    public void indexFlushFailed() {
        indexFlushFailures.add(1);
    }

    /** Counts a reading for a gauge that failed elsewhere than in its supplier, as in a {@link NativeSampler}. */
    public void sampleFailed() {
        sampleFailures.add(1);
    }

    /**
     * Tells what the recovery at open did.
     *
     * @param seconds how long it took
     * @param records how many were replayed
     * @param cutBytes how much of a torn tail was cut
     */
    public void recovered(double seconds, long records, long cutBytes) {
        recoverySeconds.set(seconds);
        recoveryRecords.set(records);
        recoveryCutBytes.set(cutBytes);
    }

    /**
     * Tells how long a stage of the shutdown took. Stages after the end of the lease are not seen any more.
     *
     * @param stage its name, the value of the label {@code stage}; one of a fixed few
     * @param seconds how long it took
     */
    public void shutdownStage(String stage, double seconds) {
        shutdownStages
                .computeIfAbsent(stage, name -> {
                    ValueChild child = new ValueChild();
                    if (membership != null) {
                        membership.add(new MetricFamilies.Series(SHUTDOWN_STAGE, List.of(name), child));
                    }
                    return child;
                })
                .set(seconds);
    }

    /**
     * Shows a value that is read at each scrape, under a hold on the lease given at construction. A second call replaces
     * the supplier.
     *
     * @param gauge which
     * @param supplier reads it: quick, never blocking, no lock that an append or a flush holds, nothing native (see
     *     {@link NativeSampler}). When it throws or gives {@link #NO_VALUE} the last value is shown, or nothing
     */
    public void gauge(EngineGauge gauge, LongSupplier supplier) {
        gauge(gauge, lease, supplier);
    }

    /**
     * As {@link #gauge(EngineGauge, LongSupplier)}, for what another lease than this engine's guards.
     *
     * @param gauge which
     * @param guard held while the supplier runs; once it refuses, the last value is shown, or nothing
     * @param supplier reads it
     */
    public void gauge(EngineGauge gauge, Lease guard, LongSupplier supplier) {
        gauges.get(gauge)
                .readFrom(Objects.requireNonNull(guard, "guard"), Objects.requireNonNull(supplier, "supplier"));
    }

    private CounterChild counter(String name, String help) {
        return add(MetricSpec.counter(name, help), new CounterChild());
    }

    private ValueChild value(String name, String help) {
        return add(MetricSpec.gauge(name, help), new ValueChild());
    }

    private HistogramChild histogram(String name, String help, double... bounds) {
        return add(MetricSpec.histogram(name, help), new HistogramChild(bounds));
    }

    private <E extends Enum<E>> Map<E, CounterChild> counters(
            Class<E> type,
            Function<E, String> labelValue,
            Supplier<CounterChild> make,
            String name,
            String help,
            String label) {
        Map<E, CounterChild> children = new EnumMap<>(type);
        MetricSpec spec = MetricSpec.counter(name, help, label);
        for (E value : type.getEnumConstants()) {
            CounterChild child = make.get();
            children.put(value, child);
            series.add(new MetricFamilies.Series(spec, List.of(labelValue.apply(value)), child));
        }
        return children;
    }

    private <C extends Child> C add(MetricSpec spec, C child) {
        series.add(new MetricFamilies.Series(spec, List.of(), child));
        return child;
    }
}
