package io.daybook.journal;

import io.daybook.storage.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * What the headers of all records of a sealed segment say, in a few bytes each, behind the rows of its footer: a replay reads it in
 * place of the frames. It is derived, so where it is missing or damaged the frames are read; see {@code docs/format.md},
 * "Contents".
 *
 * <pre>
 *  0  magic      4  "DBCT"
 *  4  crc32c     4  over nonce of the segment, offset of the contents, all that follows
 *  8  frames     4
 * 12  reserved   4
 * 16  frames, one after the other: records (number), then for each record
 *       token 1
 *         bits 0-1  ledger: 0 as the record before, 1 as the one that followed the ledger before when that one was seen last,
 *                   2 a number of one seen (number), 3 a new one (number)
 *         bit 2     entry id: 0 one more than the last one of the ledger, 1 differs from that (signed number)
 *         bit 3     payload bytes: 0 as the last entry of the ledger, 1 others (number)
 *         bit 4     0 an ENTRY that ends its batch, 1 a byte with type and bit 7 of the record's word follows the token
 *       what the token says is missing, in the order ledger, entry id, payload bytes; METADATA: its payload
 * </pre>
 */
final class SegmentContents {
    static final int MAGIC = 0x54434244; // "DBCT"
    static final int HEADER_BYTES = 16;
    static final int CRC_OFFSET = 4;
    static final int COVERED_OFFSET = 8;
    static final int FRAMES_OFFSET = 8;

    static final int LEDGER_MASK = 3;
    static final int LEDGER_SAME = 0;
    static final int LEDGER_NEXT = 1;
    static final int LEDGER_SEEN = 2;
    static final int LEDGER_NEW = 3;
    static final int OTHER_ENTRY = 1 << 2;
    static final int OTHER_LENGTH = 1 << 3;
    static final int OTHER_TYPE = 1 << 4;
    static final int TOKEN_MASK = 31;

    private static final System.Logger LOG = System.getLogger(SegmentContents.class.getName());

    private SegmentContents() {}

    /** Small numbers of either sign as small ones without. */
    static long zigzag(long number) {
        return number << 1 ^ number >> 63;
    }

    static long unzigzag(long number) {
        return number >>> 1 ^ -(number & 1);
    }

    /** Null if the bytes are no contents of this place. */
    static ByteBuffer check(ByteBuffer in, long nonce, long offset) {
        in.order(ByteOrder.LITTLE_ENDIAN);
        if (in.remaining() < HEADER_BYTES || in.getInt(0) != MAGIC) {
            return null;
        }
        ByteBuffer covered = in.duplicate();
        covered.position(COVERED_OFFSET);
        return in.getInt(CRC_OFFSET) == new RecordChecksum().bytes(nonce, offset, covered) ? in : null;
    }

    /**
     * Reads those of a sealed segment.
     *
     * @param path of the file, for the log
     * @return null: there are none, or they are damaged or cannot be read, which is logged
     */
    static ByteBuffer read(StorageFile file, SegmentEntry entry, String path) {
        try {
            SegmentFooter footer = SegmentFooter.read(file, entry);
            if (footer != null && footer.contentsBytes() == 0) {
                return null;
            }
            ByteBuffer contents = footer == null ? null : read(file, entry, footer);
            if (contents == null) {
                LOG.log(System.Logger.Level.WARNING, "{0}: footer or contents are damaged, the frames are read", path);
            }
            return contents;
        } catch (IOException e) {
            LOG.log(System.Logger.Level.WARNING, path + ": contents cannot be read, the frames are", e);
            return null;
        }
    }

    /** Null if they are damaged. */
    static ByteBuffer read(StorageFile file, SegmentEntry entry, SegmentFooter footer) throws IOException {
        ByteBuffer contents = ByteBuffer.allocate(footer.contentsBytes());
        long offset = entry.validEnd() + entry.footerBytes() - footer.contentsBytes();
        file.readFully(contents, offset);
        return check(contents.flip(), entry.nonce(), offset);
    }
}
