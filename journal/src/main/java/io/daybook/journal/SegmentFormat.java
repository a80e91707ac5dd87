package io.daybook.journal;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.OptionalLong;

/**
 * Layout of a segment's first block, little-endian; see {@code docs/format.md}, "Segment".
 *
 * <pre>
 *  0  magic            8  "DAYBKSEG"
 *  8  format version   4
 * 12  kind             2
 * 14  flags            2  bit 0: the file had another life, its blocks may hold what was written then
 * 16  segment id       8
 * 24  store id        16
 * 40  nonce            8  random, in every checksum of this segment
 * 48  capacity         8  bytes that frames may reach up to
 * 56  block bytes      4
 * 60  crc32c           4  over bytes 0 to 59
 * </pre>
 */
final class SegmentFormat {
    static final long MAGIC = 0x4745534B42594144L; // "DAYBKSEG"
    static final int VERSION = 1;
    static final int MAGIC_OFFSET = 0;
    static final int VERSION_OFFSET = MAGIC_OFFSET + Long.BYTES;
    static final int KIND_OFFSET = VERSION_OFFSET + Integer.BYTES;
    static final int ID_OFFSET = KIND_OFFSET + Integer.BYTES;
    static final int STORE_OFFSET = ID_OFFSET + Long.BYTES;
    static final int NONCE_OFFSET = STORE_OFFSET + 2 * Long.BYTES;
    static final int CAPACITY_OFFSET = NONCE_OFFSET + Long.BYTES;
    static final int BLOCK_OFFSET = CAPACITY_OFFSET + Long.BYTES;
    static final int CRC_OFFSET = BLOCK_OFFSET + Integer.BYTES;
    static final int HEADER_BYTES = CRC_OFFSET + Integer.BYTES;
    static final int BLOCK_BYTES_MAX = 1 << 20;

    /** Highest id of a segment: the engine keeps ids as four bytes. */
    static final long ID_MAX = Integer.MAX_VALUE - 1;

    static final int RECYCLED = 1 << 16;
    private static final int KIND_MASK = RECYCLED - 1;

    private static final String NAME_BEGIN = "segment-";
    private static final String NAME_END = ".journal";
    private static final String NAME_ZEROS = "0000000000";

    private SegmentFormat() {}

    static String name(long segmentId) {
        String number = Long.toString(segmentId);
        String zeros = NAME_ZEROS.substring(Math.min(NAME_ZEROS.length(), number.length()));
        return NAME_BEGIN + zeros + number + NAME_END;
    }

    /** The empty file that marks a segment as damaged. */
    static String damagedName(long segmentId) {
        return name(segmentId) + ".damaged";
    }

    /** The id in a segment's file name; empty if it is not exactly the name of a segment. */
    static OptionalLong idOf(String name) {
        int digits = name.length() - NAME_BEGIN.length() - NAME_END.length();
        if (digits < NAME_ZEROS.length() || digits > 18 || !name.startsWith(NAME_BEGIN) || !name.endsWith(NAME_END)) {
            return OptionalLong.empty();
        }
        long id = 0;
        for (int at = NAME_BEGIN.length(); at < NAME_BEGIN.length() + digits; at++) {
            char digit = name.charAt(at);
            if (digit < '0' || digit > '9') {
                return OptionalLong.empty();
            }
            id = id * 10 + (digit - '0');
        }
        // A file with a higher number is somebody's: to reckon with it would use up the ids.
        return id <= ID_MAX && name(id).equals(name) ? OptionalLong.of(id) : OptionalLong.empty();
    }

    static ByteBuffer header(SegmentEntry entry, StoreId store, long capacity, int blockBytes, boolean recycled) {
        ByteBuffer block = ByteBuffer.allocate(blockBytes).order(ByteOrder.LITTLE_ENDIAN);
        block.putLong(MAGIC_OFFSET, MAGIC);
        block.putInt(VERSION_OFFSET, VERSION);
        block.putInt(KIND_OFFSET, entry.kind().code() | (recycled ? RECYCLED : 0));
        block.putLong(ID_OFFSET, entry.id());
        block.putLong(STORE_OFFSET, store.high());
        block.putLong(STORE_OFFSET + Long.BYTES, store.low());
        block.putLong(NONCE_OFFSET, entry.nonce());
        block.putLong(CAPACITY_OFFSET, capacity);
        block.putInt(BLOCK_OFFSET, blockBytes);
        block.putInt(CRC_OFFSET, Checksums.of(block, 0, CRC_OFFSET));
        return block;
    }

    static int kind(ByteBuffer block) {
        return block.getInt(KIND_OFFSET) & KIND_MASK;
    }

    static boolean isRecycled(ByteBuffer block) {
        return (block.getInt(KIND_OFFSET) & RECYCLED) != 0;
    }

    /** Whether this is the header of a segment, whichever. */
    static boolean isWhole(ByteBuffer block) {
        return block.getLong(MAGIC_OFFSET) == MAGIC && block.getInt(CRC_OFFSET) == Checksums.of(block, 0, CRC_OFFSET);
    }

    /** Checks that a header is that of the listed segment. */
    static void check(ByteBuffer block, int available, SegmentEntry entry, StoreId store, String file)
            throws JournalException {
        if (available < HEADER_BYTES) {
            throw damaged(entry, file, "segment header is cut off after " + available + " bytes");
        }
        if (block.getLong(MAGIC_OFFSET) != MAGIC) {
            throw damaged(entry, file, String.format("no segment: magic is 0x%016x", block.getLong(MAGIC_OFFSET)));
        }
        int expected = block.getInt(CRC_OFFSET);
        int computed = Checksums.of(block, 0, CRC_OFFSET);
        if (expected != computed) {
            throw damaged(
                    entry,
                    file,
                    String.format("segment header crc mismatch: expected 0x%08x, computed 0x%08x", expected, computed));
        }
        if (block.getInt(VERSION_OFFSET) != VERSION) {
            throw JournalException.unsupported(
                    file + " has format version " + block.getInt(VERSION_OFFSET) + ", this release knows " + VERSION);
        }
        int blockBytes = block.getInt(BLOCK_OFFSET);
        if (Integer.bitCount(blockBytes) != 1 || blockBytes < HEADER_BYTES || blockBytes > BLOCK_BYTES_MAX) {
            throw damaged(entry, file, "segment header makes no sense: blocks of " + blockBytes + " bytes");
        }
        if (kind(block) != entry.kind().code()) {
            throw damaged(entry, file, "segment is of kind " + kind(block) + " instead of " + entry.kind());
        }
        if (block.getLong(ID_OFFSET) != entry.id()
                || block.getLong(STORE_OFFSET) != store.high()
                || block.getLong(STORE_OFFSET + Long.BYTES) != store.low()
                || block.getLong(NONCE_OFFSET) != entry.nonce()) {
            throw damaged(
                    entry,
                    file,
                    "is segment " + block.getLong(ID_OFFSET) + " of another store or of another life of this file");
        }
    }

    private static JournalException damaged(SegmentEntry entry, String file, String what) {
        return JournalException.damaged(file, entry.id(), 0, what);
    }
}
