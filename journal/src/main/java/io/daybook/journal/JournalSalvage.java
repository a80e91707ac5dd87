package io.daybook.journal;

import io.daybook.storage.Storage;
import io.daybook.storage.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * Reads what can be read of a journal that recovery refuses. Changes nothing.
 *
 * <p>Which segments there are, and up to where each is valid, a copy of the manifest says. Where none is whole, the headers of
 * the segment files do, as far as they verify: each carries the store, its id and its nonce. Then nothing says where a recovery
 * has cut, so records behind a cut, which nobody was told of, may be among what is read. Where one copy cannot be read and the
 * other one ends in a fault, that one is taken, and headers for the segments that are newer than what it lists.
 *
 * <p><b>Confined to one thread.</b>
 */
public final class JournalSalvage implements AutoCloseable {
    private final SegmentDirectory directory;
    private final StoreId store;
    /** Null: no copy of the manifest is whole. */
    private final SegmentCatalog catalog;

    private final Map<Long, Source> sources = new TreeMap<>();
    private final List<String> notes = new ArrayList<>();
    private final List<Hole> unreadable = new ArrayList<>();

    /** A segment that can be read at least in part. */
    private static final class Source {
        final SegmentEntry entry;
        final StorageFile file;
        final int blockBytes;
        long firstLsn;

        Source(SegmentEntry entry, StorageFile file, int blockBytes) {
            this.entry = entry;
            this.file = file;
            this.blockBytes = blockBytes;
            this.firstLsn = entry.firstLsn();
        }
    }

    /**
     * A place that cannot be read.
     *
     * @param file path of the segment
     * @param segmentId its id
     * @param offset where it begins
     * @param records how many records are lost there, -1: not known
     * @param firstLsn lowest LSN that may be lost
     * @param lastLsn highest LSN that may be lost, {@link Long#MAX_VALUE}: not known
     * @param what what is wrong
     */
    public record Hole(
            String file, long segmentId, long offset, long records, long firstLsn, long lastLsn, String what) {}

    private JournalSalvage(SegmentDirectory directory, StoreId store, SegmentCatalog catalog) {
        this.directory = directory;
        this.store = store;
        this.catalog = catalog;
    }

    /**
     * Opens what is there.
     *
     * @throws IOException also if the manifest could not be opened, be it for want of file descriptors: another try may open it
     */
    public static JournalSalvage open(Storage root, Storage journal) throws IOException {
        SegmentCatalog catalog = null;
        String fault = "";
        try {
            catalog = SegmentCatalog.loadToSalvage(root);
        } catch (JournalException e) {
            if (e.kind() != JournalException.Kind.DAMAGED) {
                throw e;
            }
            fault = e.getMessage();
        }
        StoreId store = catalog != null ? catalog.store() : commonStore(journal);
        JournalSalvage salvage = new JournalSalvage(new SegmentDirectory(journal, store), store, catalog);
        try {
            if (catalog == null) {
                salvage.notes.add(
                        fault + ": the headers of the segment files were taken for it; what a recovery had cut, and"
                                + " segments that were given back and whose files were still there, may be read again");
                salvage.byHeaders(journal, 0);
            } else {
                salvage.byManifest();
                if (!catalog.doubts().isEmpty()) {
                    salvage.notes.add(catalog.doubts()
                            + "the one that can be read was taken as far as it is whole; for newer segments their headers"
                            + " were, so what a recovery had cut since, and segments that were given back since, may be"
                            + " read again");
                    salvage.byHeaders(journal, catalog.nextSegmentId());
                }
            }
            return salvage;
        } catch (Throwable e) {
            salvage.close();
            throw e;
        }
    }

    /** Whether anything is here that a salvage could read. */
    public static boolean isPossible(Storage root, Storage journal) throws IOException {
        if (SegmentCatalog.exists(root)) {
            return true;
        }
        for (String name : journal.list()) {
            if (SegmentFormat.idOf(name).isPresent()) {
                return true;
            }
        }
        return false;
    }

    /** The store that most segment headers name. */
    private static StoreId commonStore(Storage journal) throws IOException {
        Map<StoreId, Integer> seen = new HashMap<>();
        for (String name : journal.list()) {
            ByteBuffer header = SegmentFormat.idOf(name).isPresent() ? header(journal, name) : null;
            if (header != null) {
                seen.merge(
                        new StoreId(
                                header.getLong(SegmentFormat.STORE_OFFSET),
                                header.getLong(SegmentFormat.STORE_OFFSET + Long.BYTES)),
                        1,
                        Integer::sum);
            }
        }
        return seen.entrySet().stream()
                .max(Map.Entry.comparingByValue())
                .map(Map.Entry::getKey)
                .orElseThrow(() -> JournalException.damaged(
                        journal.description(),
                        -1,
                        0,
                        "neither a copy of the manifest nor the header of a segment is whole: nothing says how"
                                + " to read"));
    }

    /** A header that verifies, null: none. */
    private static ByteBuffer header(Storage journal, String name) throws IOException {
        try (StorageFile file = new PatientFile(journal.open(name, Storage.Access.READ))) {
            ByteBuffer block = ByteBuffer.allocate(SegmentFormat.HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
            boolean whole = file.readFully(block, 0) == SegmentFormat.HEADER_BYTES
                    && block.getLong(SegmentFormat.MAGIC_OFFSET) == SegmentFormat.MAGIC
                    && block.getInt(SegmentFormat.CRC_OFFSET) == Checksums.of(block, 0, SegmentFormat.CRC_OFFSET);
            return whole ? block : null;
        }
    }

    private void byManifest() throws IOException {
        for (SegmentEntry entry : catalog.segments()) {
            String name = SegmentFormat.name(entry.id());
            if (!directory.storage().exists(name)) {
                lost(entry, 0, "listed segment is missing");
                continue;
            }
            StorageFile file = new PatientFile(directory.storage().open(name, Storage.Access.READ));
            int block = directory.blockBytes();
            try {
                ByteBuffer header =
                        ByteBuffer.allocate(SegmentFormat.HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
                SegmentFormat.check(header, file.readFully(header, 0), entry, store, directory.path(entry.id()));
                block = header.getInt(SegmentFormat.BLOCK_OFFSET);
            } catch (JournalException e) {
                // The manifest has the nonce, too.
                notes.add(e.getMessage() + "; its frames were read with what the manifest says of it");
            }
            sources.put(entry.id(), new Source(entry, file, block));
        }
    }

    private void byHeaders(Storage journal, long idMin) throws IOException {
        for (String name : journal.list()) {
            OptionalLong id = SegmentFormat.idOf(name);
            if (id.isEmpty() || id.getAsLong() < idMin) {
                continue;
            }
            SegmentEntry entry = header(journal, name) == null ? null : directory.probe(id.getAsLong());
            if (entry == null) {
                lost(SegmentEntry.open(id.getAsLong(), 0), 0, "segment has no header of this store that verifies");
                continue;
            }
            StorageFile file = new PatientFile(journal.open(name, Storage.Access.READ));
            sources.put(entry.id(), new Source(entry, file, directory.blockBytes(file)));
        }
    }

    private void lost(SegmentEntry entry, long offset, String what) {
        boolean known = entry.lastLsn() > 0;
        unreadable.add(new Hole(
                directory.path(entry.id()),
                entry.id(),
                offset,
                known && entry.isJournal() ? entry.lastLsn() - entry.firstLsn() + 1 : -1,
                known ? entry.firstLsn() : 1,
                known ? entry.lastLsn() : Long.MAX_VALUE,
                what));
    }

    /** Returns what could not be done as it should be. */
    public List<String> notes() {
        return List.copyOf(notes);
    }

    /** Returns the id of the store. */
    public StoreId store() {
        return store;
    }

    /** Whether an index may be believed: the manifest lists its incarnation, which reached as far as it does. */
    public boolean knows(long incarnation, long lsn) {
        return catalog != null && catalog.doubts().isEmpty() && catalog.knows(incarnation, lsn, Long.MAX_VALUE);
    }

    private SegmentEntry table() {
        List<SegmentEntry> entries = new ArrayList<>();
        sources.values().forEach(source -> entries.add(source.entry));
        return LedgerTable.newest(entries);
    }

    /** Returns the LSN as of which dropped segments left the state of all ledgers, 0: none was dropped, or nothing says. */
    public long ledgersAsOfLsn() {
        SegmentEntry table = table();
        return table == null ? 0 : LedgerTable.asOfLsn(table);
    }

    /**
     * Hands out the rows of the table of ledgers that can be read.
     *
     * @return whether all of it could be read, and what it speaks as of is known; true where there is none
     */
    public boolean ledgers(JournalOpening.LedgerVisitor visitor) throws IOException {
        SegmentEntry table = table();
        if (table == null) {
            // Where the manifest lists one whose file is not there, that is among the holes.
            return unreadable.stream().noneMatch(hole -> isTable(hole.segmentId()));
        }
        Source source = sources.get(table.id());
        boolean[] whole = {LedgerTable.asOfLsn(table) > 0};
        long tableEnd = table.validEnd() > 0 ? table.validEnd() : source.file.size();
        LenientScan scan = new LenientScan(source.file, table, source.blockBytes, tableEnd, 0, new LenientScan.Sink() {
            @Override
            public void record(Frame.Cursor record) throws IOException {
                if (record.type() == RecordType.LEDGER) {
                    visitor.ledger(record.ledgerId(), record.payload());
                }
            }

            @Override
            public void hole(long offset, long to, long records, long first, long last, String what) {
                whole[0] = false;
                unreadable.add(
                        new Hole(directory.path(table.id()), table.id(), offset, records, 1, Long.MAX_VALUE, what));
            }
        });
        scan.run((offset, lsn) -> table.validEnd() > 0
                || FrameScan.findFrame(source.file, table, source.blockBytes, offset + 1, tableEnd) >= 0);
        return whole[0];
    }

    private boolean isTable(long segmentId) {
        SegmentEntry entry = catalog == null ? null : catalog.segment(segmentId);
        return entry != null && !entry.isJournal();
    }

    /**
     * Hands out every record above an LSN that can be read, in LSN order as far as that can be told.
     *
     * @param all takes every record of the segments that are read, also those up to that LSN
     * @param visitor takes those above it
     * @param progress told now and then
     * @return the places that cannot be read
     */
    public List<Hole> replay(
            long afterLsn, JournalOpening.Visitor all, JournalOpening.Visitor visitor, JournalOpening.Progress progress)
            throws IOException {
        List<Source> ordered = new ArrayList<>();
        long total = 0;
        for (Source source : sources.values()) {
            if (source.entry.isJournal()
                    && firstLsn(source)
                    && !(isSealed(source) && source.entry.lastLsn() <= afterLsn)) {
                ordered.add(source);
                total += source.file.size();
            }
        }
        ordered.sort(Comparator.comparingLong(source -> source.firstLsn));
        List<Hole> holes = new ArrayList<>();
        for (Hole hole : unreadable) {
            if (!isTable(hole.segmentId()) && hole.lastLsn() > afterLsn) {
                holes.add(hole);
            }
        }
        long[] lastLsn = {0};
        long done = 0;
        for (int i = 0; i < ordered.size(); i++) {
            replay(ordered, i, afterLsn, lastLsn, all, visitor, holes);
            done += ordered.get(i).file.size();
            progress.progress(done, total);
        }
        return holes;
    }

    private static boolean isSealed(Source source) {
        return source.entry.state() == SegmentEntry.State.SEALED;
    }

    /** Whether there is any frame in it; its first LSN is then known. */
    private boolean firstLsn(Source source) throws IOException {
        if (source.firstLsn == 0) {
            long frame = FrameScan.findFrame(
                    source.file, source.entry, source.blockBytes, source.blockBytes, source.file.size());
            if (frame < 0) {
                return false;
            }
            ByteBuffer header = ByteBuffer.allocate(FrameFormat.HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
            source.file.readFully(header, frame);
            source.firstLsn = header.getLong(FrameFormat.FIRST_LSN_OFFSET);
        }
        return true;
    }

    private void replay(
            List<Source> ordered,
            int index,
            long afterLsn,
            long[] lastLsn,
            JournalOpening.Visitor all,
            JournalOpening.Visitor visitor,
            List<Hole> holes)
            throws IOException {
        Source source = ordered.get(index);
        SegmentEntry entry = source.entry;
        boolean sealed = isSealed(source);
        long end = Math.min(sealed ? entry.validEnd() : Long.MAX_VALUE, source.file.size());
        long before = sealed ? entry.firstLsn() - 1 : lastLsn[0];
        LenientScan scan = new LenientScan(source.file, entry, source.blockBytes, end, before, new LenientScan.Sink() {
            @Override
            public void record(Frame.Cursor record) throws IOException {
                all.record(record);
                // Frames that a recovery wrote again are there twice.
                if (record.lsn() > afterLsn && record.lsn() > lastLsn[0]) {
                    visitor.record(record);
                }
            }

            @Override
            public void hole(long offset, long to, long records, long first, long last, String what) {
                if (last > afterLsn) {
                    holes.add(new Hole(directory.path(entry.id()), entry.id(), offset, records, first, last, what));
                }
            }
        });
        long stopped = scan.run((offset, lsn) -> sealed || goesOn(ordered, index, offset, lsn));
        if (sealed && stopped < entry.validEnd()) {
            long missing = entry.lastLsn() - scan.lastLsn();
            holes.add(new Hole(
                    directory.path(entry.id()),
                    entry.id(),
                    stopped,
                    Math.max(-1, missing),
                    scan.lastLsn() + 1,
                    entry.lastLsn(),
                    "sealed segment of " + entry.validEnd() + " bytes is cut off"));
        }
        lastLsn[0] = Math.max(lastLsn[0], scan.lastLsn());
    }

    /** As a recovery decides it: something behind proves that what should stand here was durable; else it is a torn tail. */
    private boolean goesOn(List<Source> ordered, int index, long offset, long lsn) throws IOException {
        Source source = ordered.get(index);
        if (FrameScan.findProof(source.file, source.entry, source.blockBytes, offset + 1, lsn + 1) >= 0) {
            return true;
        }
        if (catalog == null) {
            // Where later opens went on, their watermarks say nothing of what an earlier recovery has cut.
            return false;
        }
        for (Source later : ordered.subList(index + 1, ordered.size())) {
            if (later.firstLsn == lsn + 1) {
                return false;
            }
            if (!isSealed(later)
                    && FrameScan.findProof(later.file, later.entry, later.blockBytes, later.blockBytes, lsn + 1) >= 0) {
                return true;
            }
        }
        return false;
    }

    /**
     * What a segment holds, as its footer says.
     *
     * @return its rows, null: it has none that verifies
     */
    public List<SegmentFooter.Row> footer(long segmentId) throws IOException {
        Source source = sources.get(segmentId);
        if (source == null || source.entry.footerBytes() == 0) {
            return null;
        }
        SegmentFooter footer = SegmentFooter.read(source.file, source.entry);
        return footer == null ? null : footer.rows();
    }

    /**
     * Reads an entry at a place.
     *
     * @return its bytes
     * @throws JournalException if it does not stand there, or is damaged
     */
    public byte[] read(long segmentId, long offset, int length, long ledgerId, long entryId) throws IOException {
        Source source = sources.get(segmentId);
        if (source == null) {
            throw JournalException.damaged(
                    directory.path(segmentId), segmentId, 0, "segment is not there or cannot be read");
        }
        ByteBuffer record = ByteBuffer.allocate(RecordFormat.bytes(length)).order(ByteOrder.LITTLE_ENDIAN);
        int read = source.file.readFully(record, offset);
        int word = record.getInt(RecordFormat.WORD_OFFSET);
        ByteBuffer payload = record.duplicate();
        payload.clear().position(RecordFormat.HEADER_BYTES);
        int computed = new RecordChecksum()
                .record(
                        source.entry.nonce(),
                        offset,
                        word,
                        record.getLong(RecordFormat.LEDGER_OFFSET),
                        record.getLong(RecordFormat.ENTRY_OFFSET),
                        payload);
        if (read < record.capacity()
                || computed != record.getInt(RecordFormat.CRC_OFFSET)
                || RecordFormat.payloadBytes(word) != length
                || RecordFormat.typeCode(word) != RecordType.ENTRY.code()
                || record.getLong(RecordFormat.LEDGER_OFFSET) != ledgerId
                || record.getLong(RecordFormat.ENTRY_OFFSET) != entryId) {
            throw JournalException.damaged(directory.path(segmentId), segmentId, offset, "record does not verify");
        }
        byte[] bytes = new byte[length];
        record.get(RecordFormat.HEADER_BYTES, bytes);
        return bytes;
    }

    @Override
    public void close() throws IOException {
        IOException failure = null;
        for (Source source : sources.values()) {
            try {
                source.file.close();
            } catch (IOException e) {
                failure = e;
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
