package io.daybook.journal;

import io.daybook.storage.StorageFile;
import java.io.IOException;
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
 * 12  contents   4  bytes of the contents that follow the rows, 0: none
 * 16  rows, 56 bytes each: ledger 8, generation 8, first entry 8, last entry 8, entries 8, payload bytes 8, flags 8
 * </pre>
 *
 * @param rows one for each generation of a ledger
 * @param contentsBytes bytes of the {@link SegmentContents} behind the rows, 0: none
 */
public record SegmentFooter(List<Row> rows, int contentsBytes) {
    static final int MAGIC = 0x54464244; // "DBFT"
    static final int HEADER_BYTES = 16;
    static final int ROW_BYTES = 7 * Long.BYTES;
    private static final int ROWS_OFFSET = 8;
    private static final int CONTENTS_OFFSET = 12;
    private static final long STATE = 1;
    private static final long TRUNCATED = 2;

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

    /** Bytes of it without the contents. */
    static int bytes(int rows) {
        return HEADER_BYTES + rows * ROW_BYTES;
    }

    ByteBuffer encode(long nonce, long offset) {
        ByteBuffer out = ByteBuffer.allocate(bytes(rows.size())).order(ByteOrder.LITTLE_ENDIAN);
        out.putInt(0, MAGIC)
                .putInt(ROWS_OFFSET, rows.size())
                .putInt(CONTENTS_OFFSET, contentsBytes)
                .position(HEADER_BYTES);
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

    /** Reads that of a sealed segment that has one; null if it is damaged. */
    static SegmentFooter read(StorageFile file, SegmentEntry entry) throws IOException {
        if (entry.footerBytes() < HEADER_BYTES || entry.footerBytes() > file.size() - entry.validEnd()) {
            return null;
        }
        ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        file.readFully(header, entry.validEnd());
        long rows = header.getInt(ROWS_OFFSET) & 0xFFFF_FFFFL;
        long contents = header.getInt(CONTENTS_OFFSET) & 0xFFFF_FFFFL;
        long bytes = entry.footerBytes() - contents;
        if (bytes != HEADER_BYTES + rows * ROW_BYTES || bytes > Integer.MAX_VALUE || contents > Integer.MAX_VALUE) {
            return null;
        }
        ByteBuffer footer = ByteBuffer.allocate((int) bytes);
        file.readFully(footer, entry.validEnd());
        return decode(footer.flip(), entry.nonce(), entry.validEnd());
    }

    /** Null if the bytes are no footer of this place, without contents. */
    static SegmentFooter decode(ByteBuffer in, long nonce, long offset) {
        in.order(ByteOrder.LITTLE_ENDIAN);
        if (in.remaining() < HEADER_BYTES || in.getInt(0) != MAGIC) {
            return null;
        }
        int count = in.getInt(ROWS_OFFSET);
        int contents = in.getInt(CONTENTS_OFFSET);
        if (count < 0 || contents < 0 || (long) count * ROW_BYTES != in.limit() - HEADER_BYTES) {
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
        return new SegmentFooter(rows, contents);
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
