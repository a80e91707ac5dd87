package io.daybook.engine.read;

import io.daybook.engine.ledger.Ledger;
import io.daybook.engine.ledger.Publication;
import io.daybook.index.IndexException;
import io.daybook.index.Location;
import io.daybook.index.LocationIndex;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/**
 * Where entries are: the tails, newest first, then the location index. A tail leaves only after its batch is in the index, so
 * whoever looks in this order misses nothing, whatever is flushed meanwhile.
 *
 * <p>Lookups are <b>thread-safe</b>; changes are guarded by the lock of applying.
 */
public final class View {
    private final int tailEntries;
    private final Publication publication;
    private volatile Tail[] tails;
    /** Empty arrays that nobody reads, for the next tails: while one is filled, two may be on their way to the index. */
    private final BlockingQueue<TailLog> spares = new ArrayBlockingQueue<>(2);

    private volatile LocationIndex index;

    /**
     * With an empty tail.
     *
     * @param tailEntries capacity of a tail
     * @param publication by which readers on other threads learn that they must look again
     */
    public View(LocationIndex index, int tailEntries, Publication publication) {
        this.index = index;
        this.tailEntries = tailEntries;
        this.publication = publication;
        this.tails = new Tail[] {new Tail(tailEntries, new TailLog(tailEntries))};
    }

    /** Returns the tail that is filled. */
    public Tail active() {
        return tails[0];
    }

    /** Returns the oldest tail that is not filled any more, null: there is none. */
    public Tail oldestFull() {
        Tail[] all = tails;
        return all.length > 1 ? all[all.length - 1] : null;
    }

    /** Returns the number of tails. */
    public int tailCount() {
        return tails.length;
    }

    /** Returns the entries in all tails. */
    public long tailEntries() {
        long sum = 0;
        for (Tail tail : tails) {
            sum += tail.size();
        }
        return sum;
    }

    /** Returns the bytes of the records applied to all tails; about. */
    public long tailJournalBytes() {
        long sum = 0;
        for (Tail tail : tails) {
            sum += tail.journalBytes();
        }
        return sum;
    }

    /** Puts an empty tail in front. */
    public void replaceActive() {
        Tail[] old = tails;
        Tail[] more = new Tail[old.length + 1];
        TailLog log = spares.poll();
        more[0] = new Tail(tailEntries, log != null ? log : new TailLog(tailEntries));
        System.arraycopy(old, 0, more, 1, old.length);
        tails = more;
    }

    /** Drops the oldest tail: the index holds it now. Whoever still reads it on another thread must look again. */
    public void dropOldest(Tail flushed) {
        Tail[] old = tails;
        if (old[old.length - 1] != flushed || old.length < 2) {
            throw new IllegalStateException("not the oldest tail");
        }
        Tail[] fewer = new Tail[old.length - 1];
        System.arraycopy(old, 0, fewer, 0, fewer.length);
        tails = fewer;
        publication.begin();
        publication.end();
    }

    /** Keeps the arrays of a dropped tail for another one. Needs no lock. */
    public void recycle(Tail dropped) {
        TailLog log = dropped.log();
        if (spares.remainingCapacity() > 0 && !log.hasGrown()) {
            log.clear();
            spares.offer(log);
        }
    }

    /** Whether any tail holds deletes, truncations or trims. Lock of applying. */
    public boolean hasRemovals() {
        for (Tail tail : tails) {
            if (tail.hasRemovals()) {
                return true;
            }
        }
        return false;
    }

    /** Returns the location index. */
    public LocationIndex index() {
        return index;
    }

    /** Takes another index in place of one that is empty or equal. */
    public void index(LocationIndex other) {
        index = other;
    }

    /** The location of an id, null: not there. Bounds of the ledger are the caller's to check. */
    public Location locate(Ledger ledger, long entryId) {
        for (Tail tail : tails) {
            int at = tail.find(ledger, entryId);
            if (at >= 0) {
                return new Location(tail.segmentId(at), tail.offset(at), tail.length(at));
            }
            if (at == Tail.DEAD) {
                return null;
            }
        }
        return index.find(ledger.id(), ledger.generation(), entryId);
    }

    /** The lowest id present from one on, up to the ledger's highest; -1: none. The trim bound is the caller's to check. */
    public long ceiling(Ledger ledger, long fromEntryId, IdWindow window) {
        long from = fromEntryId;
        while (true) {
            long reach = ledger.last();
            long candidate = window.next(ledger, from, reach, tails);
            LocationIndex.Found found = index.ceiling(ledger.id(), ledger.generation(), from);
            if (found != null && (candidate < 0 || found.entryId() < candidate)) {
                candidate = found.entryId();
            }
            if (candidate < 0 || candidate > ledger.last()) {
                return -1;
            }
            if (locate(ledger, candidate) != null) {
                return candidate;
            }
            from = candidate + 1;
        }
    }

    /** The highest id present at or below one, -1: none. */
    public long floor(Ledger ledger, long fromEntryId) {
        long from = fromEntryId;
        while (from >= 0) {
            long candidate = -1;
            for (Tail tail : tails) {
                candidate = Math.max(candidate, tail.floor(ledger, from));
            }
            LocationIndex.Found found = index.floor(ledger.id(), ledger.generation(), from);
            if (found != null) {
                candidate = Math.max(candidate, found.entryId());
            }
            if (candidate < 0 || locate(ledger, candidate) != null) {
                return candidate;
            }
            from = candidate - 1;
        }
        return -1;
    }

    /** Where the ids are that share a bucket with one. */
    public void bucket(Ledger ledger, long entryId, Bucket bucket) {
        Tail[] all = tails;
        bucket.clear();
        index.visitBucket(ledger.id(), ledger.generation(), entryId, bucket);
        long base = Bucket.base(entryId);
        for (int t = all.length - 1; t >= 0; t--) {
            Tail tail = all[t];
            Tail.Part part = tail.part(ledger);
            if (part == null || !part.speaksOf(base, base + Bucket.IDS - 1) || tail.overlay(part, base, bucket)) {
                continue;
            }
            for (int slot = 0; slot < Bucket.IDS; slot++) {
                int at = tail.find(part, base + slot);
                if (at >= 0) {
                    bucket.slot(slot, tail.segmentId(at), tail.offset(at), tail.length(at));
                } else if (at == Tail.DEAD) {
                    bucket.remove(slot);
                }
            }
        }
    }

    /** Whether a failure of the index means that it was closed. */
    public static boolean isClosed(IndexException e) {
        return e.kind() == IndexException.Kind.CLOSED;
    }
}
