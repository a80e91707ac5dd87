package io.daybook.engine.read;

import io.daybook.engine.ledger.Ledger;
import java.util.Arrays;

/**
 * The next ids of a ledger that stand in tails, sorted: a tail is a hash index, so whoever goes over sparse ids in order
 * collects some thousand of them at a time. What is committed meanwhile may be missed within a window. Of a tail that was dropped while it
 * was filled ids may be missing or wrong: the index has those by then, and whoever asks looks each one up. <b>Confined to one
 * thread.</b>
 */
public final class IdWindow {
    private static final int IDS = 4096;

    private long[] ids = new long[0];
    /** The window has seen all ids from here ... */
    private long from = 1;
    /** ... to here. */
    private long to;

    /** Empty. */
    public IdWindow() {}

    /**
     * The lowest id from one on, -1: none.
     *
     * @param reach the ledger's highest id, read before the tails were: what is above may come at any time
     */
    long next(Ledger ledger, long fromEntryId, long reach, Tail[] tails) {
        if (fromEntryId < from || fromEntryId > to) {
            fill(ledger, fromEntryId, reach, tails);
        }
        int at = Arrays.binarySearch(ids, fromEntryId);
        int i = at >= 0 ? at : -at - 1;
        return i < ids.length ? ids[i] : -1;
    }

    private void fill(Ledger ledger, long fromEntryId, long reach, Tail[] tails) {
        long[] merged = new long[0];
        for (Tail tail : tails) {
            merged = merge(merged, tail.idsFrom(ledger, fromEntryId, IDS));
        }
        ids = merged;
        from = fromEntryId;
        // Tails hold ids too that a truncation took away and that are free for the next appends.
        to = merged.length < IDS ? reach : Math.min(reach, merged[merged.length - 1]);
    }

    private static long[] merge(long[] a, long[] b) {
        if (a.length == 0) {
            return b;
        }
        long[] merged = new long[Math.min(IDS, a.length + b.length)];
        int i = 0;
        int j = 0;
        int count = 0;
        while (count < merged.length && (i < a.length || j < b.length)) {
            long id = j == b.length || (i < a.length && a[i] <= b[j]) ? a[i++] : b[j++];
            if (count == 0 || merged[count - 1] != id) {
                merged[count++] = id;
            }
        }
        return Arrays.copyOf(merged, count);
    }
}
