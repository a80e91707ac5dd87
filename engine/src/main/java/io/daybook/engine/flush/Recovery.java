package io.daybook.engine.flush;

import io.daybook.engine.ledger.Ledgers;
import io.daybook.engine.ledger.RecordApplier;
import io.daybook.engine.lifecycle.IndexStore;
import io.daybook.engine.read.View;
import io.daybook.index.Checkpoint;
import io.daybook.index.IndexException;
import io.daybook.index.LocationIndex;
import io.daybook.journal.Frame;
import io.daybook.journal.JournalOpening;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NotDirectoryException;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Brings the index and the ledgers to the end of the recovered journal: from the index's checkpoint on, or, where the index does
 * not belong to this journal's past or cannot be read, from the beginning into a fresh one. <b>Confined to one thread.</b>
 */
public final class Recovery {
    private static final System.Logger LOG = System.getLogger(Recovery.class.getName());

    /**
     * What was done.
     *
     * @param records replayed
     * @param rebuilt whether into a fresh index
     * @param reason why it was rebuilt, empty if it was not
     */
    public record Result(long records, boolean rebuilt, String reason) {}

    private Recovery() {}

    /** An index and whether it can be used. */
    public record Usable(LocationIndex index, long checkpointLsn, String unusable) {}

    /** Opens the index and judges it. */
    public static Usable open(IndexStore store, JournalOpening journal) throws IOException {
        Usable found = find(store);
        return found.unusable() != null ? found : judge(found.index(), journal);
    }

    /** Opens the index; whether it belongs to the journal is not known yet. */
    public static Usable find(IndexStore store) throws IOException {
        try {
            return new Usable(store.open(), 0, null);
        } catch (IndexException e) {
            if (e.kind() == IndexException.Kind.DAMAGED || isIncomplete(e)) {
                return new Usable(null, 0, e.getMessage());
            }
            throw e;
        } catch (FileAlreadyExistsException | NotDirectoryException e) {
            return new Usable(null, 0, "in its place is no directory: " + e.getMessage());
        }
    }

    /** Whether an index is one of this journal's past. */
    public static Usable judge(LocationIndex index, JournalOpening journal) {
        try {
            Optional<Checkpoint> checkpoint = index.checkpoint();
            if (checkpoint.isEmpty()) {
                return new Usable(index, 0, journal.lastLsn() == 0 ? null : "it is missing or empty");
            }
            Checkpoint at = checkpoint.get();
            if (at.storeIdHigh() != journal.storeId().high()
                    || at.storeIdLow() != journal.storeId().low()) {
                return new Usable(index, 0, "it belongs to another store");
            }
            if (!journal.knows(at.incarnation(), at.lsn())) {
                return new Usable(index, 0, "its checkpoint " + at.lsn() + " is none of this journal's past");
            }
            if (at.lsn() < journal.ledgersAsOfLsn()) {
                return new Usable(index, 0, "its checkpoint " + at.lsn() + " is older than the segments given back");
            }
            return new Usable(index, at.lsn(), null);
        } catch (IndexException e) {
            return new Usable(index, 0, e.getMessage());
        }
    }

    /** A file that the index names is not there: RocksDB calls that an I/O error, but no second try will find it. */
    private static boolean isIncomplete(IndexException e) {
        return e.kind() == IndexException.Kind.FAILED
                && (e.getMessage().contains("No such file or directory")
                        || e.getMessage().contains("Not a directory"));
    }

    /**
     * How a replay does its work.
     *
     * @param flush whether tails go into the index: not where it may not be written
     * @param threads whether a second thread reads and checks ahead
     * @param tailsMax tails before appends wait: so many are left to the flush thread of the engine
     * @param tailJournalBytes journal bytes of a tail before it is flushed
     */
    public record Means(boolean flush, boolean threads, int tailsMax, long tailJournalBytes) {}

    /** Replays what the index does not hold yet; flushes the oldest tail whenever too many are full. */
    public static long replay(
            JournalOpening journal,
            long afterLsn,
            RecordApplier applier,
            IndexFlusher flusher,
            ReentrantLock applying,
            Means means,
            JournalOpening.Progress progress)
            throws IOException {
        Filling filling = new Filling(applier, flusher, applying, means);
        long records = journal.replay(afterLsn, filling, progress, new JournalOpening.Reading(true, means.threads()));
        applying.lock();
        try {
            applier.endReplay();
        } finally {
            applying.unlock();
        }
        return records;
    }

    /** Fills one tail after the other. */
    private record Filling(RecordApplier applier, IndexFlusher flusher, ReentrantLock applying, Means means)
            implements JournalOpening.FrameVisitor {
        @Override
        public void frame(Frame.Cursor records) {
            boolean full = false;
            applying.lock();
            try {
                while (records.next()) {
                    applier.apply(records, null);
                    if (applier.active().isFull(means.tailJournalBytes()) && !applier.inBatch()) {
                        full = true;
                        flusher.swap();
                    }
                }
            } finally {
                applying.unlock();
            }
            if (full && means.flush()) {
                flushDownTo(means.tailsMax() - 1);
            }
        }

        /** The one that is filled counts too. What finds no room stays in the tails: reading it needs no index. */
        private void flushDownTo(int waiting) {
            try {
                while (flusher.waiting() > waiting && flusher.flushOnce()) {
                    // The oldest.
                }
            } catch (IndexException e) {
                if (e.kind() != IndexException.Kind.NO_SPACE) {
                    throw e;
                }
            }
        }
    }

    /** Loads the rows of an index; an unreadable one is reported as such. */
    public static String load(LocationIndex index, Ledgers ledgers, View view) {
        try {
            ledgers.load(index.ledgers());
            view.index(index);
            return null;
        } catch (IndexException e) {
            LOG.log(System.Logger.Level.WARNING, "index cannot be read", e);
            return e.getMessage();
        }
    }
}
