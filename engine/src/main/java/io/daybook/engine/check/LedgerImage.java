package io.daybook.engine.check;

import io.daybook.engine.ledger.Ledger;
import io.daybook.engine.ledger.LedgerState;
import io.daybook.engine.ledger.Ledgers;
import io.daybook.engine.ledger.LedgersAsOf;
import io.daybook.engine.ledger.Publication;
import io.daybook.engine.ledger.RecordApplier;
import io.daybook.engine.ledger.SegmentTally;
import io.daybook.engine.read.Bucket;
import io.daybook.engine.read.IdWindow;
import io.daybook.engine.read.View;
import io.daybook.index.LedgerRow;
import io.daybook.index.Location;
import io.daybook.index.LocationIndex;
import io.daybook.journal.Frame;
import io.daybook.journal.JournalOpening;
import java.io.IOException;
import java.util.Arrays;
import java.util.Objects;
import java.util.function.LongPredicate;

/**
 * Ledgers and locations as an index and the records behind its checkpoint give them, or all records alone; in memory and for
 * looking only. <b>Confined to one thread.</b>
 */
public final class LedgerImage {
    private static final int TAIL_ENTRIES = 256 << 10;

    private final Ledgers ledgers = new Ledgers();
    private final View view;

    /** Hands out records in the order of their LSNs. */
    @FunctionalInterface
    public interface Records {
        /** Those above an LSN. */
        void replay(long afterLsn, JournalOpening.Visitor visitor) throws IOException;
    }

    /** Takes the place of an entry. */
    @FunctionalInterface
    public interface EntryVisitor {
        /** Entries come in ascending order. */
        void entry(long entryId, Location location) throws IOException;
    }

    private LedgerImage(LocationIndex index) {
        view = new View(index, TAIL_ENTRIES, new Publication());
    }

    /** What an index says, and the records behind its checkpoint. */
    static LedgerImage of(LocationIndex index, long checkpointLsn, JournalOpening journal, LongPredicate wanted)
            throws IOException {
        LedgerImage image = new LedgerImage(index);
        image.ledgers.load(index.ledgers().stream()
                .filter(row -> wanted.test(row.ledgerId()))
                .toList());
        image.replay(new LedgersAsOf(0), checkpointLsn, records(journal, (done, total) -> {}), wanted);
        return image;
    }

    /** What an index says, and the records behind its checkpoint, wherever they come from. */
    public static LedgerImage of(LocationIndex index, long checkpointLsn, Records records) throws IOException {
        LedgerImage image = new LedgerImage(index);
        image.ledgers.load(index.ledgers());
        image.replay(new LedgersAsOf(0), checkpointLsn, records, ledgerId -> true);
        return image;
    }

    /** What dropped segments left, and all records, wherever they come from. */
    public static LedgerImage replayed(LocationIndex empty, LedgersAsOf dropped, Records records) throws IOException {
        LedgerImage image = new LedgerImage(empty);
        image.replay(dropped, 0, records, ledgerId -> true);
        return image;
    }

    private static Records records(JournalOpening journal, JournalOpening.Progress progress) {
        return (afterLsn, visitor) -> journal.replay(afterLsn, visitor, progress);
    }

    /** What all segments say. */
    static LedgerImage replayed(
            LocationIndex empty, JournalOpening journal, LongPredicate wanted, JournalOpening.Progress progress)
            throws IOException {
        LedgerImage image = new LedgerImage(empty);
        LedgersAsOf dropped = new LedgersAsOf(journal.ledgersAsOfLsn());
        journal.ledgers((ledgerId, state) -> {
            if (wanted.test(ledgerId)) {
                dropped.add(LedgerState.decode(ledgerId, state));
            }
        });
        image.replay(dropped, 0, records(journal, progress), wanted);
        return image;
    }

    private void replay(LedgersAsOf dropped, long afterLsn, Records records, LongPredicate wanted) throws IOException {
        RecordApplier applier = new RecordApplier(ledgers, view, new SegmentTally(), new Publication());
        applier.beginWith(dropped);
        records.replay(afterLsn, record -> apply(applier, record, wanted));
        applier.endReplay();
    }

    private void apply(RecordApplier applier, Frame.Cursor record, LongPredicate wanted) {
        if (wanted.test(record.ledgerId())) {
            applier.apply(record, null);
            if (applier.active().isFull(Long.MAX_VALUE)) {
                view.replaceActive();
            }
        }
    }

    /** Returns the ledgers that exist, ascending. */
    public long[] ledgerIds() {
        return ledgers.committedIds();
    }

    /** Returns the state of a ledger that exists. */
    public LedgerRow row(long ledgerId) {
        return ledgers.committed(ledgerId).row();
    }

    /** Hands out where the entries of a ledger are. */
    public void visit(long ledgerId, EntryVisitor visitor) throws IOException {
        Ledger ledger = ledgers.committed(ledgerId);
        Bucket bucket = new Bucket();
        long at = Math.max(0, ledger.first());
        while (at >= 0 && at <= ledger.last()) {
            view.bucket(ledger, at, bucket);
            long base = Bucket.base(at);
            boolean any = false;
            for (int slot = 0; slot < Bucket.IDS; slot++) {
                long entryId = base + slot;
                if (bucket.has(slot) && entryId >= ledger.first() && entryId <= ledger.last()) {
                    any = true;
                    visitor.entry(entryId, bucket.location(slot));
                }
            }
            at = base + Bucket.IDS;
            if (!any && at >= 0 && at <= ledger.last()) {
                at = view.ceiling(ledger, at, new IdWindow());
            }
        }
    }

    /** How this image differs from another one in a ledger, null: in nothing that a reader could see. */
    String difference(LedgerImage other, long ledgerId) {
        Ledger mine = ledgers.committed(ledgerId);
        Ledger theirs = other.ledgers.committed(ledgerId);
        if (mine == null || theirs == null) {
            return mine == theirs ? null : mine == null ? "is not there" : "should not be there";
        }
        // Not the generation: where a ledger began in a record that became void, a replay begins it in the next one.
        LedgerRow row = mine.row();
        LedgerRow truth = theirs.row();
        String state = difference("fenced", row.fenced(), truth.fenced());
        state = state != null ? state : difference("last entry", row.lastEntryId(), truth.lastEntryId());
        state = state != null ? state : difference("first entry", row.firstEntryId(), truth.firstEntryId());
        state = state != null ? state : difference("entries", row.entryCount(), truth.entryCount());
        state = state != null ? state : difference("bytes", row.bytes(), truth.bytes());
        state = state != null ? state : difference("next entry", row.nextEntryId(), truth.nextEntryId());
        state = state != null ? state : difference("trim bound", row.trimBound(), truth.trimBound());
        state = state != null
                ? state
                : difference("last add confirmed", row.lastAddConfirmed(), truth.lastAddConfirmed());
        if (state == null && !Arrays.equals(row.metadata(), truth.metadata())) {
            state = "has other metadata";
        }
        return state != null ? state : locations(mine, other, theirs);
    }

    private static String difference(String what, Object found, Object truth) {
        return Objects.equals(found, truth) ? null : what + " is " + found + ", the segments say " + truth;
    }

    private String locations(Ledger mine, LedgerImage other, Ledger theirs) {
        Bucket found = new Bucket();
        Bucket truth = new Bucket();
        long at = Math.max(0, mine.first());
        while (at >= 0 && at <= mine.last()) {
            view.bucket(mine, at, found);
            other.view.bucket(theirs, at, truth);
            long base = Bucket.base(at);
            boolean any = false;
            for (int slot = 0; slot < Bucket.IDS; slot++) {
                long entryId = base + slot;
                if (entryId < mine.first() || entryId > mine.last()) {
                    continue;
                }
                any |= found.has(slot);
                if (!Objects.equals(found.location(slot), truth.location(slot))) {
                    return "entry " + entryId + " is found at " + found.location(slot) + ", the segments have it at "
                            + truth.location(slot);
                }
            }
            at = base + Bucket.IDS;
            if (!any && at >= 0 && at <= mine.last()) {
                at = next(mine, other, theirs, at);
            }
        }
        return null;
    }

    /** The next id that either of them has. */
    private long next(Ledger mine, LedgerImage other, Ledger theirs, long from) {
        long found = view.ceiling(mine, from, new IdWindow());
        long truth = other.view.ceiling(theirs, from, new IdWindow());
        return found < 0 ? truth : truth < 0 ? found : Math.min(found, truth);
    }
}
