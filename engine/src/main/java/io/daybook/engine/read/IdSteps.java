package io.daybook.engine.read;

import io.daybook.engine.NoSuchLedgerException;
import io.daybook.engine.ledger.Ledger;
import io.daybook.index.Location;

/**
 * Goes over the ids of a ledger in order, a bucket of 256 at a time: one lookup each where ids are dense, a jump to the next id
 * where they are not. Holds nothing of the engine between calls. <b>Confined to one thread.</b>
 */
final class IdSteps {
    private final ReadPath path;
    private final Ledger ledger;
    private final long last;
    private IdWindow window = new IdWindow();
    private final Bucket bucket = new Bucket();
    private boolean loaded;
    private long base = -1;
    /** How far the ledger reached when the bucket was looked up. */
    private long seenLast;
    /** What was looked up holds while the ledger's number is this. */
    private int seenRemovals;

    private long entryId;
    /** Before the last step. */
    private long before;

    IdSteps(ReadPath path, Ledger ledger, long first, long last) {
        this.path = path;
        this.ledger = ledger;
        this.last = last;
        this.entryId = first - 1;
    }

    /** Moves to the next id that is there; false if there is none now. */
    boolean next() {
        path.checkOpen();
        if (ledger.ended()) {
            throw new NoSuchLedgerException(ledger.id());
        }
        int removals = ledger.removals();
        if (removals != seenRemovals) {
            seenRemovals = removals;
            loaded = false;
            window = new IdWindow();
        }
        before = entryId;
        long at = entryId + 1;
        while (at <= last && at >= 0) {
            long slotBase = Bucket.base(at);
            if (!loaded || base != slotBase || at > seenLast) {
                load(at, slotBase);
            }
            for (int slot = (int) (at - slotBase); slot < Bucket.IDS && slotBase + slot <= last; slot++) {
                if (bucket.has(slot)) {
                    entryId = slotBase + slot;
                    return true;
                }
            }
            loaded = false;
            // From here, not from the bucket's end: what was not in it may have come meanwhile, and is looked up again.
            at = path.ceiling(ledger, at, window);
        }
        return false;
    }

    /** Takes the last step back: the next one is made again. */
    void back() {
        entryId = before;
    }

    private void load(long at, long slotBase) {
        long reach = ledger.last();
        path.bucket(ledger, at, bucket);
        loaded = true;
        base = slotBase;
        seenLast = Math.max(reach, at);
    }

    long entryId() {
        return entryId;
    }

    /** Where the entry is, as of the lookup. */
    Location location() {
        return bucket.location((int) (entryId - base));
    }

    Ledger ledger() {
        return ledger;
    }
}
