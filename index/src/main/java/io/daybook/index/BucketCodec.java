package io.daybook.index;

import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * The value of a bucket row: fragments one behind the other, oldest first, as the merge operator appends them.
 *
 * <pre>
 * row       := fragment+
 * fragment  := type (byte) size (varint) body check
 * size      := bytes of the body
 * check     := 16 bits: CRC32C of the row's key, then type, size and body, upper half xor lower half
 * body PUT  := count-1 (byte) slots segment (varint) offset (varint)
 *              [segments: column of count-1, only with type bit SEGMENTS] residuals: column of count-1
 *              lengths: column of count
 * slots     := with type bit DENSE: first slot; else up to 32 slots: each a byte, rising; more: a bitmap of 32 bytes
 * segments  := difference to the segment of the entry before
 * residuals := offset - (offset of the entry before + its length + 24)
 * body CUT  := last slot that stays (byte)
 * </pre>
 *
 * Segment and offset of the first entry stand in full, the columns say how the others follow: settled records lie one
 * behind the other, so the residual is 0; interleaved ones keep a distance that is constant or nearly so. A CUT removes slots
 * from the fragments <i>before</i> it only, and of two PUTs of a slot the later wins.
 *
 * <p>The check is there although RocksDB has block checksums: a fragment that was damaged on the heap, or that stands under
 * another row's key, would read as "not there", the one answer that damage must never give. It costs two bytes a fragment,
 * less than 0.01 bytes an entry in a full row.
 *
 * <p>Damage in, {@link IndexException.Kind#DAMAGED} out: no other exception leaves a decoder. <b>Thread-safe</b> but for
 * {@link Encoder}.
 */
final class BucketCodec {
    /** Payload offset in a record: the distance of two neighbouring records is this and the length of the first. */
    static final int RECORD_HEADER_BYTES = 24;

    private static final int PUT = 0x10;
    private static final int DENSE = 0x01;
    private static final int SEGMENTS = 0x02;
    private static final int CUT = 0x20;

    private static final int LISTED_SLOTS_MAX = 32;
    private static final int BITMAP_BYTES = BucketRow.SLOTS / 8;
    private static final int CHECK_BYTES = 2;

    private static final ThreadLocal<Scratch> SCRATCH = ThreadLocal.withInitial(Scratch::new);

    private BucketCodec() {}

    /** What goes over a row: made once a thread, as a lookup takes less than making it would. */
    private static final class Scratch {
        final ByteReader row = new ByteReader();
        final CRC32C crc = new CRC32C();
        final Fragment fragment = new Fragment();
        final Fragment other = new Fragment();
    }

    /** Where a slot is, or null. Walks all fragments, unpacks the newest that has the slot. */
    static Location find(byte[] key, byte[] row, int slot) {
        Scratch scratch = SCRATCH.get();
        ByteReader in = scratch.row;
        in.read(row, 0, row.length);
        Fragment fragment = scratch.fragment;
        Fragment newest = null;
        while (in.remaining() > 0) {
            fragment.read(in, scratch.crc, key);
            if (fragment.type == CUT) {
                newest = slot > fragment.lastSlot ? null : newest;
            } else if (fragment.index(slot) >= 0) {
                newest = fragment;
                fragment = fragment == scratch.fragment ? scratch.other : scratch.fragment;
            }
        }
        return newest == null ? null : newest.location(slot);
    }

    /** Unpacks a whole row into {@code into}, which is cleared first; the number of fragments. */
    static int decode(byte[] key, byte[] row, BucketRow into) {
        return decode(key, row, row.length, into);
    }

    /** As above, of a row that ends before its array does. */
    static int decode(byte[] key, byte[] row, int length, BucketRow into) {
        into.clear();
        Scratch scratch = SCRATCH.get();
        ByteReader in = scratch.row;
        in.read(row, 0, length);
        Fragment fragment = scratch.fragment;
        int fragments = 0;
        while (in.remaining() > 0) {
            fragment.read(in, scratch.crc, key);
            if (fragment.type == CUT) {
                into.truncateAfter(fragment.lastSlot);
            } else {
                fragment.unpack(into);
            }
            fragments++;
        }
        return fragments;
    }

    /** How many fragments a row has, by their sizes alone; for rows that {@link #find} has checked. */
    static int fragments(byte[] row) {
        ByteReader in = new ByteReader(row, 0, row.length);
        int fragments = 0;
        while (in.remaining() > 0) {
            in.next();
            in.skip(in.varint(row.length) + CHECK_BYTES);
            fragments++;
        }
        return fragments;
    }

    private static int check(CRC32C crc, byte[] key, byte[] bytes, int from, int to) {
        crc.reset();
        crc.update(key, 0, key.length);
        crc.update(bytes, from, to - from);
        long value = crc.getValue();
        return (int) ((value >>> 16 ^ value) & 0xffff);
    }

    /** One fragment in a row's bytes, its frame and check verified; then another one. */
    private static final class Fragment {
        private final ByteReader in = new ByteReader();
        private final PackedColumn.Decoder segments = new PackedColumn.Decoder();
        private final PackedColumn.Decoder residuals = new PackedColumn.Decoder();
        private final PackedColumn.Decoder lengths = new PackedColumn.Decoder();
        private int type;
        private int lastSlot;
        private int count;
        private int firstSlot;
        private int slotsAt;

        /** Takes the fragment at the reader's position. */
        void read(ByteReader row, CRC32C crc, byte[] key) {
            int start = row.position();
            int head = row.next();
            long size = row.varint(row.remaining());
            int bodyAt = row.position();
            row.skip(size);
            int bodyEnd = row.position();
            int expected = row.int16();
            int computed = check(crc, key, row.array(), start, bodyEnd);
            if (expected != computed) {
                throw row.damaged("fragment at " + start + " has check 0x" + Integer.toHexString(expected)
                        + ", computed 0x" + Integer.toHexString(computed));
            }
            in.read(row.array(), bodyAt, bodyEnd);
            type = head;
            if (head == CUT) {
                lastSlot = in.next();
                expectEnd();
            } else if ((head & ~(DENSE | SEGMENTS)) == PUT) {
                slots();
            } else {
                throw row.damaged("fragment of type 0x" + Integer.toHexString(head));
            }
        }

        private void expectEnd() {
            if (in.remaining() != 0) {
                throw in.damaged(in.remaining() + " bytes behind the end of a fragment");
            }
        }

        private void slots() {
            count = in.next() + 1;
            slotsAt = in.position();
            if ((type & DENSE) != 0) {
                firstSlot = in.next();
                if (firstSlot + count > BucketRow.SLOTS) {
                    throw in.damaged("slots " + firstSlot + ".." + (firstSlot + count - 1));
                }
            } else if (count <= LISTED_SLOTS_MAX) {
                int last = -1;
                for (int i = 0; i < count; i++) {
                    int slot = in.next();
                    if (slot <= last) {
                        throw in.damaged("slot " + slot + " behind " + last);
                    }
                    last = slot;
                }
            } else {
                int bits = 0;
                for (int i = 0; i < BITMAP_BYTES; i++) {
                    bits += Integer.bitCount(in.next());
                }
                if (bits != count) {
                    throw in.damaged("bitmap with " + bits + " bits for " + count + " slots");
                }
            }
        }

        /** The place of a slot among the entries of this fragment, or -1. */
        int index(int slot) {
            if ((type & DENSE) != 0) {
                return slot >= firstSlot && slot < firstSlot + count ? slot - firstSlot : -1;
            }
            byte[] bytes = in.array();
            if (count <= LISTED_SLOTS_MAX) {
                for (int i = 0; i < count; i++) {
                    if ((bytes[slotsAt + i] & 0xff) == slot) {
                        return i;
                    }
                }
                return -1;
            }
            int at = slotsAt + (slot >>> 3);
            if ((bytes[at] & 1 << (slot & 7)) == 0) {
                return -1;
            }
            int index = Integer.bitCount(bytes[at] & ((1 << (slot & 7)) - 1));
            for (int i = slotsAt; i < at; i++) {
                index += Integer.bitCount(bytes[i] & 0xff);
            }
            return index;
        }

        Location location(int slot) {
            int index = index(slot);
            long segment = in.varint();
            long offset = in.varint();
            if ((type & SEGMENTS) != 0) {
                segments.read(in, count - 1, index);
                segment += segments.sum();
            }
            residuals.read(in, count - 1, index);
            lengths.read(in, count, index);
            expectEnd();
            offset += residuals.sum() + lengths.sum() + (long) index * RECORD_HEADER_BYTES;
            long length = lengths.get();
            checkRanges(segment, offset, length);
            return new Location(segment, offset, (int) length);
        }

        void unpack(BucketRow into) {
            long segment = in.varint();
            long offset = in.varint();
            long[] segmentSteps = into.segmentColumn;
            long[] gaps = into.residualColumn;
            long[] bytesOf = into.lengthColumn;
            if ((type & SEGMENTS) != 0) {
                PackedColumn.unpack(in, count - 1, segmentSteps);
            } else {
                Arrays.fill(segmentSteps, 0, count, 0);
            }
            PackedColumn.unpack(in, count - 1, gaps);
            PackedColumn.unpack(in, count, bytesOf);
            expectEnd();
            int slot = (type & DENSE) != 0 ? firstSlot : 0;
            byte[] bytes = in.array();
            for (int i = 0; i < count; i++, slot++) {
                if ((type & DENSE) == 0) {
                    if (count <= LISTED_SLOTS_MAX) {
                        slot = bytes[slotsAt + i] & 0xff;
                    } else {
                        while ((bytes[slotsAt + (slot >>> 3)] & 1 << (slot & 7)) == 0) {
                            slot++;
                        }
                    }
                }
                checkRanges(segment, offset, bytesOf[i]);
                into.put(slot, segment, offset, (int) bytesOf[i]);
                if (i < count - 1) {
                    segment += segmentSteps[i];
                    offset += gaps[i] + bytesOf[i] + RECORD_HEADER_BYTES;
                }
            }
        }

        private void checkRanges(long segment, long offset, long length) {
            if (segment < 0
                    || offset < 0
                    || offset > Location.OFFSET_MAX
                    || length < 0
                    || length > Location.LENGTH_MAX) {
                throw in.damaged(
                        "segment " + segment + ", offset " + offset + ", length " + length + " is no location");
            }
        }
    }

    /** Packs rows; keeps its scratch space. <b>Confined to one thread at a time.</b> */
    static final class Encoder {
        private final PackedColumn.Encoder column = new PackedColumn.Encoder();
        private final ByteWriter body = new ByteWriter(2048);
        private final long[] segments = new long[BucketRow.SLOTS];
        private final long[] residuals = new long[BucketRow.SLOTS];
        private final long[] lengths = new long[BucketRow.SLOTS];
        private final CRC32C crc = new CRC32C();

        /** Appends one PUT fragment with all that {@code row} holds; it must hold something. */
        void put(byte[] key, BucketRow row, ByteWriter out) {
            int first = row.ceiling(0);
            int last = row.floor(BucketRow.SLOTS - 1);
            assert first >= 0 : "empty row";
            int count = 0;
            boolean manySegments = false;
            int before = first;
            for (int slot = first; slot <= last; slot++) {
                if (row.has(slot)) {
                    lengths[count] = row.lengths[slot];
                    segments[count] = row.segments[slot] - row.segments[before];
                    residuals[count] =
                            row.offsets[slot] - (row.offsets[before] + row.lengths[before] + RECORD_HEADER_BYTES);
                    manySegments |= segments[count] != 0;
                    before = slot;
                    count++;
                }
            }
            boolean dense = last - first + 1 == count;
            body.truncate(0);
            body.put(count - 1);
            slots(row, first, last, count, dense);
            body.varint(row.segments[first]);
            body.varint(row.offsets[first]);
            if (manySegments) {
                column.encode(segments, 1, count - 1, body);
            }
            column.encode(residuals, 1, count - 1, body);
            column.encode(lengths, 0, count, body);
            fragment(key, PUT | (dense ? DENSE : 0) | (manySegments ? SEGMENTS : 0), out);
        }

        /** Appends a CUT fragment: slots above {@code lastSlot} of older fragments are gone. */
        void cut(byte[] key, int lastSlot, ByteWriter out) {
            body.truncate(0);
            body.put(lastSlot);
            fragment(key, CUT, out);
        }

        private void slots(BucketRow row, int first, int last, int count, boolean dense) {
            if (dense) {
                body.put(first);
            } else if (count <= LISTED_SLOTS_MAX) {
                for (int slot = first; slot >= 0; slot = slot == last ? -1 : row.ceiling(slot + 1)) {
                    body.put(slot);
                }
            } else {
                for (int from = 0; from < BucketRow.SLOTS; from += 8) {
                    int bits = 0;
                    for (int slot = from; slot < from + 8; slot++) {
                        bits |= row.has(slot) ? 1 << (slot & 7) : 0;
                    }
                    body.put(bits);
                }
            }
        }

        private void fragment(byte[] key, int type, ByteWriter out) {
            int start = out.size();
            out.put(type);
            out.varint(body.size());
            out.bytes(body.array(), 0, body.size());
            out.int16(check(crc, key, out.array(), start, out.size()));
        }
    }
}
