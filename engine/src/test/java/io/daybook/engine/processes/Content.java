package io.daybook.engine.processes;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/**
 * The bytes of entries and metadata, a function of a key that is drawn from the seed of a run. The bytes begin with the key, so
 * what is read tells which key it must come from, and is compared with it to the last byte.
 */
final class Content {
    /** Longest content, in bytes. */
    static final int BYTES_MAX = 16 << 10;

    /** Bits of a key that decide the length. */
    private static final int SHAPE_SHIFT = 40;

    private static final long SHAPE_MASK = 1023;

    private Content() {}

    /** A key whose content is a few hundred bytes. */
    static long small(long key) {
        return key & ~(SHAPE_MASK << SHAPE_SHIFT);
    }

    /** The length of a content: mostly short, some of a page, a few large, a few shorter than a key. */
    static int length(long key) {
        int shape = (int) (key >>> SHAPE_SHIFT & SHAPE_MASK);
        int size = (int) (key >>> 16 & 0xffff);
        if (shape < 700) {
            return Long.BYTES + size % 500;
        }
        if (shape < 980) {
            return Long.BYTES + size % 4096;
        }
        if (shape < 1020) {
            return Long.BYTES + size % (BYTES_MAX - Long.BYTES);
        }
        return size % Long.BYTES;
    }

    static ByteBuf bytes(long key) {
        byte[] bytes = new byte[length(key)];
        fill(key, bytes);
        return Unpooled.wrappedBuffer(bytes);
    }

    private static void fill(long key, byte[] bytes) {
        long state = key;
        for (int at = 0; at < bytes.length; at++) {
            if (at % Long.BYTES == 0 && at > 0) {
                state = state * 6364136223846793005L + 1442695040888963407L;
            }
            bytes[at] = (byte) (state >>> 8 * (at % Long.BYTES));
        }
    }

    /** What names the content of a key: the key, or the few bytes themselves where a key does not fit. */
    static long name(long key) {
        int length = length(key);
        if (length >= Long.BYTES) {
            return key;
        }
        byte[] bytes = new byte[length];
        fill(key, bytes);
        return name(bytes);
    }

    private static long name(byte[] few) {
        long name = few.length;
        for (byte each : few) {
            name = name << 8 | each & 0xff;
        }
        return name;
    }

    /**
     * What names bytes that were read.
     *
     * @throws WrongStoreException if no key gives these bytes
     */
    static long name(String where, ByteBuf read) {
        byte[] bytes = new byte[read.readableBytes()];
        read.getBytes(read.readerIndex(), bytes);
        if (bytes.length < Long.BYTES) {
            return name(bytes);
        }
        long key = read.getLongLE(read.readerIndex());
        if (length(key) != bytes.length) {
            throw new WrongStoreException(where + ": " + bytes.length + " bytes that begin like a content of "
                    + length(key) + " were never written");
        }
        byte[] expected = new byte[bytes.length];
        fill(key, expected);
        for (int at = 0; at < bytes.length; at++) {
            if (bytes[at] != expected[at]) {
                throw new WrongStoreException(
                        where + ": " + bytes.length + " bytes differ at " + at + " from the content they begin with");
            }
        }
        return key;
    }
}
