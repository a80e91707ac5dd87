package io.daybook.index;

import java.util.Arrays;

/**
 * A RocksDB write batch in its serialized form, built on the heap: eight bytes of sequence number (0 here), four of count, both
 * lowest byte first, then the operations, each a type byte and strings behind varint lengths.
 *
 * <p>That form is what RocksDB writes to its WAL, reads back from older releases' WALs and takes in
 * {@code WriteBatch(byte[])}. Going through the Java calls instead costs a JNI call and two arrays a row, needs native
 * memory between calls, and there is no way to merge from a part of an array in 7.10.2. {@link RocksHandle#write} checks
 * that RocksDB counts the same operations. <b>Confined to one thread at a time.</b>
 */
final class BatchLog {
    private static final int COUNT_AT = 8;
    private static final int HEADER_BYTES = 12;
    private static final int BLANK_BYTES_MIN = 2;

    private static final int DELETE = 0x0;
    private static final int PUT = 0x1;
    private static final int MERGE = 0x2;
    /** RocksDB writes it to its log and otherwise passes it over, uncounted. */
    private static final int LOG_DATA = 0x3;

    private static final int DELETE_RANGE = 0xf;

    private final ByteWriter out;
    private int count;

    BatchLog(int capacity) {
        out = new ByteWriter(capacity);
        clear();
    }

    void put(byte[] key, byte[] value) {
        operation(PUT, key);
        string(value, value.length);
    }

    void put(byte[] key, ByteWriter value) {
        operation(PUT, key);
        string(value.array(), value.size());
    }

    void merge(byte[] key, byte[] value) {
        operation(MERGE, key);
        string(value, value.length);
    }

    void merge(byte[] key, ByteWriter value) {
        operation(MERGE, key);
        string(value.array(), value.size());
    }

    void delete(byte[] key) {
        operation(DELETE, key);
    }

    /**
     * Deletes from {@code begin} up to but without {@code end}.
     *
     * @throws IllegalArgumentException unless begin lies before end: RocksDB would take such a range, and fail at it and at
     *     each write after it
     */
    void deleteRange(byte[] begin, byte[] end) {
        if (Arrays.compareUnsigned(begin, end) >= 0) {
            throw new IllegalArgumentException(
                    "range begins at or behind its end: " + Arrays.toString(begin) + " to " + Arrays.toString(end));
        }
        operation(DELETE_RANGE, begin);
        string(end, end.length);
    }

    int count() {
        return count;
    }

    int bytes() {
        return out.size();
    }

    /** A copy with the count in place. */
    byte[] toBytes() {
        return withCount(out.toBytes());
    }

    /**
     * A copy with the count in place, in an array used before where blanks can fill that up: RocksDB takes arrays of exactly the
     * length of a batch, and fresh ones were a byte of garbage an entry.
     *
     * @param used null: none; its content is of no use any more
     * @return {@code used}, or a longer array, or, where that would be mostly blanks, one of this length
     */
    byte[] toBytes(byte[] used) {
        int size = out.size();
        byte[] target = used;
        if (used == null || used.length - BLANK_BYTES_MIN < size) {
            target = new byte[size + size / 8 + BLANK_BYTES_MIN];
        } else if (used.length - size > size / 4) {
            return toBytes();
        }
        System.arraycopy(out.array(), 0, target, 0, size);
        blanks(target, size);
        return withCount(target);
    }

    /** Fills an array up from a place on, two bytes before its end at the latest. */
    private static void blanks(byte[] target, int from) {
        int at = from;
        int lengthBytes = 1;
        while (target.length - at - 1 - lengthBytes >= 1L << 7 * lengthBytes) {
            lengthBytes++;
        }
        if (lengthBytes > 1 && target.length - at - 1 - lengthBytes < 1L << 7 * (lengthBytes - 1)) {
            // One byte too many for the shorter length, one too few for the longer: none at all first.
            target[at++] = LOG_DATA;
            target[at++] = 0;
            lengthBytes = 1;
            while (target.length - at - 1 - lengthBytes >= 1L << 7 * lengthBytes) {
                lengthBytes++;
            }
        }
        int length = target.length - at - 1 - lengthBytes;
        target[at++] = LOG_DATA;
        for (int rest = length, left = lengthBytes; left > 0; left--, rest >>>= 7) {
            target[at++] = (byte) (rest & 0x7f | (left > 1 ? 0x80 : 0));
        }
        Arrays.fill(target, at, target.length, (byte) 0);
    }

    private byte[] withCount(byte[] bytes) {
        for (int i = 0; i < 4; i++) {
            bytes[COUNT_AT + i] = (byte) (count >>> (8 * i));
        }
        return bytes;
    }

    void clear() {
        count = 0;
        out.truncate(0);
        for (int i = 0; i < HEADER_BYTES; i++) {
            out.put(0);
        }
    }

    private void operation(int type, byte[] key) {
        count++;
        out.put(type);
        string(key, key.length);
    }

    private void string(byte[] bytes, int length) {
        out.varint(length);
        out.bytes(bytes, 0, length);
    }
}
