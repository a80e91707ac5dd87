package io.daybook.journal;

import io.daybook.storage.NoSpaceException;
import io.daybook.storage.Storage;
import io.daybook.storage.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.FileSystemException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeMap;

/**
 * Which segments make up the store: the manifest, in memory and in two synced copies. What is not listed here is never read;
 * what is listed and missing is refused.
 *
 * <p>A change is appended to both copies and synced before the method returns. A copy that is found shorter than the other,
 * damaged or missing is written anew from the other at the next writing open, as a snapshot that replaces it by rename.
 *
 * <p>A change that finds no room ({@link NoSpaceException}) did not happen: what was appended to either copy is cut off again,
 * durably, before the caller is told, so that he may undo what the change was about. Any other failure is the last change.
 *
 * <p><b>Thread-safe.</b> Changes block on two syncs, so they happen on the housekeeping thread or at open and close.
 */
final class SegmentCatalog {

    /**
     * A number that is renewed when bytes were cut or written again, so that an index knows which past it belongs to.
     *
     * @param number random
     * @param beganAfterLsn up to here the past was left as it was when it began: what an older index holds above it never was,
     *     or lies elsewhere since
     */
    record Incarnation(long number, long beganAfterLsn) {}

    private static final int COMPACT_RECORDS = 4096;

    /** {@link #append} gives the sequence number. */
    private static final long UNNUMBERED = 0;

    private final Storage root;
    private final boolean readOnly;
    private final StoreId store;
    private final TreeMap<Long, SegmentEntry> segments = new TreeMap<>();
    private final List<Incarnation> incarnations = new ArrayList<>();
    /** So many of them are in both copies. */
    private int listedIncarnations;

    private long sequence;
    private long nextSegmentId = 1;
    private long lastLsn;
    private int recordsSinceSnapshot;
    /** Why a change failed: there must be no other. */
    private Throwable broken;
    /** Whether the copies must be written anew before anything is appended to them. */
    private boolean snapshotDue;
    /** What was wrong with a copy when it was read; empty: nothing. */
    private String faults = "";
    /** As {@link #doubts}. */
    private String doubts = "";
    /**
     * Whether the copies did not say the same. The second one is written when the first one is durable, so where it says less
     * that may not be so: what was read may stand in a page cache only.
     */
    private boolean uncertain;

    /** Why one of the copies could not be read when this was loaded, null: both were, or one is not there. */
    private IOException unread;

    private final StorageFile[] files = new StorageFile[Manifest.NAMES.length];
    private final long[] ends = new long[Manifest.NAMES.length];

    private SegmentCatalog(Storage root, StoreId store, boolean readOnly) {
        this.root = root;
        this.store = store;
        this.readOnly = readOnly;
    }

    /** Whether a directory has a manifest. */
    static boolean exists(Storage root) throws IOException {
        return root.exists(Manifest.NAMES[0]) || root.exists(Manifest.NAMES[1]);
    }

    /** Makes the manifest of a new store; durable on return. */
    static SegmentCatalog create(Storage root, SecureRandom random) throws IOException {
        return create(root, StoreId.random(random), random);
    }

    /** Makes the manifest of a new store of this id. */
    static SegmentCatalog create(Storage root, StoreId store, SecureRandom random) throws IOException {
        SegmentCatalog catalog = new SegmentCatalog(root, store, false);
        catalog.incarnations.add(new Incarnation(random.nextLong(), 0));
        try {
            catalog.snapshot();
            return catalog;
        } catch (Throwable e) {
            catalog.close();
            throw e;
        }
    }

    /**
     * Reads the better of the two copies; writes nothing. Where one cannot be read, be it for want of file descriptors, only a
     * whole one takes its place: one with a fault may have lost records that were in both.
     */
    static SegmentCatalog load(Storage root, boolean readOnly) throws IOException {
        return load(root, readOnly, false);
    }

    /**
     * As above, to read; but for a copy that the device cannot read the other one is taken also where it ends in a fault, as an
     * older list of segments says more than none. {@link #doubts} then says so.
     *
     * @throws IOException also if a copy could not be opened, be it for want of file descriptors, and the other one has a fault:
     *     another try may read it
     */
    static SegmentCatalog loadToSalvage(Storage root) throws IOException {
        return load(root, true, true);
    }

    private static SegmentCatalog load(Storage root, boolean readOnly, boolean salvaging) throws IOException {
        Manifest.Copy best = null;
        Manifest.Copy[] copies = new Manifest.Copy[Manifest.NAMES.length];
        StringBuilder faults = new StringBuilder();
        List<IOException> unreadable = new ArrayList<>();
        for (int i = 0; i < copies.length; i++) {
            String name = Manifest.NAMES[i];
            Manifest.Copy copy = Manifest.read(root, name, unreadable::add);
            copies[i] = copy;
            if (copy == null) {
                faults.append(name).append(" is missing; ");
                continue;
            }
            if (copy.fault() != null) {
                faults.append(name).append(": ").append(copy.fault()).append("; ");
            }
            if (copy.store() != null
                    && (best == null || (readOnly && !salvaging ? surer(copy, best) : better(copy, best)))) {
                best = copy;
            }
        }
        boolean outdated = !unreadable.isEmpty() && (best == null || !whole(best));
        for (IOException failure : outdated ? unreadable : List.<IOException>of()) {
            // What the other one says up to its fault may be long past. Another try may read this one.
            if (!salvaging || failure instanceof FileSystemException) {
                failure.addSuppressed(new IOException(root.description() + ": " + faults));
                throw failure;
            }
        }
        if (best == null || best.damagedInside() || !complete(best)) {
            throw JournalException.damaged(
                    root.description() + "/" + Manifest.NAMES[0],
                    -1,
                    best == null ? 0 : best.end(),
                    "no copy of the manifest is whole (" + faults + ")");
        }
        SegmentCatalog catalog = new SegmentCatalog(root, best.store(), readOnly);
        for (Manifest.Copy copy : copies) {
            catalog.uncertain |= copy == null || copy.fault() != null || copy.sequence() != best.sequence();
        }
        catalog.faults = faults.toString();
        catalog.unread = unreadable.isEmpty() ? null : unreadable.get(0);
        catalog.doubts = outdated ? root.description() + ": " + faults : "";
        for (Manifest.Entry entry : best.entries()) {
            catalog.replay(entry);
        }
        if (catalog.incarnations.isEmpty()) {
            throw JournalException.damaged(
                    root.description() + "/" + Manifest.NAMES[0], -1, best.end(), "no incarnation is listed");
        }
        catalog.listedIncarnations = catalog.incarnations.size();
        return catalog;
    }

    /**
     * The one that says more, but a whole one before one with a record behind its fault, even if that one says more: when the
     * power fails while several records are appended to the first copy, some may be there without one between them. The second
     * copy was then not yet written, and nothing depends on any of them.
     */
    private static boolean better(Manifest.Copy copy, Manifest.Copy best) {
        if (copy.damagedInside() != best.damagedInside() && (whole(copy) || whole(best))) {
            return whole(copy);
        }
        return copy.sequence() > best.sequence()
                || (copy.sequence() == best.sequence() && best.damagedInside() && !copy.damagedInside());
    }

    /**
     * The one for a reader, who cannot make durable what he shows: of two whole ones that which says less, as it was written when
     * the other was durable. No file is deleted before both say so.
     */
    private static boolean surer(Manifest.Copy copy, Manifest.Copy best) {
        return whole(copy) && whole(best) ? copy.sequence() < best.sequence() : better(copy, best);
    }

    private static boolean whole(Manifest.Copy copy) {
        return copy.fault() == null && complete(copy);
    }

    static boolean complete(Manifest.Copy copy) {
        for (Manifest.Entry entry : copy.entries()) {
            if (entry.type() == Manifest.SNAPSHOT_END) {
                return true;
            }
        }
        return false;
    }

    /** What was wrong with both copies, where what is listed may be long past; empty: it is not. */
    String doubts() {
        return doubts;
    }

    /** Above all ids that were ever listed. */
    synchronized long nextSegmentId() {
        return nextSegmentId;
    }

    StoreId store() {
        return store;
    }

    /** The directory of the manifest. */
    Storage root() {
        return root;
    }

    synchronized long sequence() {
        return sequence;
    }

    /** Why one of the copies could not be read, so that it may have listed more than is known here; null: both were read. */
    synchronized IOException unread() {
        return unread;
    }

    synchronized long lastLsn() {
        return lastLsn;
    }

    synchronized List<Incarnation> incarnations() {
        return List.copyOf(incarnations);
    }

    synchronized Incarnation incarnation() {
        return incarnations.get(incarnations.size() - 1);
    }

    /**
     * The newest one that a crash does not take back: not the present one while there is no room to list that. Up to where the
     * present one began both say the same, and nothing comes behind before it is listed.
     */
    synchronized Incarnation listedIncarnation() {
        return incarnations.get(listedIncarnations - 1);
    }

    /**
     * Whether an index that speaks up to an LSN in an incarnation belongs to this past: no later incarnation began below it.
     *
     * @param number as in its checkpoint
     * @param lsn as in its checkpoint
     * @param end of the present incarnation
     */
    synchronized boolean knows(long number, long lsn, long end) {
        long bound = end;
        for (int i = incarnations.size() - 1; i >= 0; i--) {
            if (incarnations.get(i).number() == number) {
                return lsn <= bound;
            }
            bound = Math.min(bound, incarnations.get(i).beganAfterLsn());
        }
        return false;
    }

    /** All listed segments but retired ones, by id. */
    synchronized List<SegmentEntry> segments() {
        return List.copyOf(segments.values());
    }

    synchronized SegmentEntry segment(long id) {
        return segments.get(id);
    }

    synchronized long allocateSegmentId() {
        return nextSegmentId++;
    }

    /** An id that was seen on disk, listed or not, is never given to another segment. */
    synchronized void seen(long segmentId) {
        nextSegmentId = Math.max(nextSegmentId, segmentId + 1);
    }

    /** Adds or changes a segment, durably. */
    void put(SegmentEntry entry) throws IOException {
        put(List.of(entry));
    }

    synchronized void put(Collection<SegmentEntry> entries) throws IOException {
        List<Manifest.Entry> records = new ArrayList<>();
        for (SegmentEntry entry : entries) {
            records.add(record(entry));
        }
        append(records);
        for (SegmentEntry entry : entries) {
            applySegment(entry);
        }
        if (recordsSinceSnapshot > COMPACT_RECORDS + 4 * segments.size()) {
            compact();
        }
    }

    /** The change is made: without room for a shorter manifest the long one goes on. */
    private void compact() throws IOException {
        try {
            snapshot();
        } catch (NoSpaceException e) {
            System.getLogger(SegmentCatalog.class.getName())
                    .log(System.Logger.Level.DEBUG, "{0}: no room to write it anew", root.description());
        }
    }

    /**
     * The one step that ends a recovery: segments are sealed at their valid ends, copies are listed, what is empty is retired,
     * all at once, as a snapshot that replaces the copies of the manifest by rename.
     *
     * @param changed segments
     * @param recoveredLsn the highest that was found
     * @param newIncarnation null: the present one goes on
     * @return whether it is durable; false: there was no room. The first change of this open, or its end, then writes it, and
     *     until then a crash leaves the journal as it was found: nothing of that may be changed or deleted
     */
    synchronized boolean recovered(Collection<SegmentEntry> changed, long recoveredLsn, Incarnation newIncarnation)
            throws IOException {
        for (SegmentEntry entry : changed) {
            applySegment(entry);
        }
        if (newIncarnation != null) {
            incarnations.add(newIncarnation);
        }
        lastLsn = Math.max(lastLsn, recoveredLsn);
        try {
            snapshot();
            repaired();
            return true;
        } catch (NoSpaceException e) {
            snapshotDue = true;
            syncAsTheyAre();
            System.getLogger(SegmentCatalog.class.getName())
                    .log(
                            System.Logger.Level.WARNING,
                            "what was recovered is not yet in the manifest: {0}",
                            e.getMessage());
            return false;
        }
    }

    /**
     * Writes both copies anew if one of them was found missing, damaged or behind: so that a second fault finds two of them again,
     * and so that what the other one says is durable before anyone acts on it.
     */
    synchronized void repair() throws IOException {
        if (uncertain) {
            try {
                snapshot();
            } catch (NoSpaceException e) {
                // The first change of this open does it.
                syncAsTheyAre();
                return;
            }
            repaired();
        }
    }

    /** Whether a copy of the manifest may list any of these, of which {@link #recovered} said that they are not listed in both. */
    synchronized boolean mayBeOnDisk(Collection<SegmentEntry> entries) throws IOException {
        for (String name : Manifest.NAMES) {
            Manifest.Copy copy = Manifest.read(root, name);
            if (copy != null && copy.fault() != null) {
                return true;
            }
            for (Manifest.Entry record : copy == null ? List.<Manifest.Entry>of() : copy.entries()) {
                SegmentEntry listed = record.type() == Manifest.SEGMENT ? SegmentEntry.decode(record.buffer()) : null;
                if (listed != null && entries.stream().anyMatch(entry -> entry.id() == listed.id())) {
                    return true;
                }
            }
        }
        return false;
    }

    private void repaired() {
        uncertain = false;
        if (!faults.isEmpty()) {
            System.getLogger(SegmentCatalog.class.getName())
                    .log(System.Logger.Level.WARNING, "{0}: {1}written anew", root.description(), faults);
            faults = "";
        }
    }

    /** Where there is no room for new copies, those that there are must do. */
    private void syncAsTheyAre() throws IOException {
        if (!uncertain) {
            return;
        }
        for (String name : Manifest.NAMES) {
            if (root.exists(name)) {
                try (StorageFile file = root.open(name, Storage.Access.WRITE)) {
                    file.sync(true);
                }
            }
        }
        root.syncDirectory();
    }

    /** Whether there was no room for something that the next change, or the end, has to write. */
    synchronized boolean isSnapshotDue() {
        return snapshotDue;
    }

    /** Notes the end of an orderly closed journal. */
    synchronized void closed(Collection<SegmentEntry> changed, long closedLsn) throws IOException {
        List<Manifest.Entry> records = new ArrayList<>();
        for (SegmentEntry entry : changed) {
            records.add(record(entry));
        }
        ByteBuffer lsn = payload(Long.BYTES).putLong(closedLsn);
        records.add(new Manifest.Entry(UNNUMBERED, Manifest.LAST_LSN, lsn.array()));
        append(records);
        for (SegmentEntry entry : changed) {
            applySegment(entry);
        }
        lastLsn = Math.max(lastLsn, closedLsn);
    }

    synchronized void close() throws IOException {
        IOException failure = null;
        for (int i = 0; i < files.length; i++) {
            try {
                if (files[i] != null) {
                    files[i].close();
                    files[i] = null;
                }
            } catch (IOException e) {
                failure = e;
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    private Manifest.Entry record(SegmentEntry entry) {
        ByteBuffer out = payload(SegmentEntry.ENCODED_BYTES);
        entry.encode(out);
        return new Manifest.Entry(UNNUMBERED, Manifest.SEGMENT, out.array());
    }

    private static ByteBuffer payload(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private void applySegment(SegmentEntry entry) {
        seen(entry.id());
        if (entry.state() == SegmentEntry.State.RETIRED) {
            segments.remove(entry.id());
        } else {
            segments.put(entry.id(), entry);
        }
    }

    private void replay(Manifest.Entry entry) throws JournalException {
        ByteBuffer in = entry.buffer();
        sequence = entry.sequence();
        boolean good = true;
        switch (entry.type()) {
            case Manifest.STORE, Manifest.SNAPSHOT_END -> {
                // The header has the id; the end mark says nothing more than that it is there.
            }
            case Manifest.INCARNATION -> {
                good = in.remaining() == 2 * Long.BYTES;
                if (good) {
                    incarnations.add(new Incarnation(in.getLong(), in.getLong()));
                }
            }
            case Manifest.SEGMENT -> {
                SegmentEntry segment = SegmentEntry.decode(in);
                good = segment != null;
                if (good) {
                    applySegment(segment);
                }
            }
            case Manifest.NEXT_SEGMENT -> {
                good = in.remaining() == Long.BYTES;
                if (good) {
                    long next = in.getLong();
                    good = next >= 0 && next <= SegmentFormat.ID_MAX + 1;
                    nextSegmentId = Math.max(nextSegmentId, next);
                }
            }
            case Manifest.LAST_LSN -> {
                good = in.remaining() == Long.BYTES;
                if (good) {
                    long last = in.getLong();
                    good = last >= 0 && last <= FrameFormat.LSN_MAX;
                    lastLsn = Math.max(lastLsn, last);
                }
            }
            default ->
                throw JournalException.unsupported(
                        root.description() + ": manifest record of unknown type " + entry.type());
        }
        if (!good) {
            throw JournalException.damaged(
                    root.description() + "/" + Manifest.NAMES[0],
                    -1,
                    0,
                    "manifest record " + sequence + " makes no sense");
        }
    }

    /**
     * Numbers records and appends them to both copies. After a failure, but for want of room, nothing is changed again; the
     * next open repairs.
     */
    private void append(List<Manifest.Entry> records) throws IOException {
        if (readOnly) {
            throw new IllegalStateException("manifest opened read-only");
        }
        checkWhole();
        if (files[0] == null || snapshotDue) {
            // The first change of this open: both copies are made whole and equal before anything is appended to them.
            snapshot();
        }
        long before = sequence;
        try {
            appendToBoth(records);
        } catch (NoSpaceException e) {
            undo(before, e);
            throw e;
        } catch (Throwable e) {
            broken = e;
            throw e;
        }
    }

    /** A copy may end anywhere after a failed change: another one behind it would make damage of it. */
    private void checkWhole() throws IOException {
        if (broken != null) {
            throw new IOException(root.description() + ": no more changes of the manifest after one failed", broken);
        }
    }

    /**
     * Cuts off what a change that found no room has appended. A crash meanwhile may leave the change in one copy, and so make
     * it happen: nothing that it speaks of was undone yet.
     */
    private void undo(long before, NoSpaceException cause) throws IOException {
        try {
            // The one that found no room first: a cut may spoil the block it ends in, and meanwhile the other one is
            // whole.
            for (int i = files.length - 1; i >= 0; i--) {
                files[i].truncate(ends[i]);
                files[i].sync(true);
            }
            sequence = before;
        } catch (Throwable e) {
            e.addSuppressed(cause);
            broken = e;
            // Not as a want of room: what the manifest says is not known.
            throw new IOException(root.description() + ": a change of the manifest found no room and is not undone", e);
        }
    }

    private void appendToBoth(List<Manifest.Entry> records) throws IOException {
        int bytes = 0;
        for (Manifest.Entry entry : records) {
            bytes += Manifest.RECORD_HEADER_BYTES + entry.payload().length;
        }
        ByteBuffer out = payload(bytes);
        for (Manifest.Entry entry : records) {
            Manifest.encode(out, new Manifest.Entry(++sequence, entry.type(), entry.payload()));
        }
        for (int i = 0; i < files.length; i++) {
            files[i].writeFully(out.duplicate().flip(), ends[i]);
            files[i].sync(false);
        }
        for (int i = 0; i < files.length; i++) {
            ends[i] += bytes;
        }
        recordsSinceSnapshot += records.size();
    }

    private synchronized void snapshot() throws IOException {
        checkWhole();
        try {
            replaceBoth();
        } catch (NoSpaceException e) {
            // Each copy is whole, the old one or the new one; which of them counts is the one that says more.
            throw e;
        } catch (Throwable e) {
            broken = e;
            throw e;
        }
    }

    private void replaceBoth() throws IOException {
        List<Manifest.Entry> records = new ArrayList<>();
        long at = sequence;
        records.add(new Manifest.Entry(++at, Manifest.STORE, new byte[0]));
        for (Incarnation incarnation : incarnations) {
            ByteBuffer out =
                    payload(2 * Long.BYTES).putLong(incarnation.number()).putLong(incarnation.beganAfterLsn());
            records.add(new Manifest.Entry(++at, Manifest.INCARNATION, out.array()));
        }
        records.add(new Manifest.Entry(
                ++at,
                Manifest.NEXT_SEGMENT,
                payload(Long.BYTES).putLong(nextSegmentId).array()));
        records.add(new Manifest.Entry(
                ++at, Manifest.LAST_LSN, payload(Long.BYTES).putLong(lastLsn).array()));
        for (SegmentEntry entry : segments.values()) {
            ByteBuffer out = payload(SegmentEntry.ENCODED_BYTES);
            entry.encode(out);
            records.add(new Manifest.Entry(++at, Manifest.SEGMENT, out.array()));
        }
        records.add(new Manifest.Entry(++at, Manifest.SNAPSHOT_END, new byte[0]));
        ByteBuffer header = Manifest.header(store);
        int bytes = header.remaining();
        for (Manifest.Entry entry : records) {
            bytes += Manifest.RECORD_HEADER_BYTES + entry.payload().length;
        }
        ByteBuffer out = payload(bytes).put(header);
        for (Manifest.Entry entry : records) {
            Manifest.encode(out, entry);
        }
        for (int i = 0; i < Manifest.NAMES.length; i++) {
            replaceCopy(i, out.duplicate().flip());
            snapshotDue = i < Manifest.NAMES.length - 1;
        }
        sequence = at;
        listedIncarnations = incarnations.size();
        recordsSinceSnapshot = 0;
    }

    private void replaceCopy(int i, ByteBuffer content) throws IOException {
        String temporary = Manifest.NAMES[i] + ".tmp";
        if (root.exists(temporary)) {
            root.delete(temporary);
        }
        long end = content.remaining();
        try {
            try (StorageFile file = root.create(temporary)) {
                file.writeFully(content, 0);
                file.sync(true);
            }
            root.rename(temporary, Manifest.NAMES[i]);
        } catch (NoSpaceException e) {
            if (root.exists(temporary)) {
                root.delete(temporary);
            }
            throw e;
        }
        if (files[i] != null) {
            files[i].close();
            files[i] = null;
        }
        ends[i] = end;
        root.syncDirectory();
        files[i] = root.open(Manifest.NAMES[i], Storage.Access.WRITE);
    }
}
