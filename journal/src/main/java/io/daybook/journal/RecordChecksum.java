package io.daybook.journal;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/**
 * Computes checksums of records and frame headers. What makes a place unique, the segment's random nonce and the offset, goes
 * in first, as bytes, so that a record that lies in the wrong place, or in a block of the file's former life, does not verify.
 *
 * <p><b>Confined to one thread.</b>
 */
final class RecordChecksum {
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INTS = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int PLACE_BYTES = 2 * Long.BYTES;

    private final CRC32C crc = new CRC32C();
    private final byte[] record = new byte[PLACE_BYTES + RecordFormat.HEADER_BYTES - RecordFormat.WORD_OFFSET];
    private final byte[] place = new byte[PLACE_BYTES];

    /** Over a record; {@code payload} must stand at the payload's begin with its limit at the end, and is consumed. */
    int record(long nonce, long offset, int word, long ledgerId, long entryId, ByteBuffer payload) {
        LONGS.set(record, 0, nonce);
        LONGS.set(record, 8, offset);
        INTS.set(record, 16, word);
        LONGS.set(record, 20, ledgerId);
        LONGS.set(record, 28, entryId);
        crc.reset();
        crc.update(record, 0, record.length);
        if (payload.hasRemaining()) {
            crc.update(payload);
        }
        return (int) crc.getValue();
    }

    /** Over the remaining bytes, which are consumed, at a place. */
    int bytes(long nonce, long offset, ByteBuffer bytes) {
        LONGS.set(place, 0, nonce);
        LONGS.set(place, 8, offset);
        crc.reset();
        crc.update(place, 0, place.length);
        crc.update(bytes);
        return (int) crc.getValue();
    }
}
