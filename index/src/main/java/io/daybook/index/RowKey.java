package io.daybook.index;

/**
 * Names a row that merges may lengthen.
 *
 * @param live whether it is a row of live bytes, else a bucket
 * @param ledgerId the ledger
 * @param generation its generation
 * @param number the bucket, or the segment
 */
record RowKey(boolean live, long ledgerId, long generation, long number) {
    // What a record would have made compares by method handles: more slowly, and linking them showed in opens of a new
    // JVM.

    @Override
    public boolean equals(Object other) {
        return other instanceof RowKey that
                && number == that.number
                && ledgerId == that.ledgerId
                && generation == that.generation
                && live == that.live;
    }

    @Override
    public int hashCode() {
        long hash = (ledgerId * 31 + generation) * 0x9E3779B97F4A7C15L + number;
        return (int) (hash ^ hash >>> 32) + (live ? 1 : 0);
    }

    byte[] key() {
        byte[] key = Keys.bucket(ledgerId, generation, number);
        key[0] = live ? Keys.LIVE : Keys.BUCKET;
        return key;
    }
}
