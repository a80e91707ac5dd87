package io.daybook.index;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.function.UnaryOperator;

/**
 * Bucket rows on the heap, packed as RocksDB holds them: a lookup in RocksDB takes some microseconds, most of them spent on its
 * way through filters and blocks.
 *
 * <h2>Never older than what was written before the question</h2>
 *
 * A change is told once it is in RocksDB. It first counts up the changes of its ledger and then takes the row out. A load notes
 * that count before it asks RocksDB, and puts the row only if the count is still the same, in one atomic step for the row. So
 * either the step comes before the row is taken out, or it sees the count changed. Loads hold no lock, and nobody waits for one.
 *
 * <p>A change of rows that nobody names, a truncation, begins a new epoch of the ledger, which is a part of the key: what was
 * loaded before is found by nobody and ages. Ledgers share counts and epochs by their hash, which costs a load, never more.
 *
 * <h2>What is kept</h2>
 *
 * Rows of single lookups. Who goes through a ledger in order takes what is here and puts nothing: each row is wanted once.
 * Caffeine keeps what is asked for often; what it does for that is done on the threads that ask. A quarter of the memory is for
 * rows that were just written, {@link RecentRows}: whoever wrote a row tells its change first, and only then puts it there.
 *
 * <p><b>Thread-safe.</b>
 */
final class RowCache {
    /**
     * Key (48), header of the array and padding (20), Caffeine's node (40), that of its map (32), its share of the table and of the
     * sketch of frequencies: 172 measured with rows of 41 bytes.
     */
    private static final int ROW_OVERHEAD_BYTES = 176;

    /** One part of so many is for rows that were just written. */
    private static final int RECENT_SHARE = 4;

    private static final int LEDGER_SLOTS = 1024;

    /** More of them: a thousand ledgers that are cleared at once begin new epochs of all that share theirs. */
    private static final int EPOCH_SLOTS = 1 << 16;

    /** Null: none is wanted. */
    private final Cache<Key, byte[]> rows;

    private final RecentRows recent;

    private final AtomicIntegerArray changes = new AtomicIntegerArray(LEDGER_SLOTS);
    private final AtomicIntegerArray epochs;
    /** Rows that are being loaded, and may be put here. */
    private final AtomicInteger loading = new AtomicInteger();

    /** A row as of an epoch of its ledger. What a record would have made for it compares by method handles, more slowly. */
    private record Key(long ledgerId, long generation, long bucket, int epoch) {
        @Override
        public boolean equals(Object other) {
            return other instanceof Key key
                    && bucket == key.bucket
                    && ledgerId == key.ledgerId
                    && generation == key.generation
                    && epoch == key.epoch;
        }

        @Override
        public int hashCode() {
            return slotHash(ledgerId, generation) + (int) bucket * 0x9E3779B1 + epoch;
        }
    }

    /**
     * An empty one.
     *
     * @param bytesMax bound on its memory, 0: keeps nothing
     */
    RowCache(long bytesMax) {
        recent = new RecentRows(bytesMax / RECENT_SHARE);
        rows = bytesMax == 0
                ? null
                : Caffeine.newBuilder()
                        .executor(Runnable::run)
                        .maximumWeight(bytesMax - bytesMax / RECENT_SHARE)
                        .weigher((Key key, byte[] row) -> row.length + ROW_OVERHEAD_BYTES)
                        .build();
        epochs = new AtomicIntegerArray(rows == null ? 0 : EPOCH_SLOTS);
    }

    private static int slotHash(long ledgerId, long generation) {
        long hash = (ledgerId * 0x9E3779B97F4A7C15L + generation) * 0xD6E8FEB86659FD93L;
        return (int) (hash >>> 32);
    }

    private static int slot(long ledgerId, long generation) {
        return slotHash(ledgerId, generation) & LEDGER_SLOTS - 1;
    }

    private static int epochSlot(long ledgerId, long generation) {
        return slotHash(ledgerId, generation) & EPOCH_SLOTS - 1;
    }

    private Key key(long ledgerId, long generation, long bucket) {
        return new Key(ledgerId, generation, bucket, epochs.get(epochSlot(ledgerId, generation)));
    }

    /**
     * The row, or null if there is none; asked of {@code load} where it is not here.
     *
     * @param name its key in RocksDB
     * @param keep whether it is put here then
     */
    byte[] get(long ledgerId, long generation, long bucket, byte[] name, boolean keep, UnaryOperator<byte[]> load) {
        if (rows == null || (!keep && rows.estimatedSize() == 0)) {
            return load.apply(name);
        }
        // The epoch before the load: a row of before a truncation is put where nobody finds it.
        Key key = key(ledgerId, generation, bucket);
        // Who goes through a ledger asks for each row once: that says nothing of what others will ask for.
        byte[] kept = keep ? rows.getIfPresent(key) : rows.policy().getIfPresentQuietly(key);
        if (kept != null) {
            return kept;
        }
        return keep ? load(key, name, load) : load.apply(name);
    }

    private byte[] load(Key key, byte[] name, UnaryOperator<byte[]> load) {
        loading.incrementAndGet();
        try {
            int slot = slot(key.ledgerId, key.generation);
            int before = changes.get(slot);
            byte[] loaded = load.apply(name);
            if (loaded != null) {
                rows.asMap().computeIfAbsent(key, absent -> changes.get(slot) == before ? loaded : null);
                if (changes.get(slot) != before) {
                    // Clearing may overlook a row that is being put.
                    rows.asMap().remove(key);
                }
            }
            return loaded;
        } finally {
            loading.decrementAndGet();
        }
    }

    /** A row may have another value in RocksDB now. */
    void changed(long ledgerId, long generation, long bucket) {
        if (rows != null) {
            recent.remove(ledgerId, generation, bucket);
            changes.incrementAndGet(slot(ledgerId, generation));
            // In this order: what was loaded before is counted, and who begins to load now sees the change and the new
            // value.
            if (loading.get() == 0 && rows.estimatedSize() == 0) {
                return;
            }
            // Of the map: it comes before or after a step that puts the same row, which invalidate does not promise.
            rows.asMap().remove(key(ledgerId, generation, bucket));
        }
    }

    /**
     * A row has this value in RocksDB, and its change was told. For the one who writes, before anybody else may.
     *
     * @param source has it from {@code from} up to {@code to}
     */
    void wrote(long ledgerId, long generation, long bucket, byte[] source, int from, int to) {
        if (rows != null) {
            int epoch = epochs.get(epochSlot(ledgerId, generation));
            recent.put(ledgerId, generation, bucket, epoch, source, from, to);
        }
    }

    /** A row has more in RocksDB than what was said of it last, and its change was told. As above. */
    void wroteMore(long ledgerId, long generation, long bucket) {
        recent.remove(ledgerId, generation, bucket);
    }

    /**
     * Copies a row that was just written.
     *
     * @param into at least {@link RecentRows#ROW_BYTES_MAX} long
     * @return its bytes; -1: it is not here
     */
    int recent(long ledgerId, long generation, long bucket, byte[] into) {
        return rows == null
                ? -1
                : recent.get(ledgerId, generation, bucket, epochs.get(epochSlot(ledgerId, generation)), into);
    }

    /** Any rows of a ledger may have other values in RocksDB now. */
    void allChanged(long ledgerId, long generation) {
        if (rows != null) {
            epochs.incrementAndGet(epochSlot(ledgerId, generation));
        }
    }

    /** Gives everything back; what is being loaded is not kept. */
    void clear() {
        if (rows != null) {
            for (int slot = 0; slot < LEDGER_SLOTS; slot++) {
                changes.incrementAndGet(slot);
            }
            recent.clear();
            rows.invalidateAll();
        }
    }

    /** Memory that the rows take, about; does what the cache has put off. */
    long bytes() {
        return rows == null
                ? 0
                : rows.policy().eviction().orElseThrow().weightedSize().orElseThrow() + recent.bytes();
    }
}
