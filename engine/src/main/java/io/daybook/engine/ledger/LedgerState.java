package io.daybook.engine.ledger;

import io.daybook.engine.CorruptStoreException;
import io.daybook.index.LedgerRow;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The state of a ledger in a table of ledgers, little-endian; see {@code docs/format.md}, "Table of ledgers".
 *
 * <pre>
 *  0  generation 8 · 8 flags 8 (1: fenced, 2: has metadata) · 16 last add confirmed 8 · 24 trim bound 8
 * 32  first entry 8 · 40 last entry 8 · 48 entries 8 · 56 bytes 8 · 64 next entry 8 · 72 metadata, to the end
 * </pre>
 *
 * <p><b>Thread-safe.</b>
 */
public final class LedgerState {
    private static final int FIXED_BYTES = 9 * Long.BYTES;
    private static final long FENCED = 1;
    private static final long METADATA = 2;

    private LedgerState() {}

    /** Encodes a row. */
    public static byte[] encode(LedgerRow row) {
        byte[] metadata = row.metadata();
        ByteBuffer out = ByteBuffer.allocate(FIXED_BYTES + (metadata == null ? 0 : metadata.length))
                .order(ByteOrder.LITTLE_ENDIAN);
        out.putLong(row.generation())
                .putLong((row.fenced() ? FENCED : 0) | (metadata == null ? 0 : METADATA))
                .putLong(row.lastAddConfirmed())
                .putLong(row.trimBound())
                .putLong(row.firstEntryId())
                .putLong(row.lastEntryId())
                .putLong(row.entryCount())
                .putLong(row.bytes())
                .putLong(row.nextEntryId());
        if (metadata != null) {
            out.put(metadata);
        }
        return out.array();
    }

    /**
     * Decodes a row.
     *
     * @throws CorruptStoreException if it is too short or cannot be
     */
    public static LedgerRow decode(long ledgerId, byte[] state) {
        if (state.length < FIXED_BYTES) {
            throw new CorruptStoreException(
                    "state of ledger " + ledgerId + " has " + state.length + " bytes, less than " + FIXED_BYTES);
        }
        ByteBuffer in = ByteBuffer.wrap(state).order(ByteOrder.LITTLE_ENDIAN);
        long generation = in.getLong();
        long flags = in.getLong();
        long lastAddConfirmed = in.getLong();
        long trimBound = in.getLong();
        long first = in.getLong();
        long last = in.getLong();
        long count = in.getLong();
        long bytes = in.getLong();
        long next = in.getLong();
        byte[] metadata = null;
        if ((flags & METADATA) != 0) {
            metadata = new byte[in.remaining()];
            in.get(metadata);
        }
        LedgerRow row = new LedgerRow(
                ledgerId,
                generation,
                (flags & FENCED) != 0,
                lastAddConfirmed,
                trimBound,
                first,
                last,
                count,
                bytes,
                next,
                metadata);
        if (!isPossible(row)) {
            throw new CorruptStoreException("state of ledger " + ledgerId + " makes no sense: " + row);
        }
        return row;
    }

    private static boolean isPossible(LedgerRow row) {
        boolean empty = row.entryCount() == 0;
        return row.ledgerId() >= 0
                && row.generation() >= 1
                && row.lastAddConfirmed() >= Ledger.NONE
                && row.lastAddConfirmed() < Long.MAX_VALUE
                && row.trimBound() >= 0
                && row.firstEntryId() >= Ledger.NONE
                && row.lastEntryId() >= row.firstEntryId()
                && row.lastEntryId() < Long.MAX_VALUE
                && empty == (row.firstEntryId() == Ledger.NONE)
                && row.entryCount() >= 0
                && row.bytes() >= 0
                && row.nextEntryId() >= 0;
    }
}
