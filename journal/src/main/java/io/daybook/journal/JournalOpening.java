package io.daybook.journal;

import io.daybook.storage.Storage;
import io.daybook.storage.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongConsumer;
import java.util.stream.Collectors;

/**
 * A journal between its recovery and its first append: what was found can be replayed into an index, then it {@link #start}s.
 * <b>Confined to one thread.</b>
 */
public final class JournalOpening {
    /** Each writing open continues so far behind the highest LSN it found, so that no LSN of which anything is left is given again. */
    public static final long LSN_STEP = 1L << 32;

    /** A thread is not worth its while for less. */
    private static final long AHEAD_BYTES_MIN = 16L << 20;

    private final SegmentCatalog catalog;
    private final SegmentDirectory directory;
    private final JournalRecovery.Result recovery;
    private final List<SegmentEntry> segments;
    private final SecureRandom random;
    private final boolean readOnly;
    private final boolean fresh;
    private final long hiddenRecords;
    /** Of the segments that were open, until they are replayed. */
    private final Map<Long, ByteBuffer> contents;

    private JournalOpening(
            SegmentCatalog catalog,
            SegmentDirectory directory,
            JournalRecovery.Result recovery,
            List<SegmentEntry> segments,
            SecureRandom random,
            boolean readOnly,
            boolean fresh,
            long hiddenRecords,
            Map<Long, ByteBuffer> contents) {
        this.catalog = catalog;
        this.directory = directory;
        this.recovery = recovery;
        this.segments = segments;
        this.random = random;
        this.readOnly = readOnly;
        this.fresh = fresh;
        this.hiddenRecords = hiddenRecords;
        this.contents = contents;
    }

    /** Takes a record of a replay. */
    @FunctionalInterface
    public interface Visitor {
        /** The cursor stands on the record. */
        void record(Frame.Cursor record) throws IOException;
    }

    /** Takes the records of a frame in a replay. */
    @FunctionalInterface
    public interface FrameVisitor {
        /** The cursor stands before the first record that is wanted. */
        void frame(Frame.Cursor records) throws IOException;
    }

    /** Takes the state of a ledger. */
    @FunctionalInterface
    public interface LedgerVisitor {
        /** As it was encoded by {@link SegmentReclaim#drop}'s caller. */
        void ledger(long ledgerId, byte[] state) throws IOException;
    }

    /** Told how far a replay is. */
    @FunctionalInterface
    public interface Progress {
        /** So many bytes of so many. */
        void progress(long done, long total);
    }

    /** Makes the journal of a new store; durable on return. */
    public static JournalOpening create(Storage root, Storage journalDirectory, StoreId store, SecureRandom random)
            throws IOException {
        SegmentCatalog catalog = SegmentCatalog.create(root, store, random);
        return new JournalOpening(
                catalog,
                new SegmentDirectory(journalDirectory, store),
                new JournalRecovery.Result(0, Long.MAX_VALUE, 0, 0, 0),
                List.of(),
                random,
                false,
                true,
                0,
                new HashMap<>());
    }

    /** Whether a store's manifest is here. */
    public static boolean exists(Storage root) throws IOException {
        return SegmentCatalog.exists(root);
    }

    /** Returns the id of the store whose manifest is here. */
    public static StoreId storeId(Storage root) throws IOException {
        return SegmentCatalog.load(root, true).store();
    }

    /** Returns the number of the last change of the manifest that is here. */
    public static long manifestSequence(Storage root) throws IOException {
        return SegmentCatalog.load(root, true).sequence();
    }

    /** Returns a random store id. */
    public static StoreId newStoreId(SecureRandom random) {
        return StoreId.random(random);
    }

    /**
     * Recovers the journal of a store for writing.
     *
     * @throws JournalException if it is damaged: nothing was changed
     */
    public static JournalOpening recover(Storage root, Storage journalDirectory, SecureRandom random)
            throws IOException {
        SegmentCatalog catalog = SegmentCatalog.load(root, false);
        SegmentDirectory directory = new SegmentDirectory(journalDirectory, catalog.store());
        try {
            JournalRecovery recovery = new JournalRecovery(catalog, directory, random);
            JournalRecovery.Result result = recovery.recover();
            List<SegmentEntry> segments = JournalRecovery.byLsn(catalog.segments());
            return new JournalOpening(
                    catalog, directory, result, segments, random, false, false, 0, recovery.contents());
        } catch (Throwable e) {
            catalog.close();
            throw e;
        }
    }

    /** Opens for reading only, perhaps beside a writer; shows what a durable watermark covers. */
    public static JournalOpening readOnly(Storage root, Storage journalDirectory, SecureRandom random)
            throws IOException {
        SegmentCatalog catalog = SegmentCatalog.load(root, true);
        SegmentDirectory directory = new SegmentDirectory(journalDirectory, catalog.store());
        List<Long> hidden = new ArrayList<>();
        JournalRecovery recovery = new JournalRecovery(catalog, directory, random);
        List<SegmentEntry> view = recovery.readOnlyView(hidden);
        long last = catalog.lastLsn();
        for (SegmentEntry entry : catalog.segments()) {
            last = Math.max(last, entry.lastLsn());
        }
        for (SegmentEntry entry : view) {
            last = Math.max(last, entry.lastLsn());
        }
        return new JournalOpening(
                catalog,
                directory,
                new JournalRecovery.Result(last, Long.MAX_VALUE, 0, 0, 0),
                view,
                random,
                true,
                false,
                hidden.get(0),
                recovery.contents());
    }

    /**
     * Looks whether a writer has given a segment back since this was opened for reading.
     *
     * @throws JournalException if one was: what was read of it, or where its entries lie, is of no use any more
     */
    public void checkStillListed(Storage root) throws IOException {
        SegmentCatalog now = SegmentCatalog.load(root, true);
        for (SegmentEntry entry : segments) {
            SegmentEntry listed = now.segment(entry.id());
            if (listed == null || listed.nonce() != entry.nonce()) {
                throw JournalException.damaged(
                        directory.path(entry.id()), entry.id(), 0, "segment was given back while the store was opened");
            }
        }
    }

    /** Returns the LSN as of which dropped segments left the state of all ledgers, 0: none was dropped. */
    public long ledgersAsOfLsn() {
        SegmentEntry table = LedgerTable.newest(catalog.segments());
        return table == null ? 0 : LedgerTable.asOfLsn(table);
    }

    /**
     * Hands out the state of every ledger as of {@link #ledgersAsOfLsn}; does nothing where no segment was dropped.
     *
     * @throws JournalException if it is damaged
     */
    public void ledgers(LedgerVisitor visitor) throws IOException {
        SegmentEntry table = LedgerTable.newest(catalog.segments());
        if (table != null) {
            LedgerTable.read(directory, table, visitor::ledger);
        }
    }

    /** Whether the store is new. */
    public boolean isFresh() {
        return fresh;
    }

    /** Returns the id of the store. */
    public StoreId storeId() {
        return catalog.store();
    }

    /** Returns the highest LSN recovered. */
    public long lastLsn() {
        return recovery.lastLsn();
    }

    /** Returns the first LSN that was written again by the recovery, {@link Long#MAX_VALUE}: none. */
    public long copiedFromLsn() {
        return recovery.copiedFromLsn();
    }

    /** Returns a line for the log. */
    public String summary() {
        return segments.size() + " segments, last LSN " + recovery.lastLsn() + ", " + recovery.scannedBytes()
                + " bytes of unsealed frames read, " + recovery.copiedFrames() + " frames written again, "
                + recovery.tornBytes() + " torn bytes cut"
                + (readOnly ? ", " + hiddenRecords + " records not shown" : "");
    }

    /** Returns bytes behind the valid end that had begun a frame. */
    public long tornBytes() {
        return recovery.tornBytes();
    }

    /** Returns the number that what is written to an index of this journal now must carry; it changes once at most, to a newer one. */
    public long incarnation() {
        return catalog.listedIncarnation().number();
    }

    /**
     * Whether an index that speaks up to an LSN in an incarnation belongs to this journal's past.
     *
     * @param incarnation as in its checkpoint
     * @param lsn as in its checkpoint
     */
    public boolean knows(long incarnation, long lsn) {
        return catalog.knows(incarnation, lsn, recovery.lastLsn());
    }

    /** As below, record by record with its payload; every frame is read and checked, on the calling thread. */
    public long replay(long afterLsn, Visitor visitor, Progress progress) throws IOException {
        return replay(
                afterLsn,
                records -> {
                    while (records.next()) {
                        visitor.record(records);
                    }
                },
                progress,
                new Reading(false, false));
    }

    /**
     * How much a replay reads, and how.
     *
     * @param headersSuffice whether of payloads only those of METADATA are wanted: then the contents of sealed segments are read in place of
     *     their frames, whose bytes are not looked at
     * @param ahead whether a second thread reads and checks frames ahead
     */
    public record Reading(boolean headersSuffice, boolean ahead) {}

    /**
     * Hands out every record above an LSN, in LSN order; each byte that is read is checked before.
     *
     * @param afterLsn records up to here are skipped, 0: none
     * @param visitor takes them, frame by frame
     * @param progress told now and then
     * @param reading how much is read
     * @return records handed out
     * @throws JournalException if something is damaged
     */
    public long replay(long afterLsn, FrameVisitor visitor, Progress progress, Reading reading) throws IOException {
        long total = 0;
        List<SegmentEntry> wanted = new ArrayList<>();
        for (SegmentEntry entry : segments) {
            if (entry.lastLsn() > afterLsn) {
                wanted.add(entry);
                total += entry.validEnd();
            }
        }
        wanted.sort(Comparator.comparingLong(SegmentEntry::firstLsn));
        long done = 0;
        long records = 0;
        ByteBuffer[] buffers = null;
        ContentsReader byContents = null;
        if (reading.headersSuffice()) {
            // Of the others nobody will ask.
            Set<Long> ids = wanted.stream().map(SegmentEntry::id).collect(Collectors.toSet());
            contents.keySet().retainAll(ids);
        }
        for (SegmentEntry entry : wanted) {
            long doneBefore = done;
            long all = total;
            try (StorageFile file = directory.open(entry)) {
                LongConsumer told = offset -> progress.progress(doneBefore + offset, all);
                int block = directory.blockBytes(file);
                ByteBuffer read = reading.headersSuffice() ? contents(entry, file) : null;
                if (buffers == null && read == null && reading.ahead() && total - done >= AHEAD_BYTES_MIN) {
                    buffers = ScanAhead.buffers();
                }
                if (read != null) {
                    byContents = byContents == null ? new ContentsReader() : byContents;
                    byContents.start(
                            read,
                            entry,
                            block,
                            (from, lsn) -> new FrameScan(file, entry, block, from, entry.validEnd(), lsn));
                    records += replaySegment(entry, byContents, afterLsn, visitor, told);
                } else if (buffers == null) {
                    FrameScan scan = new FrameScan(file, entry, block, block, entry.validEnd(), entry.firstLsn());
                    records += replaySegment(entry, scan, afterLsn, visitor, told);
                } else {
                    try (ScanAhead scan = new ScanAhead(file, entry, block, buffers)) {
                        records += replaySegment(entry, scan, afterLsn, visitor, told);
                    }
                }
            }
            done += entry.validEnd();
            progress.progress(done, total);
        }
        return records;
    }

    /** What the frames of a segment hold, without reading them; null: they must be read. */
    private ByteBuffer contents(SegmentEntry entry, StorageFile file) {
        ByteBuffer found = contents.remove(entry.id());
        return found != null || entry.footerBytes() == 0
                ? found
                : SegmentContents.read(file, entry, directory.path(entry.id()));
    }

    private long replaySegment(
            SegmentEntry entry, CheckedFrames frames, long afterLsn, FrameVisitor visitor, LongConsumer progress)
            throws IOException {
        Frame.Cursor cursor = new Frame.Cursor();
        long records = 0;
        long told = 0;
        long last = 0;
        while (frames.next()) {
            last = frames.lastLsn();
            if (last > afterLsn) {
                frames.rewind(cursor);
                cursor.skipTo(afterLsn);
                records += last - cursor.lsn();
                visitor.frame(cursor);
            }
            if (frames.offset() - told >= (16 << 20)) {
                told = frames.offset();
                progress.accept(told);
            }
        }
        if (frames.fault() != null || last != entry.lastLsn()) {
            throw JournalException.damaged(
                    directory.path(entry.id()),
                    entry.id(),
                    frames.fault() != null ? frames.faultOffset() : entry.validEnd(),
                    (frames.fault() != null ? frames.fault() : "segment ends at LSN " + last)
                            + "; it was durable, LSN up to " + entry.lastLsn() + " are affected");
        }
        return records;
    }

    /**
     * Begins to take appends.
     *
     * @param options settings
     * @param sink told of every frame
     * @param listener told of measurements
     * @param clock monotonic
     * @param wakeups of the threads that will do the work
     */
    public Journal start(
            JournalOptions options,
            FrameSink sink,
            JournalListener listener,
            JournalClock clock,
            Journal.Wakeups wakeups) {
        return new Journal(
                catalog,
                directory,
                segments,
                options,
                sink,
                listener,
                clock,
                wakeups,
                random,
                recovery.lastLsn(),
                recovery.lastLsn() + LSN_STEP);
    }

    /** Gives up without starting. */
    public void close() throws IOException {
        catalog.close();
    }
}
