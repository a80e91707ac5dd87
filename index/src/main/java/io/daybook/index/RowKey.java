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
    byte[] key() {
        return Keys.key(live ? Keys.LIVE : Keys.BUCKET, ledgerId, generation, number);
    }
}
