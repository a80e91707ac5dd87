package io.daybook.index;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * A column of up to 256 longs: a base, a width in bits that fits most differences to it, and the rest as exceptions.
 *
 * <pre>
 * column    := head base exceptions? packed
 * head      := byte: bits 0-5 width, 0 to 48; bit 7 set: exceptions follow the base
 * base      := zigzag varint
 * exceptions:= count-1 (byte), then count times: index (byte, rising), value - base (zigzag varint)
 * packed    := count * width bits, lowest first: value - base, 0 where an exception stands
 * </pre>
 *
 * A constant column is a head and a base: that is what interleaved ledgers with entries of one size come to, but for the
 * jumps at frame boundaries, which are exceptions. Random sizes need the bits they have and no more. Plain varints were
 * two bytes an entry worse on random sizes, and no better after LZ4 on constant ones.
 */
final class PackedColumn {
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private static final int WIDTH_MAX = 48;
    private static final int EXCEPTIONS = 0x80;

    /** What an exception costs in bits, roughly: its index and two to three bytes. */
    private static final int EXCEPTION_BITS = 28;

    /** Longest exception: its index and a varint. */
    private static final int EXCEPTION_BYTES_MAX = 11;

    private PackedColumn() {}

    /** Chooses base and width for a column and writes it. Keeps its scratch space. */
    static final class Encoder {
        /** How many differences have how many bits. */
        private final int[] widths = new int[65];

        private int width;
        private long base;

        void encode(long[] values, int from, int count, ByteWriter out) {
            if (count == 0) {
                return;
            }
            choose(values, from, count);
            int exceptions = 0;
            for (int i = from; i < from + count; i++) {
                exceptions += fits(values[i]) ? 0 : 1;
            }
            out.put(width | (exceptions > 0 ? EXCEPTIONS : 0));
            out.zigzag(base);
            if (exceptions > 0) {
                out.put(exceptions - 1);
                for (int i = 0; i < count; i++) {
                    if (!fits(values[from + i])) {
                        out.put(i);
                        out.zigzag(values[from + i] - base);
                    }
                }
            }
            if (width > 0) {
                pack(values, from, count, out);
            }
        }

        private boolean fits(long value) {
            return (value - base) >>> width == 0;
        }

        private void pack(long[] values, int from, int count, ByteWriter out) {
            long bits = 0;
            int filled = 0;
            for (int i = from; i < from + count; i++) {
                long value = fits(values[i]) ? values[i] - base : 0;
                bits |= value << filled;
                filled += width;
                while (filled >= 8) {
                    out.put((int) bits);
                    bits >>>= 8;
                    filled -= 8;
                }
            }
            if (filled > 0) {
                out.put((int) bits);
            }
        }

        /**
         * Chooses in three passes, without sorting: the width in bits of each difference to a middling value says how many
         * values a width would lose; of those that the cheapest one keeps, the lowest is the base.
         */
        private void choose(long[] values, int from, int count) {
            width = 0;
            base = values[from];
            boolean constant = true;
            for (int i = from + 1; i < from + count; i++) {
                constant &= values[i] == base;
            }
            if (constant) {
                return;
            }
            long middle = middle(values[from], values[from + count / 2], values[from + count - 1]);
            Arrays.fill(widths, 0);
            for (int i = from; i < from + count; i++) {
                widths[bits(values[i] - middle)]++;
            }
            int lost = count;
            int kept = 0;
            long best = Long.MAX_VALUE;
            for (int w = 0; w <= WIDTH_MAX && lost > 0; w++) {
                lost -= widths[w];
                long cost = (long) count * w + (long) lost * EXCEPTION_BITS;
                if (cost < best) {
                    best = cost;
                    kept = w;
                }
            }
            long low = middle;
            long high = middle;
            for (int i = from; i < from + count; i++) {
                if (bits(values[i] - middle) <= kept) {
                    low = Math.min(low, values[i]);
                    high = Math.max(high, values[i]);
                }
            }
            base = low;
            width = 64 - Long.numberOfLeadingZeros(high - low);
        }

        /** Bits of a difference and its sign; 0 for 0. */
        private static int bits(long difference) {
            return 64 - Long.numberOfLeadingZeros((difference << 1) ^ (difference >> 63));
        }

        private static long middle(long a, long b, long c) {
            return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
        }
    }

    /** One column in a row's bytes, checked as a whole when read; values are unpacked on demand. */
    static final class Decoder {
        private byte[] bytes;
        private int count;
        private int index;
        private int width;
        private long base;
        private int packedAt;
        /** What the exceptions add to the values before the index, and to the one there. */
        private long exceptionSum;

        private long exceptionThere;

        /**
         * Takes the column at the reader's position and moves the reader behind it.
         *
         * @param ofCount values in it
         * @param atIndex of the value that will be asked for, up to {@code ofCount} for {@link #sum} alone
         */
        void read(ByteReader in, int ofCount, int atIndex) {
            assert atIndex <= ofCount : atIndex + " of " + ofCount;
            bytes = in.array();
            count = ofCount;
            index = atIndex;
            long before = 0;
            long there = 0;
            if (count == 0) {
                width = 0;
                base = 0;
            } else {
                int head = in.next();
                width = PackedColumn.width(in, head);
                base = in.zigzag();
                int exceptions = (head & EXCEPTIONS) == 0 ? 0 : in.next() + 1;
                int last = -1;
                int position = in.position();
                int fast = in.end() - EXCEPTION_BYTES_MAX;
                for (int i = 0; i < exceptions; i++) {
                    int at;
                    long value;
                    if (position <= fast) {
                        at = bytes[position++] & 0xff;
                        int b = bytes[position++];
                        value = b & 0x7f;
                        for (int shift = 7; b < 0 && shift < 70; shift += 7) {
                            b = bytes[position++];
                            value |= (long) (b & 0x7f) << shift;
                        }
                        if (b < 0) {
                            throw in.damaged("number of more than ten bytes");
                        }
                        value = (value >>> 1) ^ -(value & 1);
                    } else {
                        in.skip(position - in.position());
                        at = in.next();
                        value = in.zigzag();
                        position = in.position();
                    }
                    last = exceptionAt(in, at, last, count);
                    before += at < index ? value : 0;
                    there += at == index ? value : 0;
                }
                in.skip(position - in.position());
            }
            exceptionSum = before;
            exceptionThere = there;
            packedAt = in.position();
            in.skip((count * width + 7) / 8);
        }

        /** The sum of the values before the index, modulo 2^64. */
        long sum() {
            long sum = base * index + exceptionSum;
            if (width == 0) {
                return sum;
            }
            // Each load takes eight bytes and needs at most seven of them; the last values may stand nearer to the end.
            long mask = (1L << width) - 1;
            int last = (bytes.length - Long.BYTES - packedAt) << 3;
            int end = index * width;
            int bit = 0;
            for (; bit < end && bit <= last; bit += width) {
                sum += (long) LONGS.get(bytes, packedAt + (bit >>> 3)) >>> (bit & 7) & mask;
            }
            for (; bit < end; bit += width) {
                sum += packed(bit);
            }
            return sum;
        }

        /** The value at the index. */
        long get() {
            assert index < count : index + " of " + count;
            return base + packed(index * width) + exceptionThere;
        }

        private long packed(int bit) {
            return PackedColumn.packed(bytes, packedAt, width, bit);
        }
    }

    /** Takes the column at the reader's position, moves the reader behind it, and unpacks it without making an object. */
    static void unpack(ByteReader in, int count, long[] into) {
        if (count == 0) {
            return;
        }
        int head = in.next();
        int width = width(in, head);
        Arrays.fill(into, 0, count, in.zigzag());
        int last = -1;
        for (int left = (head & EXCEPTIONS) == 0 ? 0 : in.next() + 1; left > 0; left--) {
            last = exceptionAt(in, in.next(), last, count);
            into[last] += in.zigzag();
        }
        int packedAt = in.position();
        in.skip((count * width + 7) / 8);
        if (width > 0) {
            byte[] bytes = in.array();
            for (int i = 0; i < count; i++) {
                into[i] += packed(bytes, packedAt, width, i * width);
            }
        }
    }

    private static int width(ByteReader in, int head) {
        int width = head & ~EXCEPTIONS;
        if (width > WIDTH_MAX) {
            throw in.damaged("column of width " + width);
        }
        return width;
    }

    private static int exceptionAt(ByteReader in, int at, int last, int count) {
        if (at <= last || at >= count) {
            throw in.damaged("exception " + at + " after " + last + " in a column of " + count);
        }
        return at;
    }

    /** The packed bits of a value; an exception is added to them, so all ways to unpack agree on any bytes. */
    private static long packed(byte[] bytes, int packedAt, int width, int bit) {
        if (width == 0) {
            return 0;
        }
        int at = packedAt + (bit >>> 3);
        if (at <= bytes.length - Long.BYTES) {
            return (long) LONGS.get(bytes, at) >>> (bit & 7) & (1L << width) - 1;
        }
        long bits = 0;
        int shift = -(bit & 7);
        for (; shift < width; shift += 8, at++) {
            long b = bytes[at] & 0xffL;
            bits |= shift < 0 ? b >>> -shift : b << shift;
        }
        return bits & ((1L << width) - 1);
    }
}
