package io.daybook.index;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * The index in plain maps, for tests that open one thousands of times a second. Same answers as {@link RocksLocationIndex},
 * by the same contract test.
 *
 * <p>It survives its own close: {@link #reopen} hands what was written to a new instance, {@link #crash} only what was synced
 * and a chosen prefix of the batches after it, {@link #snapshot} makes an independent older copy. Failures come on demand.
 * <b>Thread-safe.</b>
 */
public class MemoryLocationIndex implements LocationIndex {

    /** Compared all the time, and what a record would have made for it goes through method handles. */
    private record Generation(long ledgerId, long generation) {
        @Override
        public boolean equals(Object other) {
            return other instanceof Generation that && ledgerId == that.ledgerId && generation == that.generation;
        }

        @Override
        public int hashCode() {
            return (int) (ledgerId * 31 + generation + (generation >>> 32));
        }
    }

    private static final Buckets NONE = new Buckets();

    private record LiveKey(Generation generation, long segmentId) {
        @Override
        public boolean equals(Object other) {
            return other instanceof LiveKey that && segmentId == that.segmentId && generation.equals(that.generation);
        }

        @Override
        public int hashCode() {
            return generation.hashCode() * 31 + (int) segmentId;
        }
    }

    /** Locations of a generation by the first id of their bucket, as they are asked for. */
    private static final class Buckets {
        final TreeMap<Long, Location[]> rows = new TreeMap<>();

        Buckets copy() {
            Buckets copy = new Buckets();
            copy.rows.putAll(rows);
            copy.rows.replaceAll((first, row) -> row.clone());
            return copy;
        }

        void put(long entryId, Location location) {
            rows.computeIfAbsent(firstOf(entryId), any -> new Location[BUCKET_ENTRIES])[slotOf(entryId)] = location;
        }

        Location get(long entryId) {
            Location[] row = rows.get(firstOf(entryId));
            return row == null ? null : row[slotOf(entryId)];
        }

        Found ceiling(long fromEntryId) {
            long first = firstOf(fromEntryId);
            for (Map.Entry<Long, Location[]> row : rows.tailMap(first, true).entrySet()) {
                int from = row.getKey() == first ? slotOf(fromEntryId) : 0;
                for (int slot = from; slot < BUCKET_ENTRIES; slot++) {
                    if (row.getValue()[slot] != null) {
                        return new Found(row.getKey() + slot, row.getValue()[slot]);
                    }
                }
            }
            return null;
        }

        Found floor(long fromEntryId) {
            if (fromEntryId < 0) {
                return null;
            }
            long first = firstOf(fromEntryId);
            for (Map.Entry<Long, Location[]> row :
                    rows.headMap(first, true).descendingMap().entrySet()) {
                int from = row.getKey() == first ? slotOf(fromEntryId) : BUCKET_ENTRIES - 1;
                for (int slot = from; slot >= 0; slot--) {
                    if (row.getValue()[slot] != null) {
                        return new Found(row.getKey() + slot, row.getValue()[slot]);
                    }
                }
            }
            return null;
        }

        void truncateAfter(long lastEntryId) {
            if (lastEntryId < 0) {
                rows.clear();
                return;
            }
            long first = firstOf(lastEntryId);
            rows.tailMap(first, false).clear();
            Location[] row = rows.get(first);
            if (row != null) {
                Arrays.fill(row, slotOf(lastEntryId) + 1, BUCKET_ENTRIES, null);
                Found last = floor(lastEntryId);
                if (last == null || last.entryId() < first) {
                    rows.remove(first);
                }
            }
        }

        private static long firstOf(long entryId) {
            return entryId - entryId % BUCKET_ENTRIES;
        }

        private static int slotOf(long entryId) {
            return (int) (entryId % BUCKET_ENTRIES);
        }
    }

    private static final class State {
        final Map<Generation, Buckets> locations = new HashMap<>();
        final TreeMap<Long, LedgerRow> ledgers = new TreeMap<>();
        final Map<LiveKey, Long> live = new HashMap<>();
        final Set<Generation> dropped = new HashSet<>();
        Checkpoint checkpoint;

        State copy() {
            State copy = new State();
            locations.forEach((generation, entries) -> copy.locations.put(generation, entries.copy()));
            copy.ledgers.putAll(ledgers);
            copy.live.putAll(live);
            copy.dropped.addAll(dropped);
            copy.checkpoint = checkpoint;
            return copy;
        }
    }

    private State state;
    private State synced;
    private final List<List<Consumer<State>>> unsynced = new ArrayList<>();
    private boolean closed;
    private Batch unwritten;
    private IndexException failure;
    private IndexException.Kind failReads;
    private IndexException.Kind failWrites;
    private int writesBeforeFailure;
    private int failingWrites;
    private Runnable writeFailed = () -> {};

    /** An empty index. */
    public MemoryLocationIndex() {
        this(new State(), new State());
    }

    private MemoryLocationIndex(State state, State synced) {
        this.state = state;
        this.synced = synced;
    }

    /** Closes this one, if it is not, and gives one with all that was written. */
    public synchronized MemoryLocationIndex reopen() {
        return crash(unsynced.size());
    }

    /** Closes this one without a sync and gives one with what was synced and the first batches behind it. */
    public synchronized MemoryLocationIndex crash(int unsyncedBatchesKept) {
        for (List<Consumer<State>> batch : unsynced.subList(0, unsyncedBatchesKept)) {
            batch.forEach(operation -> operation.accept(synced));
        }
        boolean whole = unsyncedBatchesKept == unsynced.size();
        unsynced.clear();
        closed = true;
        // What was written is what is synced now, and nobody else can change it any more.
        return new MemoryLocationIndex(whole ? state : synced.copy(), synced);
    }

    /** An independent index that a crash now can be tried on, with the same in it, synced and not; this one goes on. */
    public synchronized MemoryLocationIndex crashClone() {
        MemoryLocationIndex clone = new MemoryLocationIndex(state.copy(), synced.copy());
        clone.unsynced.addAll(unsynced);
        return clone;
    }

    /** How many batches a crash can lose. */
    public synchronized int unsyncedBatches() {
        return unsynced.size();
    }

    /** An open index that looks at what is in this one, closed or not; neither may be written to from then on. */
    public synchronized MemoryLocationIndex look() {
        return new MemoryLocationIndex(state, state);
    }

    /** An independent open index with what is in this one now, all of it durable. */
    public synchronized MemoryLocationIndex snapshot() {
        return new MemoryLocationIndex(state.copy(), state.copy());
    }

    /**
     * Lets writes fail.
     *
     * @param after how many succeed before
     * @param times how many fail with NO_SPACE; any other kind is final
     */
    public void failWrites(IndexException.Kind kind, int after, int times) {
        failWrites(kind, after, times, () -> {});
    }

    /** The same; what is given is called with each failure. */
    public synchronized void failWrites(IndexException.Kind kind, int after, int times, Runnable failed) {
        writeFailed = failed;
        failWrites = kind;
        writesBeforeFailure = after;
        failingWrites = times;
    }

    /** Lets each read fail from now on; null: no longer. */
    public synchronized void failReads(IndexException.Kind kind) {
        failReads = kind;
    }

    private void checkOpen() {
        if (closed) {
            throw new IndexException(IndexException.Kind.CLOSED, "closed", null);
        }
    }

    private void checkRead() {
        checkOpen();
        if (failReads != null) {
            throw new IndexException(failReads, "read fails on demand", null);
        }
    }

    private void checkWrite() {
        checkOpen();
        if (failure != null) {
            throw new IndexException(IndexException.Kind.FAILED, "takes no writes since one failed", failure);
        }
        if (failWrites != null && writesBeforeFailure-- <= 0 && failingWrites-- > 0) {
            IndexException e = new IndexException(failWrites, "write fails on demand", null);
            failure = failWrites == IndexException.Kind.NO_SPACE ? null : e;
            writeFailed.run();
            throw e;
        }
    }

    @Override
    public IndexBatch newBatch() {
        return new Batch(this);
    }

    @Override
    public synchronized void write(IndexBatch batch) {
        if (!(batch instanceof Batch mine) || mine.owner != this) {
            throw new IllegalArgumentException("a batch of another index: " + batch);
        }
        if (unwritten != null && unwritten != mine) {
            throw new IllegalStateException("a batch that found no room must be written before any other");
        }
        mine.fixed = true;
        try {
            checkWrite();
        } catch (IndexException e) {
            unwritten = e.kind() == IndexException.Kind.NO_SPACE ? mine : unwritten;
            throw e;
        }
        unwritten = null;
        List<Consumer<State>> operations = List.copyOf(mine.operations);
        operations.forEach(operation -> operation.accept(state));
        unsynced.add(operations);
        mine.operations.clear();
        mine.fixed = false;
    }

    private Buckets entries(long ledgerId, long generation) {
        Keys.checkLedger(ledgerId, generation);
        return state.locations.getOrDefault(new Generation(ledgerId, generation), NONE);
    }

    @Override
    public synchronized Location find(long ledgerId, long generation, long entryId) {
        Keys.checkEntry(entryId);
        checkRead();
        return entries(ledgerId, generation).get(entryId);
    }

    @Override
    public synchronized Found ceiling(long ledgerId, long generation, long fromEntryId) {
        if (fromEntryId < 0) {
            throw new IllegalArgumentException("ceiling of " + fromEntryId);
        }
        checkRead();
        return entries(ledgerId, generation).ceiling(fromEntryId);
    }

    @Override
    public synchronized Found floor(long ledgerId, long generation, long fromEntryId) {
        if (fromEntryId < -1) {
            throw new IllegalArgumentException("floor of " + fromEntryId);
        }
        checkRead();
        return entries(ledgerId, generation).floor(fromEntryId);
    }

    @Override
    public synchronized Location[] bucket(long ledgerId, long generation, long entryId) {
        Keys.checkEntry(entryId);
        checkRead();
        Location[] row = entries(ledgerId, generation).rows.get(Buckets.firstOf(entryId));
        return row == null ? null : row.clone();
    }

    @Override
    public synchronized List<LedgerRow> ledgers() {
        checkRead();
        return new ArrayList<>(state.ledgers.values());
    }

    @Override
    public synchronized Map<Long, Long> liveBytes() {
        checkRead();
        Map<Long, Long> bytes = new HashMap<>();
        state.live.forEach((key, value) -> {
            if (value > 0 && !state.dropped.contains(key.generation)) {
                bytes.merge(key.segmentId, value, Long::sum);
            }
        });
        return bytes;
    }

    @Override
    public synchronized Optional<Checkpoint> checkpoint() {
        checkRead();
        return Optional.ofNullable(state.checkpoint);
    }

    @Override
    public synchronized void sync() {
        checkWrite();
        unsynced.forEach(batch -> batch.forEach(operation -> operation.accept(synced)));
        unsynced.clear();
    }

    @Override
    public synchronized void compact() {
        checkWrite();
    }

    @Override
    public synchronized long bytesAtRest() {
        checkRead();
        return state.locations.values().stream()
                .flatMap(buckets -> buckets.rows.values().stream())
                .flatMap(Arrays::stream)
                .filter(Objects::nonNull)
                .count();
    }

    @Override
    public synchronized void close() {
        if (!closed && failure == null) {
            unsynced.forEach(batch -> batch.forEach(operation -> operation.accept(synced)));
            unsynced.clear();
        }
        closed = true;
    }

    private static final class Batch implements IndexBatch {
        private final MemoryLocationIndex owner;
        private final List<Consumer<State>> operations = new ArrayList<>();
        private boolean fixed;
        private boolean closed;

        Batch(MemoryLocationIndex owner) {
            this.owner = owner;
        }

        private void add(Consumer<State> operation) {
            if (closed || fixed) {
                throw new IllegalStateException("the batch is " + (closed ? "closed" : "fixed until it is written"));
            }
            operations.add(operation);
        }

        @Override
        public void put(long ledgerId, long generation, long entryId, long segmentId, long offset, int length) {
            Keys.checkLedger(ledgerId, generation);
            Keys.checkEntry(entryId);
            Generation key = new Generation(ledgerId, generation);
            Location location = new Location(segmentId, offset, length);
            add(state ->
                    state.locations.computeIfAbsent(key, any -> new Buckets()).put(entryId, location));
        }

        @Override
        public void truncateAfter(long ledgerId, long generation, long lastEntryId) {
            Keys.checkLedger(ledgerId, generation);
            if (lastEntryId != -1) {
                Keys.checkEntry(lastEntryId);
            }
            Generation key = new Generation(ledgerId, generation);
            add(state -> {
                Buckets entries = state.locations.get(key);
                if (entries != null) {
                    entries.truncateAfter(lastEntryId);
                }
            });
        }

        @Override
        public void putLedger(LedgerRow row) {
            StateCodec.ledger(row);
            add(state -> state.ledgers.put(row.ledgerId(), row));
        }

        @Override
        public void removeLedger(long ledgerId) {
            Keys.ledger(ledgerId);
            add(state -> state.ledgers.remove(ledgerId));
        }

        @Override
        public void dropGeneration(long ledgerId, long generation) {
            Keys.checkLedger(ledgerId, generation);
            Generation key = new Generation(ledgerId, generation);
            add(state -> {
                state.locations.remove(key);
                state.dropped.add(key);
            });
        }

        @Override
        public void addLiveBytes(long segmentId, long ledgerId, long generation, long bytes) {
            Keys.live(ledgerId, generation, segmentId);
            LiveKey key = new LiveKey(new Generation(ledgerId, generation), segmentId);
            add(state -> state.live.merge(key, bytes, Long::sum));
        }

        @Override
        public void checkpoint(Checkpoint checkpoint) {
            StateCodec.checkpoint(StateCodec.checkpoint(checkpoint));
            add(state -> state.checkpoint = checkpoint);
        }

        @Override
        public long bytes() {
            return 16L * operations.size();
        }

        @Override
        public void close() {
            closed = true;
        }
    }
}
