package io.daybook.cli;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Arrays;

/**
 * Cuts a stream of blocks into entries. An entry that lies within a block is handed on where it is, without a copy; only one
 * that spans blocks is put together in a buffer here. <b>Confined to one thread.</b>
 */
final class EntrySplitter {

    /** Where entries end. */
    interface Rule {
        /**
         * Finds the end of the entry.
         *
         * @param carried bytes of the entry that went before {@code from}
         * @return behind its last byte, -1: not before {@code to}
         */
        int end(byte[] bytes, int from, int to, int carried);
    }

    /** Takes entries. */
    interface Sink {
        /** An entry: the readable bytes, valid during the call. */
        void entry(ByteBuf entry);
    }

    /** An entry is longer than allowed. */
    static final class TooLongException extends Exception {
        private static final long serialVersionUID = 1L;

        TooLongException() {
            super("entry is too long", null, false, false);
        }
    }

    private final Rule rule;
    private final int entryBytesMax;
    private final Sink sink;
    private byte[] carry = new byte[8192];
    private ByteBuf carryBuffer = Unpooled.wrappedBuffer(carry);
    private int carried;

    EntrySplitter(Rule rule, int entryBytesMax, Sink sink) {
        this.rule = rule;
        this.entryBytesMax = entryBytesMax;
        this.sink = sink;
    }

    /** An entry a line, its terminator included. */
    static Rule lines() {
        return (bytes, from, to, carried) -> {
            for (int i = from; i < to; i++) {
                if (bytes[i] == '\n') {
                    return i + 1;
                }
            }
            return -1;
        };
    }

    /** Entries of one size. */
    static Rule chunks(int entryBytes) {
        return (bytes, from, to, carried) -> {
            int missing = entryBytes - carried;
            return missing <= to - from ? from + missing : -1;
        };
    }

    /** Hands on all entries that end in this block; the buffer is over the same bytes. */
    void block(byte[] bytes, ByteBuf buffer, int length) throws TooLongException {
        int from = 0;
        while (from < length) {
            int end = rule.end(bytes, from, length, carried);
            int step = (end < 0 ? length : end) - from;
            if (carried + (long) step > entryBytesMax) {
                throw new TooLongException();
            }
            if (end < 0) {
                carry(bytes, from, step);
            } else if (carried > 0) {
                carry(bytes, from, step);
                finish();
            } else {
                sink.entry(buffer.setIndex(from, end));
            }
            from += step;
        }
    }

    /** Hands on what is left at the end of the input, if anything is. */
    void finish() {
        if (carried > 0) {
            int length = carried;
            carried = 0;
            sink.entry(carryBuffer.setIndex(0, length));
        }
    }

    private void carry(byte[] bytes, int from, int length) {
        if (carried + length > carry.length) {
            long size = Math.max(carried + length, Math.min(entryBytesMax, carry.length * 2L));
            carry = Arrays.copyOf(carry, Math.toIntExact(size));
            carryBuffer = Unpooled.wrappedBuffer(carry);
        }
        System.arraycopy(bytes, from, carry, carried, length);
        carried += length;
    }
}
