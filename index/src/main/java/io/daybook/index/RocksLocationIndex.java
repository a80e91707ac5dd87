package io.daybook.index;

import io.daybook.lease.Lease;
import java.lang.System.Logger;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;

/**
 * The index in RocksDB.
 *
 * <p>One writer lock is held around each write, and around each read-change-write of a row, so that no fragment that a flush
 * merges meanwhile is lost. Under it there is no wait but RocksDB's own. Reads take no lock. A write that failed with
 * NO_SPACE must be followed by the same batch again: any other is refused with IllegalStateException, and housekeeping steps
 * do nothing until then.
 *
 * <p><b>Thread-safe.</b>
 */
public final class RocksLocationIndex implements LocationIndex {
    private static final Logger LOG = System.getLogger(RocksLocationIndex.class.getName());

    /** Range deletions that may gather in the memtable: with more of them each lookup after a new one gets slow. */
    private static final int RANGE_DELETES_MAX = 1000;

    /** Rows a scan sees in one hold: a fraction of a millisecond. */
    private static final int ROWS_PER_HOLD = 256;

    /** Bucket rows that a search for the next id unpacks in one hold. */
    private static final int BUCKETS_PER_HOLD = 32;

    /** Rows rewritten under one hold of the writer lock. */
    private static final int ROWS_PER_REWRITE = 64;

    /** A shorter row cannot have too many fragments: each has at least five bytes. */
    private static final int LONG_ROW_BYTES = 5 * HotRows.FRAGMENTS_MAX;

    private static final List<String> PROPERTIES = List.of(
            "rocksdb.live-sst-files-size",
            "rocksdb.total-sst-files-size",
            "rocksdb.size-all-mem-tables",
            "rocksdb.block-cache-usage",
            "rocksdb.block-cache-pinned-usage",
            "rocksdb.estimate-table-readers-mem",
            "rocksdb.estimate-pending-compaction-bytes",
            "rocksdb.num-immutable-mem-table",
            "rocksdb.num-running-compactions",
            "rocksdb.num-running-flushes",
            "rocksdb.actual-delayed-write-rate",
            "rocksdb.is-write-stopped",
            "rocksdb.background-errors");

    /** One bucket unpacked, for those that do not keep it. */
    private static final ThreadLocal<BucketRow> UNPACKED = ThreadLocal.withInitial(BucketRow::new);

    /** A bucket's key, for those that do not keep it. */
    private static final ThreadLocal<byte[]> KEY = ThreadLocal.withInitial(() -> Keys.bucket(0, 0, 0));

    /** One bucket packed, likewise. */
    private static final ThreadLocal<byte[]> PACKED = ThreadLocal.withInitial(() -> new byte[RecentRows.ROW_BYTES_MAX]);

    private final RocksHandle rocks;
    private final HotRows hot = new HotRows();
    private final RowCache cached;
    private final UnaryOperator<byte[]> load;
    private final ReentrantLock writer = new ReentrantLock();

    // Guarded by writer.
    private final BucketCodec.Encoder encoder = new BucketCodec.Encoder();
    private final BucketRow scratch = new BucketRow();
    private final ByteWriter fragment = new ByteWriter(4096);
    private final BatchLog rewritten = new BatchLog(16 << 10);
    private long batchNumber;
    private int rangeDeletes;
    private RocksIndexBatch unwritten;
    private KeyRanges cleared = new KeyRanges();

    private RocksLocationIndex(RocksHandle rocks, long cacheBytes, long batchNumber) {
        this.rocks = rocks;
        this.cached = new RowCache(cacheBytes);
        this.load = rocks::get;
        this.batchNumber = batchNumber;
    }

    /**
     * Loads RocksDB's native library, which is unpacked first. Each open does that where nobody did it before.
     *
     * @throws IndexException if it does not load
     */
    public static void loadLibrary() {
        RocksHandle.loadLibrary();
    }

    /**
     * Opens the index in a directory, or makes a new one.
     *
     * @param directory its directory, nobody else's
     * @param options memory and the like
     * @param lease guards each native call; {@link #close} ends it. Made for this index; the caller may register gauges on it
     * @return the open index
     * @throws IndexException of kind DAMAGED: cannot be read, or has an unknown format version: rebuild it; NO_SPACE: no
     *     room to open it, which reading only does not need; CLOSED: the lease has ended; FAILED: anything else, as when
     *     it is open already
     */
    public static RocksLocationIndex open(Path directory, IndexOptions options, Lease lease) {
        return open(directory, options, lease, calls -> calls);
    }

    /** As above, with something between the index and the native calls that change or end the database. */
    static RocksLocationIndex open(Path directory, IndexOptions options, Lease lease, UnaryOperator<NativeCalls> seam) {
        RocksHandle rocks = new RocksHandle(directory, options, lease, seam);
        boolean usable = false;
        try {
            checkFormat(rocks, options.readOnly());
            byte[] number = rocks.get(Keys.batchNumber());
            RocksLocationIndex index = new RocksLocationIndex(
                    rocks, options.rowCacheBytes(), number == null ? 0 : StateCodec.number(number));
            usable = true;
            return index;
        } finally {
            if (!usable) {
                rocks.close();
            }
        }
    }

    private static void checkFormat(RocksHandle rocks, boolean readOnly) {
        byte[] format = rocks.get(Keys.format());
        if (format != null) {
            long version = StateCodec.number(format);
            if (version != StateCodec.FORMAT_VERSION) {
                throw damaged(
                        rocks,
                        "has format version " + version + ", this release knows " + StateCodec.FORMAT_VERSION
                                + " only");
            }
            return;
        }
        boolean[] any = new boolean[1];
        rocks.scan(new byte[0], true, 1, (key, value) -> {
            any[0] = true;
            return false;
        });
        if (any[0]) {
            throw damaged(rocks, "has rows, but no format version");
        }
        if (!readOnly) {
            BatchLog first = new BatchLog(64);
            first.put(Keys.format(), StateCodec.number(StateCodec.FORMAT_VERSION));
            rocks.write(first.toBytes(), first.count());
            rocks.syncLog();
        }
    }

    private static IndexException damaged(RocksHandle rocks, String what) {
        return new IndexException(IndexException.Kind.DAMAGED, "index " + rocks.directory() + " " + what, null);
    }

    @Override
    public IndexBatch newBatch() {
        return new RocksIndexBatch(this);
    }

    @Override
    public void write(IndexBatch batch) {
        if (!(batch instanceof RocksIndexBatch mine) || !mine.belongsTo(this)) {
            throw new IllegalArgumentException("a batch of another index: " + batch);
        }
        writer.lock();
        try {
            if (unwritten != null && unwritten != mine) {
                throw new IllegalStateException("a batch that found no room must be written before any other");
            }
            byte[] bytes = mine.sealed(batchNumber + 1);
            try {
                rocks.write(bytes, mine.operations());
            } catch (IndexException e) {
                unwritten = e.kind() == IndexException.Kind.NO_SPACE ? mine : unwritten;
                throw e;
            } finally {
                // Also where it failed: RocksDB may hold it all the same.
                mine.tellChanges(cached);
            }
            unwritten = null;
            batchNumber++;
            rangeDeletes += mine.rangeDeletes();
            mine.keepRows(cached);
            mine.written(hot);
            boundRangeDeletes();
        } finally {
            writer.unlock();
        }
    }

    /** Begins a new memtable when the present one has many range deletions. */
    private void boundRangeDeletes() {
        if (rangeDeletes >= RANGE_DELETES_MAX) {
            try {
                rocks.flushMemtable(false);
                rangeDeletes = 0;
            } catch (IndexException e) {
                // The batch is written, and that is what the caller asked. A failure that lasts meets the next write.
                LOG.log(Logger.Level.WARNING, "no new memtable in index " + rocks.directory(), e);
            }
        }
    }

    @Override
    public Location find(long ledgerId, long generation, long entryId) {
        long bucket = bucketOf(ledgerId, generation, entryId);
        byte[] key = Keys.bucket(ledgerId, generation, bucket);
        byte[] row = bucketRow(ledgerId, generation, bucket, key, true);
        if (row == null) {
            return null;
        }
        int slot = (int) entryId & BucketRow.SLOTS - 1;
        Location location;
        try {
            location = BucketCodec.find(key, row, slot);
        } catch (IndexException e) {
            row = again(key, e);
            try {
                location = BucketCodec.find(key, row, slot);
            } catch (IndexException damage) {
                throw damagedRow(key, damage);
            }
        }
        if (row.length >= LONG_ROW_BYTES && BucketCodec.fragments(row) > HotRows.FRAGMENTS_MAX) {
            hot.add(new RowKey(false, ledgerId, generation, bucket));
        }
        return location;
    }

    /** The row as RocksDB holds it, whose blocks have checksums: one that is kept on the heap may have rotted there. */
    private byte[] again(byte[] key, IndexException e) {
        cached.changed(Keys.number(key, 3, 0), Keys.number(key, 3, 1), Keys.number(key, 3, 2));
        byte[] row = rocks.get(key);
        if (row == null) {
            throw damagedRow(key, e);
        }
        return row;
    }

    /**
     * As of now: cached or from RocksDB, null if there is none.
     *
     * @param key its key
     * @param keep whether it may well be asked for again
     */
    private byte[] bucketRow(long ledgerId, long generation, long bucket, byte[] key, boolean keep) {
        rocks.checkOpen();
        return cached.get(ledgerId, generation, bucket, key, keep, load);
    }

    private static long bucketOf(long ledgerId, long generation, long entryId) {
        Keys.checkLedger(ledgerId, generation);
        return Keys.checkEntry(entryId) >>> Keys.BUCKET_BITS;
    }

    /** Says in which row the damage is. */
    private IndexException damagedRow(byte[] key, IndexException e) {
        return new IndexException(
                e.kind(),
                "ledger " + Keys.number(key, 3, 0) + ", generation " + Keys.number(key, 3, 1) + ", row "
                        + Keys.number(key, 3, 2) + " in index " + rocks.directory() + ": " + e.getMessage(),
                e);
    }

    private int decode(byte[] key, byte[] row, BucketRow into) {
        try {
            return BucketCodec.decode(key, row, into);
        } catch (IndexException e) {
            byte[] held = again(key, e);
            try {
                return BucketCodec.decode(key, held, into);
            } catch (IndexException damage) {
                throw damagedRow(key, damage);
            }
        }
    }

    @Override
    public Location[] bucket(long ledgerId, long generation, long entryId) {
        long bucket = bucketOf(ledgerId, generation, entryId);
        byte[] key = Keys.bucket(ledgerId, generation, bucket);
        byte[] value = bucketRow(ledgerId, generation, bucket, key, false);
        if (value == null) {
            return null;
        }
        BucketRow row = UNPACKED.get();
        decode(key, value, row);
        int slot = row.ceiling(0);
        if (slot < 0) {
            return null;
        }
        Location[] locations = new Location[BucketRow.SLOTS];
        for (; slot >= 0; slot = row.ceiling(slot + 1)) {
            locations[slot] = row.location(slot);
        }
        return locations;
    }

    @Override
    public void visitBucket(long ledgerId, long generation, long entryId, SlotVisitor visitor) {
        long bucket = bucketOf(ledgerId, generation, entryId);
        byte[] key = KEY.get();
        Keys.setBucket(key, ledgerId, generation, bucket);
        BucketRow row = UNPACKED.get();
        if (!decodeRecent(ledgerId, generation, bucket, key, row)) {
            byte[] value = bucketRow(ledgerId, generation, bucket, key, false);
            if (value == null) {
                return;
            }
            decode(key, value, row);
        }
        for (int slot = row.ceiling(0); slot >= 0; slot = row.ceiling(slot + 1)) {
            visitor.slot(slot, row.segments[slot], row.offsets[slot], row.lengths[slot]);
        }
    }

    /** Unpacks a row that was just written; false: it is not on the heap, or has rotted there. */
    private boolean decodeRecent(long ledgerId, long generation, long bucket, byte[] key, BucketRow into) {
        rocks.checkOpen();
        byte[] packed = PACKED.get();
        int length = cached.recent(ledgerId, generation, bucket, packed);
        if (length < 0) {
            return false;
        }
        try {
            BucketCodec.decode(key, packed, length, into);
            return true;
        } catch (IndexException e) {
            cached.changed(ledgerId, generation, bucket);
            return false;
        }
    }

    @Override
    public Found ceiling(long ledgerId, long generation, long fromEntryId) {
        Keys.checkLedger(ledgerId, generation);
        if (fromEntryId < 0) {
            throw new IllegalArgumentException("ceiling of " + fromEntryId);
        }
        return search(ledgerId, generation, fromEntryId, true);
    }

    @Override
    public Found floor(long ledgerId, long generation, long fromEntryId) {
        Keys.checkLedger(ledgerId, generation);
        if (fromEntryId < -1) {
            throw new IllegalArgumentException("floor of " + fromEntryId);
        }
        // Nothing is below entry 0; the row is asked for all the same, as a closed index must say so.
        Found found = search(ledgerId, generation, Math.max(0, fromEntryId), false);
        return fromEntryId < 0 ? null : found;
    }

    /** A point lookup for the row of the id itself, then an iterator over its neighbours, some rows a hold. */
    private Found search(long ledgerId, long generation, long from, boolean forward) {
        long bucket = from >>> Keys.BUCKET_BITS;
        int slot = (int) from & BucketRow.SLOTS - 1;
        BucketRow row = UNPACKED.get();
        byte[] key = Keys.bucket(ledgerId, generation, bucket);
        byte[] value = bucketRow(ledgerId, generation, bucket, key, false);
        if (value != null) {
            decode(key, value, row);
            int at = forward ? row.ceiling(slot) : row.floor(slot);
            if (at >= 0) {
                return found(bucket, at, row);
            }
        }
        if (!forward && bucket == 0) {
            return null;
        }
        byte[] prefix = Keys.key(Keys.BUCKET, ledgerId, generation);
        Found[] found = new Found[1];
        byte[] next = Keys.bucket(ledgerId, generation, forward ? bucket + 1 : bucket - 1);
        while (next != null) {
            next = rocks.scan(next, forward, BUCKETS_PER_HOLD, (at, bytes) -> {
                if (!Keys.startsWith(at, prefix)) {
                    return false;
                }
                decode(at, bytes, row);
                int first = forward ? row.ceiling(0) : row.floor(BucketRow.SLOTS - 1);
                if (first < 0) {
                    return true;
                }
                found[0] = found(Keys.number(at, 3, 2), first, row);
                return false;
            });
        }
        return found[0];
    }

    private static Found found(long bucket, int slot, BucketRow row) {
        return new Found((bucket << Keys.BUCKET_BITS) + slot, row.location(slot));
    }

    /** Shows all rows of a kind, in steps. */
    private void scanAll(byte kind, RocksHandle.RowVisitor visitor) {
        byte[] prefix = {kind};
        byte[] next = prefix;
        while (next != null) {
            next = rocks.scan(
                    next, true, ROWS_PER_HOLD, (key, value) -> Keys.startsWith(key, prefix) && visitor.row(key, value));
        }
    }

    @Override
    public List<LedgerRow> ledgers() {
        List<LedgerRow> rows = new ArrayList<>();
        scanAll(Keys.LEDGER, (key, value) -> rows.add(StateCodec.ledger(Keys.number(key, 1, 0), value)));
        return rows;
    }

    @Override
    public Map<Long, Long> liveBytes() {
        Set<Generation> dropped = new HashSet<>();
        scanAll(Keys.DROPPED, (key, value) -> {
            dropped.add(new Generation(Keys.number(key, 2, 0), Keys.number(key, 2, 1)));
            return true;
        });
        Map<Long, Long> bytes = new HashMap<>();
        scanAll(Keys.LIVE, (key, value) -> {
            Generation generation = new Generation(Keys.number(key, 3, 0), Keys.number(key, 3, 1));
            long segment = Keys.number(key, 3, 2);
            StateCodec.LiveBytes live = StateCodec.liveBytes(value);
            if (live.sum() > 0 && !dropped.contains(generation)) {
                bytes.merge(segment, live.sum(), Long::sum);
            } else if (live.sum() == 0) {
                hot.add(new RowKey(true, generation.ledgerId(), generation.generation(), segment));
            }
            return true;
        });
        return bytes;
    }

    private record Generation(long ledgerId, long generation) {}

    @Override
    public Optional<Checkpoint> checkpoint() {
        return Optional.ofNullable(rocks.get(Keys.checkpoint())).map(StateCodec::checkpoint);
    }

    @Override
    public void sync() {
        rocks.syncLog();
    }

    /**
     * Rewrites up to {@code max} rows that flushes or lookups found to have many fragments or to be complete. Call it after
     * a flush, from the thread that flushes or from housekeeping; it takes the writer lock for a few rows at a time.
     *
     * @param max bound on this call's rows
     * @return how many rows it looked at; less than {@code max}: there were no more
     */
    public int rewriteHotRows(int max) {
        int seen = 0;
        while (seen < max) {
            List<RowKey> rows = hot.take(Math.min(ROWS_PER_REWRITE, max - seen));
            if (rows.isEmpty() || !rewrite(rows)) {
                break;
            }
            seen += rows.size();
        }
        return seen;
    }

    /** Rewrites rows under the writer lock; false if a batch waits for room. */
    private boolean rewrite(List<RowKey> rows) {
        writer.lock();
        try {
            if (unwritten != null) {
                rows.forEach(hot::add);
                return false;
            }
            BatchLog log = rewritten;
            log.clear();
            int[] ends = new int[rows.size()];
            int[] lengths = new int[rows.size()];
            for (int i = 0; i < ends.length; i++) {
                RowKey row = rows.get(i);
                byte[] key = row.key();
                byte[] value = rocks.get(key);
                if (value != null && row.live()) {
                    rewriteLive(key, value, log);
                } else if (value != null && rewriteBucket(key, value, log)) {
                    ends[i] = log.bytes();
                    lengths[i] = fragment.size();
                }
            }
            if (log.count() > 0) {
                byte[] bytes = log.toBytes();
                rocks.write(bytes, log.count());
                // They say the same in fewer fragments, which are read faster.
                for (int i = 0; i < ends.length; i++) {
                    RowKey row = rows.get(i);
                    if (!row.live()) {
                        cached.changed(row.ledgerId(), row.generation(), row.number());
                    }
                    if (lengths[i] > 0) {
                        cached.wrote(
                                row.ledgerId(), row.generation(), row.number(), bytes, ends[i] - lengths[i], ends[i]);
                    }
                }
            }
            return true;
        } catch (IndexException e) {
            if (e.kind() == IndexException.Kind.NO_SPACE) {
                rows.forEach(hot::add);
            }
            throw e;
        } finally {
            writer.unlock();
        }
    }

    /** Whether the row is in the batch as one fragment now. */
    private boolean rewriteBucket(byte[] key, byte[] value, BatchLog log) {
        int fragments = decode(key, value, scratch);
        if (scratch.ceiling(0) < 0) {
            log.delete(key);
        } else if (fragments > 1) {
            fragment.truncate(0);
            encoder.put(key, scratch, fragment);
            log.put(key, fragment);
            return true;
        }
        return false;
    }

    private static void rewriteLive(byte[] key, byte[] value, BatchLog log) {
        StateCodec.LiveBytes live = StateCodec.liveBytes(value);
        if (live.sum() == 0) {
            log.delete(key);
        } else if (live.deltas() > 1) {
            log.put(key, StateCodec.liveBytes(live.batchNumber(), live.sum()));
        }
    }

    /**
     * Clears rows of dropped generations, one step: neighbours share a range deletion. When none is left, or the memtable
     * has its fill of range deletions, that is flushed and the range compacted, which takes its time. Does nothing while
     * another thread writes or waits to, or while a batch waits for room. For one housekeeping thread.
     *
     * @param maxRanges bound on range deletions of this step, 2 to 1000
     * @return generations cleared; 0: none is left, or not now
     */
    public int clearDropped(int maxRanges) {
        if (maxRanges < 2) {
            throw new IllegalArgumentException("maxRanges " + maxRanges + " is below 2");
        }
        KeyRanges compacted = new KeyRanges();
        int generations = 0;
        if (!writer.hasQueuedThreads() && writer.tryLock()) {
            try {
                if (unwritten != null) {
                    return 0;
                }
                DroppedRanges ranges = DroppedRanges.collect(rocks, Math.min(maxRanges, RANGE_DELETES_MAX));
                generations = ranges.generations();
                if (generations > 0) {
                    try {
                        rocks.write(ranges.log().toBytes(), ranges.log().count());
                    } finally {
                        ranges.tellChanges(cached);
                    }
                    rangeDeletes += ranges.ranges();
                    cleared.add(ranges.cleared());
                }
                if (generations == 0 || rangeDeletes >= RANGE_DELETES_MAX) {
                    compacted = cleared;
                    cleared = new KeyRanges();
                }
                if (!compacted.isEmpty()) {
                    rangeDeletes = 0;
                }
            } finally {
                writer.unlock();
            }
        }
        if (!compacted.isEmpty()) {
            rocks.flushMemtable(true);
            compacted.forEach(rocks::compactRange);
        }
        return generations;
    }

    @Override
    public void verify() {
        rocks.verify();
    }

    @Override
    public void compact() {
        List<RowKey> rows = new ArrayList<>();
        for (byte kind : new byte[] {Keys.BUCKET, Keys.LIVE}) {
            byte[] prefix = {kind};
            byte[] next = prefix;
            while (next != null) {
                next = rocks.scan(next, true, ROWS_PER_HOLD, (key, value) -> {
                    if (!Keys.startsWith(key, prefix)) {
                        return false;
                    }
                    boolean live = kind == Keys.LIVE;
                    int fragments = live ? StateCodec.liveBytes(value).deltas() : BucketCodec.fragments(value);
                    if (fragments > 1) {
                        rows.add(new RowKey(
                                live, Keys.number(key, 3, 0), Keys.number(key, 3, 1), Keys.number(key, 3, 2)));
                    }
                    return true;
                });
                if (!rows.isEmpty() && rewrite(rows)) {
                    rows.clear();
                }
            }
        }
        rocks.flushMemtable(true);
        rocks.compactRange(null, null);
    }

    @Override
    public long bytesAtRest() {
        return rocks.property("rocksdb.live-sst-files-size");
    }

    /**
     * What RocksDB knows about itself, by RocksDB's names, for a sampler: each is a native call that may wait for RocksDB's
     * mutex, so call them seldom and not on a thread that others wait for. They throw nothing, and say -1 when the index is
     * closed or does not know.
     *
     * @return name to reading, in a fixed order
     */
    public Map<String, LongSupplier> nativeProperties() {
        Map<String, LongSupplier> properties = new LinkedHashMap<>();
        for (String name : PROPERTIES) {
            properties.put(name, () -> {
                try {
                    return Math.max(-1, rocks.property(name));
                } catch (RuntimeException e) {
                    return -1;
                }
            });
        }
        return Collections.unmodifiableMap(properties);
    }

    RowCache rowCache() {
        return cached;
    }

    /** Rows that wait for {@link #rewriteHotRows}; about. */
    int hotRows() {
        return hot.size();
    }

    @Override
    public Optional<Lease> lease() {
        return Optional.of(rocks.lease());
    }

    @Override
    public void hurry() {
        rocks.hurry();
    }

    @Override
    public void asOwner(Runnable work) {
        rocks.asOwner(work);
    }

    /**
     * Memory of the rows that are kept on the heap, about; for a sampler.
     *
     * @return bytes
     */
    public long rowCacheBytes() {
        return cached.bytes();
    }

    @Override
    public void close() {
        try {
            rocks.close();
        } finally {
            cached.clear();
        }
    }

    @Override
    public boolean isFreed() {
        return rocks.isFreed();
    }
}
