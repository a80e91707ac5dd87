package io.daybook.journal;

import java.nio.ByteBuffer;

/**
 * Layout of a frame, little-endian; see {@code docs/format.md}, "Frame". A frame begins on a block boundary and is padded with
 * zeros to the next one.
 *
 * <pre>
 *  0  magic         4
 *  4  crc32c        4  over nonce of the segment, offset of the frame, bytes 8 to 63
 *  8  bytes         4  header and records, without padding
 * 12  records       4
 * 16  first LSN     8  record i has first LSN + i
 * 24  watermark     8  every record up to this LSN was durable when the frame was closed
 * 32  segment id    8
 * 40  offset        8
 * 48  reserved     16  zero
 * 64  records
 * </pre>
 */
final class FrameFormat {
    static final int MAGIC = 0x52464244; // "DBFR"
    static final int MAGIC_OFFSET = 0;
    static final int CRC_OFFSET = MAGIC_OFFSET + Integer.BYTES;
    static final int BYTES_OFFSET = CRC_OFFSET + Integer.BYTES;
    static final int RECORDS_OFFSET = BYTES_OFFSET + Integer.BYTES;
    static final int FIRST_LSN_OFFSET = RECORDS_OFFSET + Integer.BYTES;
    static final int WATERMARK_OFFSET = FIRST_LSN_OFFSET + Long.BYTES;
    static final int SEGMENT_OFFSET = WATERMARK_OFFSET + Long.BYTES;
    static final int PLACE_OFFSET = SEGMENT_OFFSET + Long.BYTES;
    static final int RESERVED_OFFSET = PLACE_OFFSET + Long.BYTES;
    static final int HEADER_BYTES = RESERVED_OFFSET + 2 * Long.BYTES;

    /** Highest LSN that is believed: behind it there is room for the step of an open and its records. */
    static final long LSN_MAX = Long.MAX_VALUE - 2 * JournalOpening.LSN_STEP;

    private FrameFormat() {}

    static long padded(long bytes, int blockBytes) {
        return (bytes + blockBytes - 1) & -blockBytes;
    }

    /** Writes a header; {@code view} is a view of {@code frame} whose position and limit are changed. */
    static void writeHeader(
            ByteBuffer frame,
            ByteBuffer view,
            int at,
            RecordChecksum checksum,
            long nonce,
            long segmentId,
            long offset,
            int bytes,
            int records,
            long firstLsn,
            long watermark) {
        frame.putInt(at + MAGIC_OFFSET, MAGIC);
        frame.putInt(at + BYTES_OFFSET, bytes);
        frame.putInt(at + RECORDS_OFFSET, records);
        frame.putLong(at + FIRST_LSN_OFFSET, firstLsn);
        frame.putLong(at + WATERMARK_OFFSET, watermark);
        frame.putLong(at + SEGMENT_OFFSET, segmentId);
        frame.putLong(at + PLACE_OFFSET, offset);
        frame.putLong(at + RESERVED_OFFSET, 0);
        frame.putLong(at + RESERVED_OFFSET + Long.BYTES, 0);
        view.limit(at + HEADER_BYTES).position(at + BYTES_OFFSET);
        frame.putInt(at + CRC_OFFSET, checksum.bytes(nonce, offset, view));
    }

    /** Why the header at {@code at} is none of this place: null if it is. */
    static String fault(ByteBuffer frame, int at, RecordChecksum checksum, long nonce, long segmentId, long offset) {
        int magic = frame.getInt(at + MAGIC_OFFSET);
        if (magic != MAGIC) {
            return magic == 0 ? "no frame" : String.format("no frame: magic is 0x%08x", magic);
        }
        ByteBuffer covered = frame.duplicate();
        covered.limit(at + HEADER_BYTES).position(at + BYTES_OFFSET);
        int expected = frame.getInt(at + CRC_OFFSET);
        int computed = checksum.bytes(nonce, offset, covered);
        if (expected != computed) {
            return String.format("frame header crc mismatch: expected 0x%08x, computed 0x%08x", expected, computed);
        }
        if (frame.getLong(at + SEGMENT_OFFSET) != segmentId || frame.getLong(at + PLACE_OFFSET) != offset) {
            return "frame of segment " + frame.getLong(at + SEGMENT_OFFSET) + " at " + frame.getLong(at + PLACE_OFFSET);
        }
        int bytes = frame.getInt(at + BYTES_OFFSET);
        int records = frame.getInt(at + RECORDS_OFFSET);
        long firstLsn = frame.getLong(at + FIRST_LSN_OFFSET);
        if (bytes < HEADER_BYTES + RecordFormat.HEADER_BYTES
                || records < 1
                || records > bytes / RecordFormat.HEADER_BYTES
                || firstLsn < 1
                || firstLsn > LSN_MAX - records
                || frame.getLong(at + WATERMARK_OFFSET) < 0
                || frame.getLong(at + WATERMARK_OFFSET) >= firstLsn) {
            return "frame header makes no sense: " + bytes + " bytes, " + records + " records, first LSN " + firstLsn
                    + ", watermark " + frame.getLong(at + WATERMARK_OFFSET);
        }
        return null;
    }
}
