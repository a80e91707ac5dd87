package io.daybook.journal;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * What a sealed segment holds, behind its last frame, on a block boundary, little-endian; see {@code docs/format.md}, "Footer".
 *
 * <pre>
 *  0  magic      4  "DBFT"
 *  4  crc32c     4  over nonce of the segment, offset of the footer, all that follows
 *  8  rows       4
 * 12  reserved   4
 * 16  rows, 56 bytes each: ledger 8, generation 8, first entry 8, last entry 8, entries 8, payload bytes 8, flags 8
 * </pre>
 */
public final class SegmentFooter {
    static final int MAGIC = 0x54464244; // "DBFT"
    static final int HEADER_BYTES = 16;
    static final int ROW_BYTES = 7 * Long.BYTES;
    private static final long STATE = 1;
    private static final long TRUNCATED = 2;

    private SegmentFooter() {}

    /**
     * One generation of a ledger in a segment.
     *
     * @param ledgerId the ledger
     * @param generation LSN of the record that began it
     * @param firstEntryId lowest entry id, -1: no entries
     * @param lastEntryId highest entry id, -1: no entries
     * @param entries entry records
     * @param bytes their payload bytes
     * @param state whether other records of it are here too
     * @param truncated whether a truncation is among them
     */
    public record Row(
            long ledgerId,
            long generation,
            long firstEntryId,
            long lastEntryId,
            long entries,
            long bytes,
            boolean state,
            boolean truncated) {}

    static ByteBuffer encode(List<Row> rows, long nonce, long offset) {
        ByteBuffer out =
                ByteBuffer.allocate(HEADER_BYTES + rows.size() * ROW_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        out.putInt(0, MAGIC).putInt(8, rows.size()).putInt(12, 0).position(HEADER_BYTES);
        for (Row row : rows) {
            out.putLong(row.ledgerId()).putLong(row.generation()).putLong(row.firstEntryId());
            out.putLong(row.lastEntryId())
                    .putLong(row.entries())
                    .putLong(row.bytes())
                    .putLong((row.state() ? STATE : 0) | (row.truncated() ? TRUNCATED : 0));
        }
        out.flip();
        ByteBuffer covered = out.duplicate();
        covered.position(8);
        out.putInt(4, new RecordChecksum().bytes(nonce, offset, covered));
        return out;
    }

    /** Null if the bytes are no footer of this place. */
    static List<Row> decode(ByteBuffer in, long nonce, long offset) {
        in.order(ByteOrder.LITTLE_ENDIAN);
        if (in.remaining() < HEADER_BYTES || in.getInt(0) != MAGIC) {
            return null;
        }
        int count = in.getInt(8);
        if (count < 0 || (long) count * ROW_BYTES != in.limit() - HEADER_BYTES) {
            return null;
        }
        ByteBuffer covered = in.duplicate();
        covered.position(8);
        if (in.getInt(4) != new RecordChecksum().bytes(nonce, offset, covered)) {
            return null;
        }
        List<Row> rows = new ArrayList<>(count);
        ByteBuffer row = in.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        row.position(HEADER_BYTES);
        for (int i = 0; i < count; i++) {
            Row read = row(row);
            if (!isPossible(read)) {
                return null;
            }
            rows.add(read);
        }
        return rows;
    }

    private static boolean isPossible(Row row) {
        boolean ids = row.entries() == 0
                ? row.firstEntryId() == -1 && row.lastEntryId() == -1
                : row.firstEntryId() >= 0
                        && row.lastEntryId() >= row.firstEntryId()
                        && row.lastEntryId() < Long.MAX_VALUE;
        return ids && row.ledgerId() >= 0 && row.generation() >= 1 && row.entries() >= 0 && row.bytes() >= 0;
    }

    private static Row row(ByteBuffer in) {
        long ledgerId = in.getLong();
        long generation = in.getLong();
        long first = in.getLong();
        long last = in.getLong();
        long entries = in.getLong();
        long bytes = in.getLong();
        long flags = in.getLong();
        return new Row(
                ledgerId, generation, first, last, entries, bytes, (flags & STATE) != 0, (flags & TRUNCATED) != 0);
    }
}
