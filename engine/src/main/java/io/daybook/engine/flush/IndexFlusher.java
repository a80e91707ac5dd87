package io.daybook.engine.flush;

import io.daybook.engine.ledger.Ledger;
import io.daybook.engine.ledger.SegmentTally;
import io.daybook.engine.read.Tail;
import io.daybook.engine.read.View;
import io.daybook.index.Checkpoint;
import io.daybook.index.IndexBatch;
import io.daybook.index.IndexException;
import io.daybook.index.LedgerRow;
import io.daybook.index.LocationIndex;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongConsumer;
import java.util.function.LongPredicate;
import java.util.function.LongSupplier;

/**
 * Moves tails into the location index; the only one that writes to it. A tail is one batch: its locations, the state of the
 * ledgers it touched as of its last record, and the checkpoint, so that after a crash they cannot disagree.
 *
 * <p>A tail is written only when a durable watermark covers its last record: then no recovery can cut or copy what the index
 * points to. <b>Confined to the flush thread</b>, but for {@link #swap}, which is guarded by the lock of applying.
 */
public final class IndexFlusher {

    /** Told of flushes. */
    @FunctionalInterface
    public interface Listener {
        /** A tail was written. */
        void flushed(int entries, long bytes, long nanos);
    }

    private static final int PACED_PUTS = 64;
    private static final int PACED_PLACES = 1024;

    private final View view;
    private final SegmentTally tally;
    private final ReentrantLock applying;
    private final LongPredicate covered;
    private final Listener listener;
    private final LongConsumer flushedUpTo;

    /** What the tails that wait will say; guarded by the lock of applying. */
    private final Deque<Pending> pending = new ArrayDeque<>();

    private volatile long flushedLsn;
    private long storeIdHigh;
    private long storeIdLow;
    private LongSupplier incarnations;
    private Retry retry;
    /** Empty again, with the memory that it has grown to, for the next flush into the same index; null: none. */
    private Batch spare;

    /** The places of the tail that is flushed, ledger by ledger; used again. */
    private int[] places = new int[0];

    /** A batch of an index. */
    private record Batch(LocationIndex index, IndexBatch operations) {}

    /** What stood beside a tail when it was closed. */
    private record Pending(Tail tail, List<LedgerRow> rows, Map<SegmentTally.LiveKey, Long> liveBytes) {}

    /** A batch that met a full disk: the identical one is written again. */
    private record Retry(Pending pending, IndexBatch batch) {}

    /**
     * A flusher.
     *
     * @param covered whether an index may speak up to an LSN; asks for it to become so where it may not yet
     * @param flushedUpTo told when the index speaks up to an LSN
     */
    public IndexFlusher(
            View view,
            SegmentTally tally,
            ReentrantLock applying,
            LongPredicate covered,
            Listener listener,
            LongConsumer flushedUpTo) {
        this.view = view;
        this.tally = tally;
        this.applying = applying;
        this.covered = covered;
        this.listener = listener;
        this.flushedUpTo = flushedUpTo;
    }

    /** Names the store that checkpoints speak of, and its incarnation as of each of them. */
    public void store(long high, long low, LongSupplier currentIncarnation, long flushed) {
        storeIdHigh = high;
        storeIdLow = low;
        incarnations = currentIncarnation;
        flushedLsn = flushed;
    }

    /** Closes the active tail, so that it will be flushed; whether there was anything in it. Lock of applying. */
    public boolean swap() {
        assert applying.isHeldByCurrentThread();
        Tail tail = view.active();
        if (tail.isEmpty()) {
            return false;
        }
        List<LedgerRow> rows = new ArrayList<>(tail.parts().size());
        for (Tail.Part part : tail.parts()) {
            // An idle ledger would keep it, with its truncations, for ever.
            part.ledger().tailPart(null);
            if (!part.ledger().ended()) {
                rows.add(part.ledger().row());
            }
        }
        pending.addLast(new Pending(tail, rows, tally.takeLiveBytes()));
        view.replaceActive();
        return true;
    }

    /** As below, without rests. */
    public boolean flushOnce() {
        return flushOnce(Pace.NONE);
    }

    /**
     * Writes the oldest closed tail; false if there is none, or none that may be written yet.
     *
     * @param pace at which its batch is built
     * @throws IndexException the index failed; of kind NO_SPACE: call again later
     */
    public boolean flushOnce(Pace pace) {
        Pending next = oldest();
        if (next == null || !covered.test(next.tail().lastLsn())) {
            return false;
        }
        long start = System.nanoTime();
        LocationIndex index = view.index();
        IndexBatch batch = retry != null && retry.pending() == next ? retry.batch() : build(next, index, pace);
        long bytes = batch.bytes();
        try {
            index.write(batch);
        } catch (IndexException e) {
            if (e.kind() == IndexException.Kind.NO_SPACE) {
                retry = new Retry(next, batch);
            } else {
                batch.close();
                retry = null;
            }
            throw e;
        }
        retry = null;
        spare = new Batch(index, batch);
        applying.lock();
        try {
            pending.removeFirst();
            view.dropOldest(next.tail());
        } finally {
            applying.unlock();
        }
        view.recycle(next.tail());
        flushedLsn = next.tail().lastLsn();
        listener.flushed(next.tail().size(), bytes, System.nanoTime() - start);
        flushedUpTo.accept(flushedLsn);
        return true;
    }

    private Pending oldest() {
        applying.lock();
        try {
            return pending.peekFirst();
        } finally {
            applying.unlock();
        }
    }

    /** Returns the LSN up to which the index speaks. */
    public long flushedLsn() {
        return flushedLsn;
    }

    /** Returns the LSN up to which everything is in closed tails or in the index. Lock of applying. */
    public long closedLsn() {
        assert applying.isHeldByCurrentThread();
        Pending newest = pending.peekLast();
        return newest == null ? flushedLsn : newest.tail().lastLsn();
    }

    /** Whether no closed tail holds records up to an LSN. */
    public boolean isFlushedUpTo(long lsn) {
        Pending next = oldest();
        return next == null || next.tail().firstLsn() > lsn;
    }

    /** Returns how many closed tails wait. */
    int waiting() {
        applying.lock();
        try {
            return pending.size();
        } finally {
            applying.unlock();
        }
    }

    /** Whether nothing waits. */
    public boolean isIdle() {
        return oldest() == null;
    }

    private IndexBatch empty(LocationIndex index) {
        Batch kept = spare;
        spare = null;
        if (kept != null && kept.index() == index) {
            return kept.operations();
        }
        if (kept != null) {
            kept.operations().close();
        }
        return index.newBatch();
    }

    private IndexBatch build(Pending next, LocationIndex index, Pace pace) {
        pace.begin();
        IndexBatch batch = empty(index);
        Tail tail = next.tail();
        Set<Ledger> deleted = new HashSet<>(tail.deleted());
        for (Ledger ledger : tail.deleted()) {
            batch.removeLedger(ledger.id());
            batch.dropGeneration(ledger.id(), ledger.generation());
        }
        groupByLedger(tail, pace);
        int from = 0;
        for (Tail.Part part : tail.parts()) {
            if (!deleted.contains(part.ledger())) {
                putLocations(batch, tail, part, from, pace);
            }
            from += part.puts();
        }
        for (LedgerRow row : next.rows()) {
            batch.putLedger(row);
        }
        for (Map.Entry<SegmentTally.LiveKey, Long> live : next.liveBytes().entrySet()) {
            Ledger ledger = live.getKey().ledger();
            if (!deleted.contains(ledger)) {
                batch.addLiveBytes(live.getKey().segmentId(), ledger.id(), ledger.generation(), live.getValue());
            }
        }
        long incarnation = incarnations.getAsLong();
        batch.checkpoint(new Checkpoint(storeIdHigh, storeIdLow, incarnation, 0, tail.lastLsn()));
        return batch;
    }

    /**
     * Puts the places of a tail in the order of its ledgers, those of a ledger as they came: a counting sort, which goes through the
     * tail once. To follow each ledger from one of its entries to the next took a miss of the processor's cache for each.
     */
    private void groupByLedger(Tail tail, Pace pace) {
        int size = tail.size();
        if (places.length < size) {
            places = new int[size];
        }
        int[] next = new int[tail.parts().size()];
        int from = 0;
        for (int i = 0; i < next.length; i++) {
            next[i] = from;
            from += tail.parts().get(i).puts();
        }
        for (int at = 0; at < size; at++) {
            if (at % PACED_PLACES == 0) {
                pace.step();
            }
            places[next[tail.partAt(at).number()]++] = at;
        }
    }

    /** The net effect of a tail on a ledger: what its truncations removed from before, then what is left of its own. */
    private void putLocations(IndexBatch batch, Tail tail, Tail.Part part, int from, Pace pace) {
        Ledger ledger = part.ledger();
        int to = from + part.puts();
        if (part.truncatedAfter() != Long.MAX_VALUE) {
            batch.truncateAfter(ledger.id(), ledger.generation(), part.truncatedAfter());
        }
        if (!part.ascending()) {
            to = newestInOrder(tail, ledger, from, to);
        }
        for (int i = from; i < to; i++) {
            int at = places[i];
            if (i % PACED_PUTS == 0) {
                pace.step();
            }
            batch.put(
                    ledger.id(),
                    ledger.generation(),
                    tail.entryId(at),
                    tail.segmentId(at),
                    tail.offset(at),
                    tail.length(at));
        }
    }

    /** Keeps the places that a lookup would find, sorted by entry id; returns where they end. */
    private int newestInOrder(Tail tail, Ledger ledger, int from, int to) {
        int end = from;
        for (int i = from; i < to; i++) {
            if (tail.find(ledger, tail.entryId(places[i])) == places[i]) {
                places[end++] = places[i];
            }
        }
        sortByEntry(tail, from, end);
        return end;
    }

    /** Ids are distinct here: sorted by id, places carried along. */
    private void sortByEntry(Tail tail, int from, int to) {
        int count = to - from;
        long[] ids = new long[count];
        for (int i = 0; i < count; i++) {
            ids[i] = tail.entryId(places[from + i]);
        }
        Arrays.sort(ids);
        int[] sorted = new int[count];
        for (int i = 0; i < count; i++) {
            sorted[Arrays.binarySearch(ids, tail.entryId(places[from + i]))] = places[from + i];
        }
        System.arraycopy(sorted, 0, places, from, count);
    }

    /** Frees its batches. */
    public void close() {
        if (spare != null) {
            spare.operations().close();
            spare = null;
        }
        if (retry != null) {
            retry.batch().close();
            retry = null;
        }
    }
}
