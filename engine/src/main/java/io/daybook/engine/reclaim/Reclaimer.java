package io.daybook.engine.reclaim;

import io.daybook.engine.ledger.Ledger;
import io.daybook.engine.ledger.LedgerState;
import io.daybook.engine.ledger.Ledgers;
import io.daybook.index.LedgerRow;
import io.daybook.index.LocationIndex;
import io.daybook.journal.JournalException;
import io.daybook.journal.RecordFormat;
import io.daybook.journal.SegmentFooter;
import io.daybook.journal.SegmentReclaim;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongFunction;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Drops sealed segments in which every entry belongs to a generation that has ended or lies below its ledger's trim bound. They
 * are not read: their footers say which ids they hold.
 *
 * <h2>What makes a segment dead</h2>
 * Nothing but positive evidence, as of the index's checkpoint, to which the segment must lie before: for each row of its footer
 * the index has no such ledger, or one that began behind the segment, or a trim bound above the row's last id. What counts as
 * live bytes plays no part. A truncation in it keeps a segment while its ledger lives and older segments are kept, since
 * entries that it removed may stand there.
 *
 * <h2>What it leaves</h2>
 * The state of all ledgers as of the checkpoint, taken from the index, which is synced before: see
 * {@link SegmentReclaim#drop}. An index from before that LSN is of no use any more and is built anew.
 *
 * <h2>What it costs</h2>
 * For each segment one row is remembered that keeps it alive; only when that one is dead its footer is read again. (The idea of
 * watching one reason at a time is that of the watched literals of SAT solvers.)
 *
 * <p><b>Confined to the flush thread</b>, the only one that writes the index.
 */
public final class Reclaimer {
    private static final System.Logger LOG = System.getLogger(Reclaimer.class.getName());

    /** So many footers are read before the index is flushed again. */
    private static final int FOOTERS_MAX = 8;

    private final SegmentReclaim segments;
    private final Ledgers ledgers;
    private final Supplier<LocationIndex> index;
    private final LongSupplier checkpointLsn;
    private final Listener listener;

    /** By segment: what was found when it was last looked at. */
    private final Map<Long, Look> looks = new HashMap<>();

    /**
     * A look at a segment that was not dropped.
     *
     * @param checkpoint as of which
     * @param reason a row that kept it alive, null: none
     * @param truncated the ledger whose truncation kept it, -1: none
     * @param damaged whether it cannot be read, and so stays
     */
    private record Look(long checkpoint, SegmentFooter.Row reason, long truncated, boolean damaged) {}

    /** Whether dead segments could not be dropped: not to be tried again at once. */
    private boolean refused;

    /** Told of dropped segments. */
    @FunctionalInterface
    public interface Listener {
        /** So many segments with so many bytes. */
        void reclaimed(int segments, long bytes);
    }

    /**
     * A reclaimer.
     *
     * @param checkpointLsn what the index speaks up to
     */
    public Reclaimer(
            SegmentReclaim segments,
            Ledgers ledgers,
            Supplier<LocationIndex> index,
            LongSupplier checkpointLsn,
            Listener listener) {
        this.segments = segments;
        this.ledgers = ledgers;
        this.index = index;
        this.checkpointLsn = checkpointLsn;
        this.listener = listener;
    }

    /**
     * Drops what is dead, after a look at a few footers; false if there was nothing more to look at.
     *
     * @throws IOException the journal must not go on
     */
    public boolean reclaimOnce() throws IOException {
        long checkpoint = checkpointLsn.getAsLong();
        List<SegmentReclaim.Sealed> sealed = segments.sealed();
        List<SegmentReclaim.Sealed> candidates = new ArrayList<>();
        boolean first = true;
        for (SegmentReclaim.Sealed segment : sealed) {
            if (segment.lastLsn() <= checkpoint && mayBeDead(segment, checkpoint, first)) {
                candidates.add(segment);
                if (candidates.size() == FOOTERS_MAX) {
                    break;
                }
            } else {
                first = false;
            }
        }
        refused = false;
        boolean dropped = !candidates.isEmpty() && dropDead(sealed, candidates, checkpoint);
        return dropped || (candidates.size() == FOOTERS_MAX && !refused);
    }

    /**
     * A quick look, by what is committed, which is never less than what the index knows.
     *
     * @param first whether all that is older may be dead too
     */
    private boolean mayBeDead(SegmentReclaim.Sealed segment, long checkpoint, boolean first) {
        Look last = looks.get(segment.id());
        if (last == null) {
            return true;
        }
        if (last.damaged() || last.checkpoint() == checkpoint) {
            return false;
        }
        if (last.reason() != null) {
            return isDead(last.reason(), segment, committed(last.reason().ledgerId()));
        }
        return first || last.truncated() < 0 || committed(last.truncated()) == null;
    }

    private Bounds committed(long ledgerId) {
        Ledger ledger = ledgers.committed(ledgerId);
        return ledger == null ? null : new Bounds(ledger.generation(), ledger.trimBound());
    }

    private boolean dropDead(
            List<SegmentReclaim.Sealed> sealed, List<SegmentReclaim.Sealed> candidates, long checkpoint)
            throws IOException {
        Map<Long, LedgerRow> asOf = new HashMap<>();
        List<SegmentReclaim.Sealed> dead = new ArrayList<>();
        Set<Long> deadIds = new HashSet<>();
        boolean loaded = false;
        for (SegmentReclaim.Sealed segment : candidates) {
            List<SegmentFooter.Row> rows = rows(segment, checkpoint);
            if (rows == null || findReason(segment, rows, checkpoint, this::committed)) {
                continue;
            }
            if (!loaded) {
                index.get().ledgers().forEach(row -> asOf.put(row.ledgerId(), row));
                loaded = true;
            }
            if (findReason(segment, rows, checkpoint, ledgerId -> Bounds.of(asOf.get(ledgerId)))) {
                continue;
            }
            long truncated = truncatedLiving(rows, asOf);
            if (truncated >= 0 && !isFirst(segment, sealed, deadIds)) {
                looks.put(segment.id(), new Look(checkpoint, null, truncated, false));
                continue;
            }
            looks.put(segment.id(), new Look(checkpoint, null, -1, false));
            dead.add(segment);
            deadIds.add(segment.id());
        }
        if (dead.isEmpty()) {
            return false;
        }
        Map<Long, byte[]> table = isComplete(asOf, checkpoint) ? table(asOf) : null;
        if (table == null || !drop(dead, checkpoint, table)) {
            refused = true;
            deadIds.forEach(looks::remove);
            return false;
        }
        long bytes = 0;
        for (SegmentReclaim.Sealed segment : dead) {
            looks.remove(segment.id());
            bytes += segment.bytes();
        }
        listener.reclaimed(dead.size(), bytes);
        return true;
    }

    private boolean drop(List<SegmentReclaim.Sealed> dead, long checkpoint, Map<Long, byte[]> table)
            throws IOException {
        index.get().sync();
        return segments.drop(dead.stream().map(SegmentReclaim.Sealed::id).toList(), checkpoint, table);
    }

    /** Whether the index has every ledger that is known to be as old as its checkpoint: what it lacks would be gone for good. */
    private boolean isComplete(Map<Long, LedgerRow> asOf, long checkpoint) {
        List<Long> missing = new ArrayList<>();
        ledgers.forEachCommitted(ledger -> {
            LedgerRow row = asOf.get(ledger.id());
            if (ledger.generation() <= checkpoint
                    && !ledger.ended()
                    && (row == null || row.generation() != ledger.generation())) {
                missing.add(ledger.id());
            }
        });
        if (!missing.isEmpty()) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "nothing is given back: as of LSN {0} the index lacks ledger {1}",
                    checkpoint,
                    missing.get(0));
        }
        return missing.isEmpty();
    }

    /** Null: it cannot be read, and so is kept. */
    private List<SegmentFooter.Row> rows(SegmentReclaim.Sealed segment, long checkpoint) throws IOException {
        try {
            return segments.rows(segment.id());
        } catch (JournalException e) {
            looks.put(segment.id(), new Look(checkpoint, null, -1, true));
            LOG.log(System.Logger.Level.WARNING, "segment is damaged and therefore kept: {0}", e.getMessage());
            return null;
        } catch (IOException e) {
            looks.put(segment.id(), new Look(checkpoint, null, -1, false));
            LOG.log(System.Logger.Level.WARNING, "segment cannot be read now and is kept: {0}", e.getMessage());
            return null;
        }
    }

    /** What decides whether entries of a ledger live. */
    private record Bounds(long generation, long trimBound) {
        static Bounds of(LedgerRow row) {
            return row == null ? null : new Bounds(row.generation(), row.trimBound());
        }
    }

    private boolean findReason(
            SegmentReclaim.Sealed segment, List<SegmentFooter.Row> rows, long checkpoint, LongFunction<Bounds> ledger) {
        for (SegmentFooter.Row row : rows) {
            if (!isDead(row, segment, ledger.apply(row.ledgerId()))) {
                looks.put(segment.id(), new Look(checkpoint, row, -1, false));
                return true;
            }
        }
        return false;
    }

    private static boolean isDead(SegmentFooter.Row row, SegmentReclaim.Sealed segment, Bounds ledger) {
        return ledger == null
                || ledger.generation() > segment.lastLsn()
                || row.entries() == 0
                || row.lastEntryId() < ledger.trimBound();
    }

    private static long truncatedLiving(List<SegmentFooter.Row> rows, Map<Long, LedgerRow> asOf) {
        for (SegmentFooter.Row row : rows) {
            if (row.truncated() && asOf.containsKey(row.ledgerId())) {
                return row.ledgerId();
            }
        }
        return -1;
    }

    /** Whether all that is older goes too. */
    private static boolean isFirst(SegmentReclaim.Sealed segment, List<SegmentReclaim.Sealed> sealed, Set<Long> dead) {
        for (SegmentReclaim.Sealed other : sealed) {
            if (other.id() == segment.id()) {
                return true;
            }
            if (!dead.contains(other.id())) {
                return false;
            }
        }
        return false;
    }

    /** Null if a ledger's state does not fit into a record. */
    private static Map<Long, byte[]> table(Map<Long, LedgerRow> asOf) {
        Map<Long, byte[]> table = new HashMap<>();
        for (LedgerRow row : asOf.values()) {
            byte[] state = LedgerState.encode(row);
            if (state.length > RecordFormat.PAYLOAD_BYTES_LIMIT) {
                return null;
            }
            table.put(row.ledgerId(), state);
        }
        return table;
    }
}
