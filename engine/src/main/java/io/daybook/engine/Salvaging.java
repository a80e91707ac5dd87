package io.daybook.engine;

import io.daybook.engine.StoreTools.Damage;
import io.daybook.engine.StoreTools.Entries;
import io.daybook.engine.StoreTools.Loss;
import io.daybook.engine.StoreTools.Salvage;
import io.daybook.engine.check.IndexCheck;
import io.daybook.engine.check.LedgerImage;
import io.daybook.engine.ledger.LedgerState;
import io.daybook.engine.ledger.LedgersAsOf;
import io.daybook.engine.lifecycle.Environment;
import io.daybook.index.Checkpoint;
import io.daybook.index.IndexException;
import io.daybook.index.LedgerRow;
import io.daybook.index.Location;
import io.daybook.index.LocationIndex;
import io.daybook.journal.Frame;
import io.daybook.journal.JournalException;
import io.daybook.journal.JournalSalvage;
import io.daybook.journal.RecordType;
import io.daybook.journal.SegmentFooter;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Takes out of a damaged store what can be read, and writes it into a new one by the ordinary calls of an engine.
 *
 * <h2>What is believed</h2>
 * The index, where all of it can be read and it is of this store's past: then damage in segments below its checkpoint costs the
 * entries that lie there and nothing else. Else, and above the checkpoint, the records, in the order of their LSNs. A hole in
 * them may hide anything: a footer says which entries were in it, and of which ledgers something else was; without one, every
 * ledger is uncertain, and is said to be.
 *
 * <p><b>Used once, by one thread.</b>
 */
final class Salvaging {
    private static final System.Logger LOG = System.getLogger(StoreTools.class.getName());

    private final Environment source;
    private final JournalSalvage journal;
    private final StoreTools.Progress progress;
    private final List<Damage> places = new ArrayList<>();
    private final List<Loss> losses = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();
    private final Set<String> uncertain = new LinkedHashSet<>();
    /** Entry records read, by segment and ledger, of segments that were replayed. */
    private final Map<Long, Map<Long, Long>> read = new HashMap<>();
    /** Rows of a table of ledgers of which a part is lost. */
    private final Map<Long, LedgerRow> tableRows = new TreeMap<>();

    private LedgerImage image;
    private long ledgers;
    private long entries;
    private long bytes;

    Salvaging(Environment source, JournalSalvage journal, StoreTools.Progress progress) {
        this.source = source;
        this.journal = journal;
        this.progress = progress;
    }

    /** Reads the source and writes to an engine; what is reported. */
    Salvage run(LedgerEngine target) throws IOException {
        Base base = base();
        try (LocationIndex index = base.index()) {
            List<JournalSalvage.Hole> holes = replay(index, base.checkpointLsn());
            notes.addAll(journal.notes());
            for (JournalSalvage.Hole hole : holes) {
                places.add(new Damage(hole.file(), hole.segmentId(), hole.offset(), hole.what()));
            }
            judge(holes);
            write(target);
        }
        return new Salvage(
                ledgers,
                entries,
                bytes,
                List.copyOf(losses),
                List.copyOf(places),
                List.copyOf(uncertain),
                List.copyOf(notes),
                "");
    }

    /** The index that is believed; an empty one and 0 where none is. */
    private record Base(LocationIndex index, long checkpointLsn) {}

    private Base base() throws IOException {
        String why;
        LocationIndex index = null;
        try {
            index = source.index().open();
            Optional<Checkpoint> at = index.checkpoint();
            why = at.isEmpty() ? "it is missing or empty" : unbelievable(index, at.get());
            if (why == null) {
                return new Base(index, at.get().lsn());
            }
        } catch (IndexException | IOException e) {
            why = e.getMessage();
        }
        if (index != null) {
            index.close();
        }
        notes.add("the index was not used: " + why);
        return new Base(new NoIndex(), 0);
    }

    /** Why an index that can be opened is not believed, null: it is. */
    private String unbelievable(LocationIndex index, Checkpoint at) {
        if (at.storeIdHigh() != journal.store().high()
                || at.storeIdLow() != journal.store().low()) {
            return "it belongs to another store";
        }
        if (!journal.knows(at.incarnation(), at.lsn())) {
            return "no manifest says that it is of this store's past";
        }
        if (at.lsn() < journal.ledgersAsOfLsn()) {
            return "it is older than the segments given back";
        }
        List<String> faults = new ArrayList<>();
        new IndexCheck(index, faults::add).checkAlone((done, total) -> progress.progress("index", done, total));
        return faults.isEmpty() ? null : faults.get(0);
    }

    private List<JournalSalvage.Hole> replay(LocationIndex index, long checkpointLsn) throws IOException {
        List<JournalSalvage.Hole> holes = new ArrayList<>();
        LedgerImage.Records records = (afterLsn, visitor) -> holes.addAll(journal.replay(
                afterLsn, this::count, visitor, (done, total) -> progress.progress("segments", done, total)));
        if (checkpointLsn > 0) {
            image = LedgerImage.of(index, checkpointLsn, records);
            return holes;
        }
        Map<Long, LedgerRow> rows = new TreeMap<>();
        boolean whole = journal.ledgers((ledgerId, state) -> rows.put(ledgerId, LedgerState.decode(ledgerId, state)));
        LedgersAsOf dropped = new LedgersAsOf(
                whole ? journal.ledgersAsOfLsn() : 0, what -> notes.add("entries are missing: " + what));
        if (whole) {
            rows.values().forEach(dropped::add);
        } else {
            tableRows.putAll(rows);
            uncertain.add(
                    "all ledgers: what segments that were given back said of them is lost in part, so one that was"
                            + " deleted may be back, and a trim or a fence be gone");
        }
        image = LedgerImage.replayed(index, dropped, records);
        return holes;
    }

    private void count(Frame.Cursor record) {
        if (record.type() == RecordType.ENTRY) {
            read.computeIfAbsent(record.segmentId(), id -> new HashMap<>()).merge(record.ledgerId(), 1L, Long::sum);
        }
    }

    /** What the holes in the records may hide. */
    private void judge(List<JournalSalvage.Hole> holes) throws IOException {
        Map<Long, Long> lostRecords = new TreeMap<>();
        Map<Long, JournalSalvage.Hole> first = new HashMap<>();
        for (JournalSalvage.Hole hole : holes) {
            first.putIfAbsent(hole.segmentId(), hole);
            lostRecords.merge(hole.segmentId(), hole.records() < 0 ? Long.MIN_VALUE / 4 : hole.records(), Long::sum);
        }
        for (Map.Entry<Long, Long> each : lostRecords.entrySet()) {
            List<SegmentFooter.Row> rows = journal.footer(each.getKey());
            JournalSalvage.Hole hole = first.get(each.getKey());
            if (rows == null) {
                uncertain.add("all ledgers: " + (each.getValue() < 0 ? "records" : each.getValue() + " records")
                        + " of LSN " + hole.firstLsn() + " and above are lost in " + hole.file() + " from "
                        + hole.offset() + " on, and nothing says of which ledgers; entries, a delete, a truncation or a"
                        + " fence may be among them");
            } else {
                judge(hole, each.getValue(), rows);
            }
        }
    }

    private void judge(JournalSalvage.Hole hole, long lostRecords, List<SegmentFooter.Row> rows) {
        Map<Long, Long> found = read.getOrDefault(hole.segmentId(), Map.of());
        Map<Long, List<SegmentFooter.Row>> byLedger = new TreeMap<>();
        rows.forEach(row -> byLedger.computeIfAbsent(row.ledgerId(), id -> new ArrayList<>())
                .add(row));
        long lostEntries = 0;
        for (Map.Entry<Long, List<SegmentFooter.Row>> each : byLedger.entrySet()) {
            long said = 0;
            long lowest = Long.MAX_VALUE;
            long highest = -1;
            for (SegmentFooter.Row row : each.getValue()) {
                said += row.entries();
                lowest = row.entries() > 0 ? Math.min(lowest, row.firstEntryId()) : lowest;
                highest = Math.max(highest, row.lastEntryId());
            }
            long missing = said - found.getOrDefault(each.getKey(), 0L);
            if (missing > 0) {
                lostEntries += missing;
                losses.add(new Loss(
                        new Entries(each.getKey(), lowest, highest),
                        missing,
                        hole.file(),
                        hole.offset(),
                        hole.what() + "; of entries in this range so many records are lost"));
            }
        }
        if (lostRecords == lostEntries) {
            return;
        }
        for (Map.Entry<Long, List<SegmentFooter.Row>> each : byLedger.entrySet()) {
            if (each.getValue().stream().anyMatch(SegmentFooter.Row::state)) {
                uncertain.add("ledger " + each.getKey()
                        + ": a delete, truncation, trim, fence or other change of it may be lost in " + hole.file());
            }
        }
    }

    private void write(LedgerEngine target) throws IOException {
        long[] ids = image.ledgerIds();
        Writer writer = new Writer(target);
        long done = 0;
        for (long ledgerId : ids) {
            writer.ledger(merged(image.row(ledgerId), tableRows.remove(ledgerId)), true);
            progress.progress("ledgers", ++done, ids.length);
        }
        for (LedgerRow row : tableRows.values()) {
            writer.ledger(row, false);
        }
        writer.end();
    }

    /** A row, with what a damaged table says besides. */
    private static LedgerRow merged(LedgerRow row, LedgerRow table) {
        return table == null
                ? row
                : new LedgerRow(
                        row.ledgerId(),
                        row.generation(),
                        row.fenced() || table.fenced(),
                        Math.max(row.lastAddConfirmed(), table.lastAddConfirmed()),
                        Math.max(row.trimBound(), table.trimBound()),
                        row.firstEntryId(),
                        row.lastEntryId(),
                        row.entryCount(),
                        row.bytes(),
                        Math.max(row.nextEntryId(), table.nextEntryId()),
                        row.metadata() != null ? row.metadata() : table.metadata());
    }

    /** Writes ledgers by the calls that anyone has. */
    private final class Writer {
        private final LedgerEngine target;
        private final AtomicReference<Throwable> failure = new AtomicReference<>();

        Writer(LedgerEngine target) {
            this.target = target;
        }

        void ledger(LedgerRow row, boolean known) throws IOException {
            long ledgerId = row.ledgerId();
            long[] written = {0, -1};
            if (row.metadata() != null) {
                add(target.putMetadata(ledgerId, Unpooled.wrappedBuffer(row.metadata())));
            }
            if (known) {
                image.visit(ledgerId, (entryId, location) -> {
                    if (entryId >= row.trimBound() && entry(ledgerId, entryId, location)) {
                        written[0]++;
                        written[1] = entryId;
                    }
                });
            }
            // The id that comes next, also where the last entries are lost: nobody may get an id that was given before.
            boolean dummy = written[1] + 1 < row.nextEntryId() && row.nextEntryId() <= Ids.ENTRY_MAX;
            if (dummy || (written[0] == 0 && row.metadata() == null)) {
                long id = Math.min(row.nextEntryId(), Ids.ENTRY_MAX);
                add(target.appendRecovery(ledgerId, id, Unpooled.EMPTY_BUFFER));
                add(target.truncateAfter(ledgerId, id - 1));
            }
            if (row.trimBound() > 0) {
                add(target.trimBefore(ledgerId, row.trimBound()));
            }
            if (row.lastAddConfirmed() >= 0) {
                add(target.setLastAddConfirmed(ledgerId, row.lastAddConfirmed()));
            }
            if (row.fenced()) {
                add(target.fence(ledgerId));
            }
            ledgers++;
            check();
        }

        private boolean entry(long ledgerId, long entryId, Location location) {
            byte[] entry;
            try {
                entry = journal.read(location.segmentId(), location.offset(), location.length(), ledgerId, entryId);
            } catch (IOException e) {
                lost(ledgerId, entryId, location, e);
                return false;
            }
            add(target.appendRecovery(ledgerId, entryId, Unpooled.wrappedBuffer(entry)));
            entries++;
            bytes += entry.length;
            return true;
        }

        private void lost(long ledgerId, long entryId, Location location, IOException e) {
            String file = e instanceof JournalException damage ? damage.file() : "segment " + location.segmentId();
            Loss last = losses.isEmpty() ? null : losses.get(losses.size() - 1);
            if (last != null
                    && last.file().equals(file)
                    && last.range().ledgerId() == ledgerId
                    && last.range().lastEntryId() + 1 == entryId
                    && last.what().equals(what(e))) {
                Entries more = new Entries(ledgerId, last.range().firstEntryId(), entryId);
                losses.set(losses.size() - 1, new Loss(more, last.entries() + 1, file, last.offset(), last.what()));
            } else {
                losses.add(new Loss(new Entries(ledgerId, entryId, entryId), 1, file, location.offset(), what(e)));
            }
        }

        private static String what(IOException e) {
            return e instanceof JournalException ? "record does not verify" : String.valueOf(e.getMessage());
        }

        private void add(CompletableFuture<?> future) {
            future.whenComplete((done, e) -> {
                if (e != null) {
                    failure.compareAndSet(null, e);
                }
            });
        }

        private void check() {
            Throwable e = failure.get();
            if (e instanceof LedgerException known) {
                throw known;
            }
            if (e != null) {
                throw new EngineFailedException("the new store cannot be written: " + e.getMessage(), e);
            }
        }

        void end() {
            try {
                target.sync().join();
            } catch (CompletionException e) {
                LOG.log(System.Logger.Level.DEBUG, "last sync failed", e);
                failure.compareAndSet(null, e.getCause());
            }
            target.flush();
            check();
        }
    }
}
