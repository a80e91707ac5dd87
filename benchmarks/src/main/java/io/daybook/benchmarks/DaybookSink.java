package io.daybook.benchmarks;

import io.daybook.engine.AppendCallback;
import io.daybook.engine.EngineConfig;
import io.daybook.engine.LedgerEngine;
import io.netty.buffer.ByteBuf;
import java.nio.file.Path;
import java.time.Duration;

/**
 * Daybook as a host uses it: default settings, the callback path, every entry durable before its completion. With a retention
 * each ledger is trimmed as it grows, so that segments are given back and their files recycled, as in the ring of
 * {@link RawSink}; without one every segment is a new file.
 */
final class DaybookSink implements AppendSink {
    private static final AppendCallback CALLBACK =
            (ledgerId, entryId, failure, context) -> ((Completion) context).completed(failure);

    private static final int TRIMS_A_RETENTION = 16;

    private final LedgerEngine engine;
    /** Entries of a ledger that are kept, about. */
    private final long keptEntries;

    private final long trimStep;

    private DaybookSink(LedgerEngine engine, long keptEntries) {
        this.engine = engine;
        this.keptEntries = keptEntries;
        this.trimStep = Math.max(1, keptEntries / TRIMS_A_RETENTION);
    }

    static DaybookSink open(Path directory) {
        return new DaybookSink(openEngine(directory), Long.MAX_VALUE);
    }

    /** Keeps so many payload bytes of all ledgers together. */
    static DaybookSink openWithRetention(Path directory, LoadShape shape, long bytes) {
        return new DaybookSink(
                openEngine(directory), Math.max(1, bytes / ((long) shape.entryBytes() * shape.ledgers())));
    }

    static LedgerEngine openEngine(Path directory) {
        // A shorter deadline than by default, so that Ctrl-C ends soon even where something hangs.
        return LedgerEngine.open(EngineConfig.builder(directory)
                .stageDeadline(Duration.ofSeconds(10))
                .build());
    }

    @Override
    public void append(long ledgerId, long entryId, ByteBuf entry, Completion completion) {
        engine.append(ledgerId, entryId, entry, CALLBACK, completion);
        if (entryId > keptEntries && entryId % trimStep == 0) {
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
    public void close() {
        engine.close();
    }
}
