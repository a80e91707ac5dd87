package io.daybook.index;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Rows that merges have made long, or complete: to be rewritten. Bounded; what does not fit is forgotten, and a lookup or a
 * later flush finds it again. <b>Thread-safe</b>, but {@link #merged} is for the holder of the writer lock.
 */
final class HotRows {
    /** Fragments from which on a row is to be rewritten: about where a lookup begins to cost more than the native get. */
    static final int FRAGMENTS_MAX = 64;

    private static final int ROWS_MAX = 1 << 16;
    private static final int COUNTERS = 1 << 14;

    private final Set<RowKey> rows = ConcurrentHashMap.newKeySet();

    // Guarded by the writer lock: one counter a place, a row that shares it with a busier one loses.
    private final long[] hashes = new long[COUNTERS];
    private final byte[] counts = new byte[COUNTERS];

    /** Counts a fragment that was added to a row. */
    void merged(boolean live, long ledgerId, long generation, long number) {
        long hash = hash(live, ledgerId, generation, number);
        int place = (int) (hash >>> 50);
        if (hashes[place] != hash) {
            if (--counts[place] <= 0) {
                hashes[place] = hash;
                counts[place] = 1;
            }
        } else if (++counts[place] >= FRAGMENTS_MAX) {
            counts[place] = 0;
            add(new RowKey(live, ledgerId, generation, number));
        }
    }

    void add(RowKey row) {
        if (rows.size() < ROWS_MAX) {
            rows.add(row);
        }
    }

    /** Takes up to {@code max} rows out. */
    List<RowKey> take(int max) {
        List<RowKey> taken = new ArrayList<>();
        for (Iterator<RowKey> all = rows.iterator(); taken.size() < max && all.hasNext(); ) {
            taken.add(all.next());
            all.remove();
        }
        return taken;
    }

    int size() {
        return rows.size();
    }

    private static long hash(boolean live, long ledgerId, long generation, long number) {
        long hash = ledgerId * 0x9e3779b97f4a7c15L + (live ? 1 : 0);
        hash = (hash ^ hash >>> 32) * 0xbf58476d1ce4e5b9L + generation;
        hash = (hash ^ hash >>> 29) * 0x94d049bb133111ebL + number;
        hash = (hash ^ hash >>> 32) * 0xd6e8feb86659fd93L;
        return hash ^ hash >>> 32;
    }
}
