package io.daybook.index;

import java.util.Arrays;

/** Growing byte array with the few encodings the index uses. <b>Confined to one thread at a time.</b> */
final class ByteWriter {
    private byte[] bytes;
    private int size;

    ByteWriter(int capacity) {
        bytes = new byte[Math.max(16, capacity)];
    }

    int size() {
        return size;
    }

    /** The array behind this writer; valid until the next write. */
    byte[] array() {
        return bytes;
    }

    byte[] toBytes() {
        return Arrays.copyOf(bytes, size);
    }

    /** Cuts back to a size reached before. */
    void truncate(int newSize) {
        assert newSize >= 0 && newSize <= size : newSize + " of " + size;
        size = newSize;
    }

    void put(int value) {
        ensure(1);
        bytes[size++] = (byte) value;
    }

    void bytes(byte[] source, int from, int length) {
        ensure(length);
        System.arraycopy(source, from, bytes, size, length);
        size += length;
    }

    void int16(int value) {
        ensure(2);
        bytes[size++] = (byte) (value >>> 8);
        bytes[size++] = (byte) value;
    }

    void int64(long value) {
        ensure(8);
        for (int shift = 56; shift >= 0; shift -= 8) {
            bytes[size++] = (byte) (value >>> shift);
        }
    }

    /** Seven bits a byte, lowest first; any long, negative ones in ten bytes. */
    void varint(long value) {
        ensure(10);
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            bytes[size++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        bytes[size++] = (byte) rest;
    }

    /** A varint in which small numbers of either sign are short. */
    void zigzag(long value) {
        varint((value << 1) ^ (value >> 63));
    }

    /** Room for {@code more} bytes. */
    private void ensure(int more) {
        if (bytes.length - size < more) {
            bytes = Arrays.copyOf(bytes, (int)
                    Math.min(Integer.MAX_VALUE - 16L, Math.max(size + (long) more, 2L * size)));
        }
    }
}
