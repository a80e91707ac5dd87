package io.daybook.journal;

import io.daybook.storage.NoSpaceException;
import io.daybook.storage.StorageFile;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;

/**
 * Gives segments back in which nothing lives. Which they are is for the caller to say; this keeps the order of steps in which a
 * crash loses nothing: the table of ledgers synced, then one change of the manifest that lists it and retires the segments,
 * and only then are their files free.
 *
 * <p><b>Confined to one thread</b>; beside it appends, reads and seals go on.
 */
public final class SegmentReclaim {
    private static final System.Logger LOG = System.getLogger(SegmentReclaim.class.getName());

    private final SegmentCatalog catalog;
    private final SegmentDirectory directory;
    private final SegmentReaders readers;
    private final FreeFiles free;
    private final JournalSpace space;
    private final SecureRandom random;
    private final BooleanSupplier diskFull;
    private final long keptBytesMin;
    /** Marked in this open: also where the mark could not be written. */
    private final Set<Long> marked = ConcurrentHashMap.newKeySet();

    private final Set<Long> markedDurably = ConcurrentHashMap.newKeySet();

    SegmentReclaim(
            SegmentCatalog catalog,
            SegmentDirectory directory,
            SegmentReaders readers,
            FreeFiles free,
            JournalSpace space,
            SecureRandom random,
            BooleanSupplier diskFull,
            long segmentBytes) {
        this.catalog = catalog;
        this.directory = directory;
        this.readers = readers;
        this.free = free;
        this.space = space;
        this.random = random;
        this.diskFull = diskFull;
        this.keptBytesMin = segmentBytes / 4 * 3;
    }

    /**
     * A segment with a known end.
     *
     * @param id its id
     * @param firstLsn of its first record
     * @param lastLsn of its last record
     * @param bytes of its file
     */
    public record Sealed(long id, long firstLsn, long lastLsn, long bytes) {}

    /** Returns the sealed segments with records of the journal, by first LSN. */
    public List<Sealed> sealed() {
        List<Sealed> sealed = new ArrayList<>();
        for (SegmentEntry entry : JournalRecovery.byLsn(catalog.segments())) {
            if (entry.state() == SegmentEntry.State.SEALED) {
                sealed.add(new Sealed(
                        entry.id(), entry.firstLsn(), entry.lastLsn(), entry.validEnd() + entry.footerBytes()));
            }
        }
        return sealed;
    }

    /**
     * What a sealed segment holds, from its footer; where there is none, as in one that a crash left, every frame is read, and
     * rows then carry the generation -1.
     *
     * @throws JournalException if it cannot be read: it must not be dropped
     */
    public List<SegmentFooter.Row> rows(long segmentId) throws IOException {
        SegmentEntry entry = catalog.segment(segmentId);
        if (entry == null || entry.state() != SegmentEntry.State.SEALED) {
            throw new IllegalArgumentException("segment " + segmentId + " is not sealed: " + entry);
        }
        if (isMarked(segmentId)) {
            throw JournalException.damaged(
                    directory.path(segmentId), segmentId, 0, "segment is marked as damaged and is kept");
        }
        try (StorageFile file = directory.open(entry)) {
            SegmentFooter footer = entry.footerBytes() > 0 ? SegmentFooter.read(file, entry) : null;
            return footer != null ? footer.rows() : scan(file, entry);
        }
    }

    /** A part of the segment cannot be read: it is never dropped, nor its file used again; durable on return. */
    void mark(long segmentId) throws IOException {
        marked.add(segmentId);
        if (!markedDurably.contains(segmentId)) {
            // Again with the next finding if it fails now.
            directory.mark(segmentId);
            markedDurably.add(segmentId);
        }
    }

    boolean isMarked(long segmentId) throws IOException {
        return marked.contains(segmentId) || directory.isMarked(segmentId);
    }

    private List<SegmentFooter.Row> scan(StorageFile file, SegmentEntry entry) throws IOException {
        int block = directory.blockBytes(file);
        FrameScan scan = new FrameScan(file, entry, block, block, entry.validEnd(), entry.firstLsn());
        Map<Long, long[]> ranges = new HashMap<>();
        Set<Long> truncated = new HashSet<>();
        Frame.Cursor cursor = new Frame.Cursor();
        while (scan.next()) {
            scan.rewind(cursor);
            while (cursor.next()) {
                RecordType type = cursor.type();
                if (type == RecordType.SEAL || type == RecordType.VOID) {
                    continue;
                }
                long[] range = ranges.computeIfAbsent(cursor.ledgerId(), id -> new long[] {-1, -1, 0, 0});
                if (type == RecordType.ENTRY) {
                    range[0] = range[2] == 0 ? cursor.entryId() : Math.min(range[0], cursor.entryId());
                    range[1] = Math.max(range[1], cursor.entryId());
                    range[2]++;
                    range[3] += cursor.payloadBytes();
                } else if (type == RecordType.TRUNCATE) {
                    truncated.add(cursor.ledgerId());
                }
            }
        }
        if (scan.fault() != null || scan.end() != entry.validEnd()) {
            throw JournalException.damaged(
                    directory.path(entry.id()),
                    entry.id(),
                    scan.fault() != null ? scan.faultOffset() : scan.end(),
                    (scan.fault() != null ? scan.fault() : "segment ends early") + "; it is kept");
        }
        List<SegmentFooter.Row> rows = new ArrayList<>();
        ranges.forEach((ledgerId, range) -> rows.add(new SegmentFooter.Row(
                ledgerId, -1, range[0], range[1], range[2], range[3], true, truncated.contains(ledgerId))));
        return rows;
    }

    /**
     * Drops segments; durable on return.
     *
     * @param segmentIds sealed ones, in which nothing lives as of {@code asOfLsn}
     * @param asOfLsn at or above their last LSN; an index that speaks up to here is on the device
     * @param rows the state of every ledger as of that LSN, encoded by the caller
     * @return whether it was done: false if the table could not be written or listed, nothing changed then
     * @throws IOException the journal must not go on: what the manifest says is not known
     */
    public boolean drop(List<Long> segmentIds, long asOfLsn, Map<Long, byte[]> rows) throws IOException {
        List<SegmentEntry> before = catalog.segments();
        List<SegmentEntry> changed = new ArrayList<>();
        long droppedUpTo = 1;
        for (SegmentEntry entry : before) {
            if (!entry.isJournal()) {
                droppedUpTo = Math.max(droppedUpTo, LedgerTable.droppedUpTo(entry));
                changed.add(entry.retired());
            }
        }
        Set<Long> recyclable = new HashSet<>();
        for (long id : segmentIds) {
            SegmentEntry entry = catalog.segment(id);
            if (entry == null || entry.state() != SegmentEntry.State.SEALED || entry.lastLsn() > asOfLsn) {
                throw new IllegalArgumentException("segment " + id + " as of LSN " + asOfLsn + ": " + entry);
            }
            droppedUpTo = Math.max(droppedUpTo, entry.lastLsn());
            changed.add(entry.retired());
            if (entry.footerBytes() > 0) {
                // Cut to its length when it was sealed; one that a crash left may have holes.
                recyclable.add(id);
            }
        }
        List<LedgerTable.Row> table = new ArrayList<>(rows.size());
        rows.forEach((ledgerId, state) -> table.add(new LedgerTable.Row(ledgerId, state)));
        SegmentEntry entry = write(table, asOfLsn, droppedUpTo);
        if (entry == null) {
            return false;
        }
        // First: a torn append to the manifest keeps a prefix, and no segment may be retired without the table.
        changed.add(0, entry);
        if (!put(changed)) {
            directory.delete(entry.id());
            return false;
        }
        for (SegmentEntry old : before) {
            if (!old.isJournal()) {
                freed(old.id(), () -> directory.delete(old.id()));
            }
        }
        for (long id : segmentIds) {
            freed(id, () -> {
                boolean unread = readers.remove(id);
                free.give(id, unread && recyclable.contains(id) && !diskFull.getAsBoolean(), keptBytesMin);
            });
        }
        return true;
    }

    /** False: there is no room for it in the manifest, which is as before. */
    private boolean put(List<SegmentEntry> changed) throws IOException {
        for (boolean again = true; ; again = false) {
            try {
                catalog.put(changed);
                return true;
            } catch (NoSpaceException e) {
                if (!again || !space.spend()) {
                    return false;
                }
            }
        }
    }

    /** Null: it could not be written, and nothing is left of it. */
    private SegmentEntry write(List<LedgerTable.Row> table, long asOfLsn, long droppedUpTo) throws IOException {
        for (boolean again = true; ; again = false) {
            SegmentEntry entry = SegmentEntry.ledgers(catalog.allocateSegmentId(), random.nextLong());
            try {
                return LedgerTable.write(directory, entry, table, asOfLsn, droppedUpTo);
            } catch (NoSpaceException e) {
                if (!again || !space.spend()) {
                    return null;
                }
            } catch (IOException e) {
                LOG.log(System.Logger.Level.WARNING, "a table of ledgers was not written, nothing is given back", e);
                return null;
            }
        }
    }

    /** Something done to a file. */
    @FunctionalInterface
    private interface Step {
        void run() throws IOException;
    }

    /** The segment is retired, so what goes wrong with its file now costs space until the next open, nothing else. */
    private static void freed(long segmentId, Step step) {
        try {
            step.run();
        } catch (IOException e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "file of dropped segment " + segmentId + " stays until the next open",
                    e);
        }
    }
}
