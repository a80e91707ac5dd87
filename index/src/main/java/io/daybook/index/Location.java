package io.daybook.index;

/**
 * Where an entry's record lies: a hint, which the record found there must confirm.
 *
 * @param segmentId segment, at least 0
 * @param offset offset of the record in the segment in bytes, 0 to 2^40 - 1
 * @param length payload length in bytes, 0 to 2^24 - 1
 */
public record Location(long segmentId, long offset, int length) {
    /** Highest offset that a location can name. */
    public static final long OFFSET_MAX = (1L << 40) - 1;

    /** Longest payload that a location can name, in bytes. */
    public static final int LENGTH_MAX = (1 << 24) - 1;

    /**
     * Checks the ranges.
     *
     * @param segmentId segment
     * @param offset offset of the record
     * @param length payload length
     */
    public Location {
        if (segmentId < 0 || offset < 0 || offset > OFFSET_MAX || length < 0 || length > LENGTH_MAX) {
            throw new IllegalArgumentException(
                    "segment " + segmentId + ", offset " + offset + ", length " + length + " is no location");
        }
    }
}
