package io.daybook.benchmarks;

import io.daybook.engine.AppendCallback;
import io.daybook.engine.EngineConfig;
import io.daybook.engine.LedgerEngine;
import io.netty.buffer.ByteBuf;
import io.prometheus.client.Collector;
import io.prometheus.client.CollectorRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Daybook as a host uses it: default settings, the callback path, every entry durable before its completion. With a retention
 * each ledger is trimmed as it grows, so that segments are given back and their files recycled, as in the ring of
 * {@link RawSink}, and recycled files are there from the first entry on; without one every segment is a new file.
 *
 * <p>A trim is a change of its own in the journal. With many ledgers little is kept of each, and a trim every few entries would
 * measure trims: so at most one change in a hundred is one, and a ledger may keep a hundred entries more than it should.
 */
final class DaybookSink implements AppendSink {
    private static final AppendCallback CALLBACK =
            (ledgerId, entryId, failure, context) -> ((Completion) context).completed(failure);

    private static final Pattern SEGMENT = Pattern.compile("segment-(\\d+)\\.journal");
    private static final int TRIMS_A_RETENTION = 8;
    private static final int APPENDS_A_TRIM_MIN = 100;

    private final LedgerEngine engine;
    private final Path directory;
    private final CollectorRegistry metrics;
    /** Entries of a ledger that are kept, about. */
    private final long keptEntries;

    private final long trimStep;
    private final int ledgers;

    private DaybookSink(Path directory, long keptEntries, int ledgers) {
        this.directory = directory;
        this.metrics = new CollectorRegistry();
        this.engine = openEngine(directory, metrics);
        this.keptEntries = keptEntries;
        this.trimStep = Math.max(APPENDS_A_TRIM_MIN, keptEntries / TRIMS_A_RETENTION);
        this.ledgers = ledgers;
    }

    static DaybookSink open(Path directory) {
        return new DaybookSink(directory, Long.MAX_VALUE, 1);
    }

    /**
     * Keeps so many payload bytes of all ledgers together. Returns when the journal has all the recycled files that it keeps:
     * else the load would write new ones until it had filled the retention once.
     */
    static DaybookSink openWithRetention(Path directory, LoadShape shape, long bytes) {
        DaybookSink sink = new DaybookSink(
                directory, Math.max(1, bytes / ((long) shape.entryBytes() * shape.ledgers())), shape.ledgers());
        try {
            RecycledFiles.make(sink.engine, directory.resolve("journal"));
        } catch (IOException e) {
            sink.close();
            throw new UncheckedIOException(e);
        } catch (RuntimeException e) {
            sink.close();
            throw e;
        }
        return sink;
    }

    static LedgerEngine openEngine(Path directory) {
        return openEngine(directory, null);
    }

    private static LedgerEngine openEngine(Path directory, CollectorRegistry metrics) {
        // A shorter deadline than by default, so that Ctrl-C ends soon even where something hangs.
        EngineConfig.Builder config = EngineConfig.builder(directory).stageDeadline(Duration.ofSeconds(10));
        if (metrics != null) {
            config.name("daybook").metricsRegistry(metrics);
        }
        return LedgerEngine.open(config.build());
    }

    @Override
    public void append(long ledgerId, long entryId, ByteBuf entry, Completion completion) {
        engine.append(ledgerId, entryId, entry, CALLBACK, completion);
        // Not all ledgers at the same moment, as no host with a hundred ledgers does it.
        if (entryId > keptEntries && (entryId + ledgerId * trimStep / ledgers) % trimStep == 0) {
            engine.trimBefore(ledgerId, entryId - keptEntries);
        }
    }

    @Override
    public long entriesHeld(int ledgers) {
        long sum = 0;
        for (long ledgerId = 0; ledgerId < ledgers; ledgerId++) {
            // Appended in order from 0 on, so what was trimmed is counted too.
            sum += engine.exists(ledgerId) && engine.entryCount(ledgerId) > 0
                    ? engine.entryCount(ledgerId)
                            + engine.firstEntryId(ledgerId).orElse(0)
                    : 0;
        }
        return sum;
    }

    @Override
    public EntryReader reader() {
        return new DaybookReader(engine);
    }

    @Override
    public void flush() {
        engine.flush();
    }

    @Override
    public Map<String, Long> events() {
        Map<String, Long> events = new LinkedHashMap<>();
        events.put("segment roll", newestSegment());
        events.put(
                "index flush",
                samples("daybook_index_flush_seconds_count")
                        .mapToLong(sample -> (long) sample.value)
                        .sum());
        return events;
    }

    @Override
    public NavigableMap<Double, Double> delays() {
        NavigableMap<Double, Double> delays = new TreeMap<>();
        samples("daybook_append_delay_seconds_bucket")
                .forEach(sample ->
                        delays.put(bound(sample.labelValues.get(sample.labelNames.indexOf("le"))), sample.value));
        return delays;
    }

    /** Only these are asked for: the others would be read in the middle of what is measured, ten times a second. */
    private Stream<Collector.MetricFamilySamples.Sample> samples(String name) {
        return Collections.list(metrics.filteredMetricFamilySamples(Set.of(name))).stream()
                .flatMap(family -> family.samples.stream())
                .filter(sample -> sample.name.equals(name));
    }

    private static double bound(String le) {
        return le.equals("+Inf") ? Double.POSITIVE_INFINITY : Double.parseDouble(le);
    }

    /** Ids of segments rise by one. */
    private long newestSegment() {
        try (Stream<Path> files = Files.list(directory.resolve("journal"))) {
            return files.map(file -> SEGMENT.matcher(file.getFileName().toString()))
                    .filter(Matcher::matches)
                    .mapToLong(matcher -> Long.parseLong(matcher.group(1)))
                    .max()
                    .orElse(0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        engine.close();
    }
}
