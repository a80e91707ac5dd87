package io.daybook.journal;

import java.nio.ByteBuffer;

/**
 * Layout of a record, little-endian; see {@code docs/format.md}, "Record".
 *
 * <pre>
 *  0  crc32c      4  over nonce of the segment, offset of the record, all that follows, payload
 *  4  word        4  bit 31: the next record belongs to the same batch; bits 24 to 30: type; bits 0 to 23: payload bytes
 *  8  ledger id   8
 * 16  entry id    8
 * 24  payload
 * </pre>
 */
public final class RecordFormat {
    static final int CRC_OFFSET = 0;
    static final int WORD_OFFSET = CRC_OFFSET + Integer.BYTES;
    static final int LEDGER_OFFSET = WORD_OFFSET + Integer.BYTES;
    static final int ENTRY_OFFSET = LEDGER_OFFSET + Long.BYTES;

    /** Bytes of a record before its payload. */
    public static final int HEADER_BYTES = ENTRY_OFFSET + Long.BYTES;

    /** Longest payload that the format can hold. */
    public static final int PAYLOAD_BYTES_LIMIT = (1 << 24) - 1;

    static final int CONTINUED = 1 << 31;

    private RecordFormat() {}

    /**
     * Bytes of a record.
     *
     * @param payloadBytes of its payload
     * @return bytes in the frame
     */
    public static int bytes(int payloadBytes) {
        return HEADER_BYTES + payloadBytes;
    }

    static int word(RecordType type, int payloadBytes, boolean continued) {
        return (continued ? CONTINUED : 0) | type.code() << 24 | payloadBytes;
    }

    static int typeCode(int word) {
        return word >>> 24 & 0x7F;
    }

    static int payloadBytes(int word) {
        return word & PAYLOAD_BYTES_LIMIT;
    }

    static boolean continued(int word) {
        return word < 0;
    }

    /** Why a record's header cannot be: null if it can. Ids are checked here, as a bad one would poison the index. */
    static String headerFault(ByteBuffer frame, int at, int limit) {
        if (limit - at < HEADER_BYTES) {
            return "record header of " + HEADER_BYTES + " bytes does not fit into the " + (limit - at) + " left";
        }
        int word = frame.getInt(at + WORD_OFFSET);
        if (payloadBytes(word) > limit - at - HEADER_BYTES) {
            return "payload of " + payloadBytes(word) + " bytes does not fit into the " + (limit - at - HEADER_BYTES)
                    + " left";
        }
        return null;
    }

    /** Why the ids of a record whose checksum holds are none: null if they are. */
    static String idFault(RecordType type, long ledgerId, long entryId) {
        long entryMin = type == RecordType.TRUNCATE ? -1 : 0;
        if (ledgerId < 0 || entryId < entryMin || entryId == Long.MAX_VALUE) {
            return "ids out of range in " + type + " record: ledger " + ledgerId + ", entry " + entryId;
        }
        return null;
    }
}
