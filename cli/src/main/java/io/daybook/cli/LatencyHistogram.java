package io.daybook.cli;

/**
 * Counts durations in buckets that are at most 1/32 wide, relative to their value. One thread records; another may read, and
 * then sees a moment of the recent past.
 */
final class LatencyHistogram {
    private static final int SUB_BITS = 5;
    private static final int SUBS = 1 << SUB_BITS;

    private final long[] counts = new long[(Long.SIZE - SUB_BITS) * SUBS];
    private long recorded;

    void record(long nanos) {
        counts[bucket(Math.max(0, nanos))]++;
        recorded++;
    }

    /** The duration that this share of all stays at or below; 0 if there is none. */
    long percentile(double percent) {
        long rank = Math.max(1, (long) Math.ceil(recorded * percent / 100));
        long seen = 0;
        long last = 0;
        for (int i = 0; i < counts.length; i++) {
            if (counts[i] > 0) {
                seen += counts[i];
                last = upperBound(i);
                if (seen >= rank) {
                    return last;
                }
            }
        }
        return last;
    }

    static int bucket(long nanos) {
        if (nanos < SUBS) {
            return (int) nanos;
        }
        int shift = Long.SIZE - 1 - Long.numberOfLeadingZeros(nanos) - SUB_BITS;
        return (shift + 1) * SUBS + (int) ((nanos >>> shift) - SUBS);
    }

    static long upperBound(int bucket) {
        if (bucket < SUBS) {
            return bucket;
        }
        int shift = bucket / SUBS - 1;
        long lower = (long) (bucket % SUBS + SUBS) << shift;
        return lower + (1L << shift) - 1;
    }
}
