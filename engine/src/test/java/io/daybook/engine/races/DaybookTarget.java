package io.daybook.engine.races;

import io.daybook.engine.EngineClosedException;
import io.daybook.engine.EngineConfig;
import io.daybook.engine.EntryCursor;
import io.daybook.engine.LedgerEngine;
import io.daybook.engine.NoSuchEntryException;
import io.daybook.engine.NoSuchLedgerException;
import io.daybook.engine.ShutdownReport;
import io.daybook.engine.TestEngines;
import io.daybook.index.IndexException;
import io.daybook.index.RocksLocationIndex;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.prometheus.client.Collector.MetricFamilySamples;
import io.prometheus.client.Collector.MetricFamilySamples.Sample;
import io.prometheus.client.CollectorRegistry;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.PrimitiveIterator;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/** An engine on a real disk, with its metrics in a registry. Every byte that comes back is compared. */
final class DaybookTarget implements RaceTarget {
    private static final long LEDGER = 0;
    private static final int DELETED_LEDGERS = 8;
    private static final int APPENDS = 16;
    private static final int SCANNED = 300;
    private static final int ENTRY_LONGS = 16;
    private static final long ANSWER_SECONDS_MAX = 30;

    private final CollectorRegistry registry;
    private final String name;
    private final Acknowledged acknowledged;
    private final LedgerEngine engine;
    private final RocksLocationIndex index;
    /** One thread appends. */
    private final AtomicLong nextEntryId;

    /** What must be there for ever: entries from 0 on. */
    static final class Acknowledged {
        private final AtomicLong entries = new AtomicLong();

        long entries() {
            return entries.get();
        }
    }

    /** Opens it, and checks that everything is there that was acknowledged before. */
    DaybookTarget(Path directory, CollectorRegistry registry, String name, Acknowledged acknowledged) throws Exception {
        this.registry = registry;
        this.name = name;
        this.acknowledged = acknowledged;
        TestEngines opened = TestEngines.openKeepingParts(EngineConfig.builder(directory)
                .name(name)
                .memoryBudget(16 << 20)
                .segmentBytes(4 << 20)
                .metricsRegistry(registry)
                .build());
        this.engine = opened.engine();
        this.index = opened.index();
        long entries = engine.exists(LEDGER) ? engine.entryCount(LEDGER) : 0;
        if (entries < acknowledged.entries()) {
            throw new AssertionError(acknowledged.entries() + " entries were acknowledged, " + entries + " are there");
        }
        this.nextEntryId = new AtomicLong(entries);
        if (entries == 0) {
            append();
        }
    }

    @Override
    public void run(Action action, SplittableRandom random) throws Exception {
        try {
            switch (action) {
                case SCRAPE -> scrape();
                case READ -> read(random);
                case SCAN -> scan(random);
                case APPEND -> append();
                case FLUSH -> engine.flush();
                case COMPACT -> index.compact();
                case DELETE -> appendAndDelete(1 + random.nextInt(DELETED_LEDGERS));
            }
        } catch (EngineClosedException e) {
            throw new ClosedException(name, e);
        } catch (IndexException e) {
            if (e.kind() != IndexException.Kind.CLOSED) {
                throw e;
            }
            throw new ClosedException(name, e);
        }
    }

    /** As a monitoring system does it, and what the engine's sampler does for it once a second. */
    private void scrape() {
        for (LongSupplier property : index.nativeProperties().values()) {
            property.getAsLong();
        }
        boolean shown = false;
        for (MetricFamilySamples family : Collections.list(registry.metricFamilySamples())) {
            for (Sample sample : family.samples) {
                shown |= sample.labelValues.contains(name);
            }
        }
        if (!shown) {
            throw new ClosedException("no sample of " + name, null);
        }
    }

    private void read(SplittableRandom random) {
        long entryId = random.nextLong(Math.max(1, acknowledged.entries()));
        check(entryId, engine.read(LEDGER, entryId));
        try {
            engine.readLast(1 + random.nextInt(DELETED_LEDGERS)).release();
        } catch (NoSuchLedgerException | NoSuchEntryException e) {
            // It is deleted at the moment.
        }
    }

    private void scan(SplittableRandom random) {
        long first = random.nextLong(Math.max(1, acknowledged.entries()));
        long next = first;
        try (EntryCursor cursor = engine.scan(LEDGER, first, first + SCANNED)) {
            while (cursor.next()) {
                if (cursor.entryId() != next) {
                    throw new AssertionError("entry " + next + " is missing before " + cursor.entryId());
                }
                check(next, cursor.entry().retain());
                next++;
            }
        }
        PrimitiveIterator.OfLong ids = engine.entries(LEDGER);
        for (long expected = 0; expected < SCANNED && ids.hasNext(); expected++) {
            if (ids.nextLong() != expected) {
                throw new AssertionError("id " + expected + " is missing");
            }
        }
    }

    private void append() throws Exception {
        List<CompletableFuture<Void>> futures = new ArrayList<>();
        try {
            for (int i = 0; i < APPENDS; i++) {
                long entryId = nextEntryId.get();
                futures.add(engine.append(LEDGER, entryId, content(entryId)));
                nextEntryId.set(entryId + 1);
            }
        } finally {
            // What was accepted is answered, closed or not.
            for (CompletableFuture<Void> future : futures) {
                answer(future);
                acknowledged.entries.incrementAndGet();
            }
        }
    }

    private void appendAndDelete(long ledgerId) throws Exception {
        CompletableFuture<Long> appended = engine.append(ledgerId, content(ledgerId));
        try {
            answer(engine.delete(ledgerId));
        } catch (NoSuchLedgerException e) {
            throw new AssertionError("the append was accepted before the delete", e);
        } finally {
            answer(appended);
        }
    }

    private static void answer(CompletableFuture<?> future) throws Exception {
        try {
            future.get(ANSWER_SECONDS_MAX, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        }
    }

    private static ByteBuf content(long entryId) {
        ByteBuf buffer = Unpooled.buffer(ENTRY_LONGS * Long.BYTES);
        for (int i = 0; i < ENTRY_LONGS; i++) {
            buffer.writeLong(entryId * ENTRY_LONGS + i);
        }
        return buffer;
    }

    private static void check(long entryId, ByteBuf read) {
        try {
            ByteBuf expected = content(entryId);
            if (!expected.equals(read)) {
                throw new AssertionError("entry " + entryId + " has other bytes");
            }
        } finally {
            read.release();
        }
    }

    @Override
    public void close() {
        ShutdownReport report = engine.shutdown();
        if (!report.clean()) {
            throw new AssertionError("the close was not clean: " + report);
        }
    }
}
