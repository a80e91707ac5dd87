package io.daybook.engine.ledger;

import io.daybook.engine.read.Bucket;
import io.daybook.engine.read.IdWindow;
import io.daybook.engine.read.Tail;
import io.daybook.engine.read.View;
import io.daybook.index.Location;
import io.daybook.journal.Frame;
import io.daybook.journal.RecordFormat;
import io.daybook.journal.RecordType;

/**
 * What each type of record means, once: live commits, replay and rebuild all go through here.
 *
 * <p>Records come in LSN order. An id above the ledger's highest is new without a look; one at or below is looked up, which
 * keeps the counts exact. <b>Guarded by the lock of applying.</b>
 */
public final class RecordApplier {
    private final Ledgers ledgers;
    private final View view;
    private final SegmentTally tally;
    private final Publication publication;

    private final Bucket bucket = new Bucket();
    private final Removed removed = new Removed();
    private LedgersAsOf table = new LedgersAsOf(0);
    private boolean inBatch;

    /** With the state that records change. */
    public RecordApplier(Ledgers ledgers, View view, SegmentTally tally, Publication publication) {
        this.ledgers = ledgers;
        this.view = view;
        this.tally = tally;
        this.publication = publication;
    }

    /** Begins a rebuild with what dropped segments left. */
    public void beginWith(LedgersAsOf dropped) {
        table = dropped;
        table.begin(ledgers);
    }

    /** Ends a replay. */
    public void endReplay() {
        table.pass(view);
        tally.endReplay();
    }

    /**
     * Applies a record.
     *
     * @param record the cursor stands on it
     * @param owner its ledger as accepted; null in a replay, where it is found by id
     * @return the ledger it was applied to, null: none
     */
    public Ledger apply(Frame.Cursor record, Ledger owner) {
        RecordType type = record.type();
        boolean together = record.continued() || inBatch || type != RecordType.ENTRY;
        if (together && !inBatch) {
            publication.begin();
        }
        inBatch = record.continued();
        try {
            return applyOne(record, type, owner);
        } catch (Throwable e) {
            // The engine fails; readers must not wait for the rest of the batch.
            inBatch = false;
            throw e;
        } finally {
            if (together && !inBatch) {
                publication.end();
            }
        }
    }

    /** What stood between two records of a batch failed: the engine fails, and readers must not wait for the rest. */
    public void abort() {
        if (inBatch) {
            inBatch = false;
            publication.end();
        }
    }

    private Ledger applyOne(Frame.Cursor record, RecordType type, Ledger owner) {
        if (table.covers(record.lsn())) {
            applyOld(record, type);
            return null;
        }
        table.pass(view);
        view.active().applied(record.lsn(), RecordFormat.bytes(record.payloadBytes()));
        if (type == RecordType.VOID || type == RecordType.SEAL) {
            return null;
        }
        Ledger ledger = owner != null ? owner : ledgers.committed(record.ledgerId());
        if (ledger == null || !ledger.committed()) {
            ledger = begin(record, type, ledger);
            if (ledger == null) {
                return null;
            }
        }
        view.active().touch(ledger);
        if (type == RecordType.ENTRY) {
            entry(ledger, record);
            return ledger;
        }
        tally.state(ledger, record.segmentId(), type == RecordType.TRUNCATE);
        switch (type) {
            case METADATA -> ledger.metadata(record.payload());
            case FENCE -> ledger.fence();
            case LAST_ADD_CONFIRMED -> ledger.confirm(record.entryId());
            case TRUNCATE -> truncate(ledger, record.entryId());
            case TRIM -> trim(ledger, record.entryId());
            case DELETE -> delete(ledger);
            default -> throw new IllegalStateException("record of type " + type);
        }
        return ledger;
    }

    /** A record that is as old as the table of ledgers: only where entries lie is news. */
    private void applyOld(Frame.Cursor record, RecordType type) {
        view.active().applied(record.lsn(), RecordFormat.bytes(record.payloadBytes()));
        Ledger ledger = ledgers.committed(record.ledgerId());
        if (ledger == null || record.lsn() < ledger.generation()) {
            return;
        }
        view.active().touch(ledger);
        if (type == RecordType.ENTRY && record.entryId() >= ledger.trimBound()) {
            entry(ledger, record);
        } else if (type == RecordType.TRUNCATE) {
            truncate(ledger, record.entryId());
        }
    }

    private Ledger begin(Frame.Cursor record, RecordType type, Ledger owner) {
        if (type == RecordType.DELETE) {
            // Its ledger was to begin in a record that turned out void; nothing was there to end.
            return null;
        }
        // Nor need any other change wait for an entry: a fence that was acknowledged holds, though the first append
        // became void.
        Ledger ledger = owner != null ? owner : ledgers.begin(record.ledgerId(), record.lsn());
        ledgers.commit(ledger);
        return ledger;
    }

    private void entry(Ledger ledger, Frame.Cursor record) {
        long entryId = record.entryId();
        int length = record.payloadBytes();
        Location old = null;
        if (entryId <= ledger.last() && entryId >= ledger.first()) {
            old = view.locate(ledger, entryId);
        }
        view.active().put(ledger, entryId, record.segmentId(), record.offset(), length);
        tally.entry(ledger, record.segmentId(), entryId, length);
        if (old == null) {
            ledger.added(entryId, length);
        } else {
            tally.gone(old.segmentId(), ledger, old.length());
            ledger.replaced(old.length(), length);
        }
    }

    private void truncate(Ledger ledger, long lastKept) {
        if (lastKept < ledger.last()) {
            long from = Math.max(Math.max(lastKept + 1, ledger.first()), 0);
            remove(ledger, from, ledger.last());
            long count = ledger.count() - removed.count;
            long last = count == 0 ? Ledger.NONE : ledger.dense() ? lastKept : view.floor(ledger, lastKept);
            publication(ledger, count == 0 ? Ledger.NONE : ledger.first(), last, count, removed.bytes);
        }
        view.active().truncateAfter(ledger, lastKept);
        ledger.truncated(lastKept);
    }

    private void trim(Ledger ledger, long bound) {
        if (ledger.count() > 0 && bound > ledger.first()) {
            long to = Math.min(bound - 1, ledger.last());
            remove(ledger, ledger.first(), to);
            long count = ledger.count() - removed.count;
            long first =
                    count == 0 ? Ledger.NONE : ledger.dense() ? bound : view.ceiling(ledger, bound, new IdWindow());
            publication(ledger, first, count == 0 ? Ledger.NONE : ledger.last(), count, removed.bytes);
        }
        ledger.trimmed(bound);
        view.active().removed();
    }

    private static void publication(Ledger ledger, long first, long last, long count, long removedBytes) {
        ledger.shrunk(first, last, count, ledger.bytes() - removedBytes);
    }

    /** Counts the ids of a range, bucket by bucket, and takes their bytes off the live ones; one range after the other. */
    private final class Removed {
        private Ledger ledger;
        private long count;
        private long bytes;

        // Records of a bucket mostly lie in one segment after the other: one entry in the tally for a run.
        private long runSegment = -1;
        private long runBytes;

        void begin(Ledger of) {
            ledger = of;
            count = 0;
            bytes = 0;
            runSegment = -1;
            runBytes = 0;
        }

        /** Whether any id of the bucket was in the range. */
        boolean bucket(long base, long lowest, long highest) {
            long before = count;
            view.bucket(ledger, base, bucket);
            int to = (int) Math.min(Bucket.IDS - 1L, highest - base);
            for (int slot = (int) Math.max(0, lowest - base); slot <= to; slot++) {
                if (bucket.has(slot)) {
                    count++;
                    remove(bucket.segmentId(slot), bucket.length(slot));
                }
            }
            return count > before;
        }

        private void remove(long segmentId, int length) {
            bytes += length;
            if (segmentId != runSegment) {
                endRun();
                runSegment = segmentId;
            }
            runBytes += length;
        }

        void endRun() {
            if (runBytes > 0) {
                tally.gone(runSegment, ledger, runBytes);
                runBytes = 0;
            }
        }
    }

    /** Leaves in {@link #removed} what was there. */
    private void remove(Ledger ledger, long from, long to) {
        removed.begin(ledger);
        IdWindow window = null;
        long at = from;
        while (at >= 0 && at <= to) {
            long base = Bucket.base(at);
            boolean any = removed.bucket(base, at, to);
            at = base + Bucket.IDS;
            if (!any && at >= 0 && at <= to) {
                window = window == null ? new IdWindow() : window;
                at = view.ceiling(ledger, at, window);
            }
        }
        removed.endRun();
    }

    private void delete(Ledger ledger) {
        ledgers.commitEnd(ledger);
        view.active().delete(ledger);
        view.active().removed();
    }

    /** Whether the last record said that the next one belongs to the same batch. */
    public boolean inBatch() {
        return inBatch;
    }

    /** Returns the tail that is being filled. */
    public Tail active() {
        return view.active();
    }
}
