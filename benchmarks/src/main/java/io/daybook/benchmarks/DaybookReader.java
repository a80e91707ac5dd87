package io.daybook.benchmarks;

import io.daybook.engine.EntryCursor;
import io.daybook.engine.LedgerEngine;
import io.netty.buffer.ByteBuf;
import java.io.IOException;

/** Reads of Daybook: one by one, and by a cursor. */
final class DaybookReader implements EntryReader {
    private final LedgerEngine engine;

    DaybookReader(LedgerEngine engine) {
        this.engine = engine;
    }

    @Override
    public int read(long ledgerId, long entryId) throws IOException {
        ByteBuf entry = engine.read(ledgerId, entryId);
        try {
            EntryReader.check(ledgerId, entryId, entry.getLongLE(entry.readerIndex()));
            return entry.readableBytes();
        } finally {
            entry.release();
        }
    }

    @Override
    public long scan(long ledgerId, long firstEntryId, long lastEntryId) throws IOException {
        long bytes = 0;
        long expected = firstEntryId;
        try (EntryCursor cursor = engine.scan(ledgerId, firstEntryId, lastEntryId)) {
            while (cursor.next()) {
                ByteBuf entry = cursor.entry();
                EntryReader.check(ledgerId, expected++, entry.getLongLE(entry.readerIndex()));
                bytes += entry.readableBytes();
            }
        }
        if (expected <= lastEntryId) {
            throw new IOException("ledger " + ledgerId + " entry " + expected + " is not there");
        }
        return bytes;
    }
}
