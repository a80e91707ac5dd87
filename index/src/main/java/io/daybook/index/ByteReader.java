package io.daybook.index;

/**
 * Reads packed bytes within bounds. Whatever the bytes are, each call answers with a value or throws
 * {@link IndexException.Kind#DAMAGED}; no other exception leaves it. <b>Confined to one thread.</b>
 */
final class ByteReader {
    private byte[] bytes;
    private int end;
    private int position;

    /** Of nothing, until it is told what. */
    ByteReader() {
        bytes = new byte[0];
    }

    ByteReader(byte[] bytes, int position, int end) {
        read(bytes, position, end);
    }

    /** Goes over other bytes from here on. */
    void read(byte[] source, int from, int to) {
        assert from >= 0 && from <= to && to <= source.length : from + ".." + to + " of " + source.length;
        bytes = source;
        position = from;
        end = to;
    }

    byte[] array() {
        return bytes;
    }

    int position() {
        return position;
    }

    int end() {
        return end;
    }

    int remaining() {
        return end - position;
    }

    /** Next byte, 0 to 255. */
    int next() {
        if (position >= end) {
            throw damaged("ends at " + end);
        }
        return bytes[position++] & 0xff;
    }

    void skip(long count) {
        if (count < 0 || count > remaining()) {
            throw damaged(count + " bytes wanted, " + remaining() + " left");
        }
        position += (int) count;
    }

    int int16() {
        return next() << 8 | next();
    }

    long int64() {
        long value = 0;
        for (int i = 0; i < 8; i++) {
            value = value << 8 | next();
        }
        return value;
    }

    long varint() {
        long value = 0;
        for (int shift = 0; shift < 70; shift += 7) {
            int b = next();
            value |= (long) (b & 0x7f) << shift;
            if (b < 0x80) {
                return value;
            }
        }
        throw damaged("number of more than ten bytes");
    }

    /** A varint that must lie in 0 to {@code max}. */
    long varint(long max) {
        long value = varint();
        if (value < 0 || value > max) {
            throw damaged(value + " is not in 0.." + max);
        }
        return value;
    }

    long zigzag() {
        long value = varint();
        return (value >>> 1) ^ -(value & 1);
    }

    /** The exception for bytes that cannot be, with their place. */
    IndexException damaged(String what) {
        return new IndexException(
                IndexException.Kind.DAMAGED,
                "index row of " + bytes.length + " bytes, at " + position + ": " + what,
                null);
    }
}
