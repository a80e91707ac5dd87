package io.daybook.index;

import java.util.Arrays;

/** One bucket unpacked: which slots are there and where. Reused, never shared. <b>Confined to one thread.</b> */
final class BucketRow {
    static final int SLOTS = LocationIndex.BUCKET_ENTRIES;

    final long[] segments = new long[SLOTS];
    final long[] offsets = new long[SLOTS];
    final int[] lengths = new int[SLOTS];

    // Scratch of the codec, for columns before they are put together.
    final long[] segmentColumn = new long[SLOTS];
    final long[] residualColumn = new long[SLOTS];
    final long[] lengthColumn = new long[SLOTS];

    private final long[] present = new long[SLOTS / 64];

    void clear() {
        Arrays.fill(present, 0);
    }

    void put(int slot, long segment, long offset, int length) {
        segments[slot] = segment;
        offsets[slot] = offset;
        lengths[slot] = length;
        present[slot >>> 6] |= 1L << slot;
    }

    /** Removes the slots above {@code lastSlot}. */
    void truncateAfter(int lastSlot) {
        int word = lastSlot >>> 6;
        present[word] &= -1L >>> (63 - (lastSlot & 63));
        for (int i = word + 1; i < present.length; i++) {
            present[i] = 0;
        }
    }

    boolean has(int slot) {
        return (present[slot >>> 6] & 1L << slot) != 0;
    }

    int count() {
        int count = 0;
        for (long word : present) {
            count += Long.bitCount(word);
        }
        return count;
    }

    /** Lowest slot present that is at least {@code from} (0 to 256), or -1. */
    int ceiling(int from) {
        for (int word = from >>> 6; word < present.length; word++) {
            long bits = present[word];
            if (word == from >>> 6) {
                bits &= -1L << from;
            }
            if (bits != 0) {
                return (word << 6) + Long.numberOfTrailingZeros(bits);
            }
        }
        return -1;
    }

    /** Highest slot present that is at most {@code from} (0 to 255), or -1. */
    int floor(int from) {
        for (int word = from >>> 6; word >= 0; word--) {
            long bits = present[word];
            if (word == from >>> 6) {
                bits &= -1L >>> (63 - (from & 63));
            }
            if (bits != 0) {
                return (word << 6) + 63 - Long.numberOfLeadingZeros(bits);
            }
        }
        return -1;
    }

    Location location(int slot) {
        return new Location(segments[slot], offsets[slot], lengths[slot]);
    }
}
