package io.daybook.benchmarks;

import java.io.IOException;

/** Reads of one thread. <b>Confined to it.</b> Every entry that is read begins with its {@link #mark}, little-endian. */
public interface EntryReader extends AutoCloseable {

    /**
     * Reads an entry, its first eight bytes included.
     *
     * @return length of its payload
     * @throws IOException if it is not there or another one
     */
    int read(long ledgerId, long entryId) throws IOException;

    /**
     * Reads entries in order, as a consumer does that catches up.
     *
     * @return bytes of their payloads
     * @throws IOException if one is not there or another one
     */
    default long scan(long ledgerId, long firstEntryId, long lastEntryId) throws IOException {
        long bytes = 0;
        for (long entryId = firstEntryId; entryId <= lastEntryId; entryId++) {
            bytes += read(ledgerId, entryId);
        }
        return bytes;
    }

    @Override
    default void close() {
        // Holds nothing.
    }

    /** What an entry that is read back begins with. */
    static long mark(long ledgerId, long entryId) {
        return ledgerId << 40 ^ entryId;
    }

    /**
     * Checks the beginning of an entry.
     *
     * @throws IOException if it is another entry's
     */
    static void check(long ledgerId, long entryId, long firstBytes) throws IOException {
        if (firstBytes != mark(ledgerId, entryId)) {
            throw new IOException("ledger " + ledgerId + " entry " + entryId + " came back as another");
        }
    }
}
