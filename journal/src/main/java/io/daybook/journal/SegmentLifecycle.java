package io.daybook.journal;

import io.daybook.storage.NoSpaceException;
import io.daybook.storage.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Prepares the next segment before it is needed and seals those that are full, away from the commit thread.
 *
 * <p>A prepared segment is synced, its directory too, and listed before a frame may go into it; a full one gets its footer and
 * its valid end in the manifest. What finds no room here is tried again later, and nothing is lost by that: see {@link
 * JournalSpace}. Runs on the housekeeping thread, and at the end on the thread that closes: its methods are
 * <b>synchronized</b>.
 */
final class SegmentLifecycle {

    /** Gives the rows of a segment's footer once all its records were applied. */
    @FunctionalInterface
    interface Footers {
        List<SegmentFooter.Row> rows(long segmentId);
    }

    private static final System.Logger LOG = System.getLogger(SegmentLifecycle.class.getName());

    private final SegmentCatalog catalog;
    private final SegmentDirectory directory;
    private final Intake intake;
    private final JournalOptions options;
    private final JournalListener listener;
    private final SecureRandom random;
    private final SegmentReaders readers;
    private final FreeFiles free;
    private final JournalSpace space;
    private boolean low;
    /** Whether a segment that was ready is none any more. */
    private boolean broken;
    /** Wanted by others before appends get any. */
    private long others;

    /** Used again, so that a journal that runs allocates none. */
    private final Deque<ContentsWriter> contents = new ArrayDeque<>();

    /** Given out and not sealed, oldest first; the last one is active or prepared. */
    private final Deque<Segment> unsealed = new ArrayDeque<>();

    SegmentLifecycle(
            SegmentCatalog catalog,
            SegmentDirectory directory,
            Intake intake,
            JournalOptions options,
            JournalListener listener,
            SecureRandom random,
            SegmentReaders readers,
            FreeFiles free,
            JournalSpace space) {
        this.catalog = catalog;
        this.directory = directory;
        this.intake = intake;
        this.options = options;
        this.listener = listener;
        this.random = random;
        this.readers = readers;
        this.free = free;
        this.space = space;
    }

    /** Prepares a segment if one is wanted; false if there was nothing to do. */
    synchronized boolean prepareOnce() throws IOException {
        if (intake.removalsWantSegment()) {
            boolean offered = prepare(true, !space.hasRoomForRemovals(promised()));
            if (!offered) {
                intake.refuseRemovals();
            }
            return offered;
        }
        if (!intake.wantsSegment()) {
            return false;
        }
        low = space.isLow(promised());
        intake.setLow(low);
        if ((low && !space.restore(promised())) || !space.hasRoomForSegment(promised()) || !prepare(low, false)) {
            return diskFull(true);
        }
        diskFull(false);
        return true;
    }

    /** Makes a segment and offers it; false: there was no room, and nothing is left of it. */
    private boolean prepare(boolean allocated, boolean ofReserve) throws IOException {
        SegmentEntry entry = SegmentEntry.open(catalog.allocateSegmentId(), random.nextLong());
        Segment segment;
        try {
            segment = ofReserve ? segmentOfReserve(entry) : newSegment(entry);
        } catch (NoSpaceException e) {
            return false;
        }
        if (segment == null) {
            return false;
        }
        try {
            if (allocated) {
                segment.allocate();
            }
            catalog.put(entry);
        } catch (NoSpaceException e) {
            segment.file.close();
            directory.delete(entry.id());
            return false;
        } catch (Throwable e) {
            SegmentDirectory.closeAfter(e, segment.file);
            throw e;
        }
        readers.add(entry);
        unsealed.addLast(segment);
        intake.offerSegment(segment);
        return true;
    }

    private Segment segmentOfReserve(SegmentEntry entry) throws IOException {
        StorageFile file = space.takeReserve(directory, entry);
        return file == null ? null : segment(entry, file, true);
    }

    /** In a file of a dropped segment if there is one, else in a new one. */
    private Segment newSegment(SegmentEntry entry) throws IOException {
        StorageFile recycled = free.take(entry, options.segmentBytes());
        return recycled != null
                ? segment(entry, recycled, true)
                : segment(entry, directory.create(entry, options.segmentBytes()), false);
    }

    private Segment segment(SegmentEntry entry, StorageFile file, boolean allocated) throws IOException {
        try {
            ContentsWriter gathers = contents.poll();
            if (gathers == null) {
                gathers = new ContentsWriter(options.segmentBytes());
            }
            long allocatedEnd = allocated ? file.size() : 0;
            return new Segment(entry, file, options.segmentBytes(), directory.blockBytes(), allocatedEnd, gathers);
        } catch (Throwable e) {
            SegmentDirectory.closeAfter(e, file);
            throw e;
        }
    }

    /** Looks at the free space and changes the disk-full state; true if it changed. */
    synchronized boolean checkSpace(long bytesForOthers) throws IOException {
        others = bytesForOthers;
        low = space.isLow(promised());
        boolean kept = !low || (allocatePrepared() & space.restore(promised()));
        intake.setLow(low);
        long wanted = intake.isDiskFull() ? options.segmentBytes() : 0;
        return diskFull(!kept || !space.hasRoom(wanted, promised()));
    }

    /** Gives a segment that waits to be written its blocks; false: there is no room for them. */
    private boolean allocatePrepared() throws IOException {
        Segment segment = intake.takeUnallocated();
        if (segment == null) {
            return true;
        }
        boolean allocated = true;
        try {
            segment.allocate();
        } catch (NoSpaceException e) {
            allocated = false;
        } catch (Throwable e) {
            // What its file holds is not known, so nobody gets it; and behind it no segment would be sealed.
            broken = true;
            throw e;
        }
        intake.offerSegment(segment);
        return allocated;
    }

    /** Whether it failed in a way that the journal must not go on. */
    synchronized boolean isBroken() {
        return broken;
    }

    /**
     * What was already promised and has no blocks: to others, and to appends the rest of each segment that is written or ready, as blocks of a
     * new file are allocated only when they are written.
     */
    private long promised() {
        long promised = others;
        for (Segment segment : unsealed) {
            promised += segment.promised();
        }
        return promised;
    }

    /** Bytes of what is sealed, footers included, and of what is written of the rest. */
    synchronized long bytes() {
        long sum = 0;
        for (SegmentEntry entry : catalog.segments()) {
            sum += entry.validEnd() + entry.footerBytes();
        }
        for (Segment segment : unsealed) {
            sum += segment.end;
        }
        return sum;
    }

    private boolean diskFull(boolean full) {
        boolean changed = intake.setDiskFull(full);
        if (changed) {
            listener.diskFull(full);
        }
        return changed;
    }

    /** Seals the oldest segment if it is full and all its records were applied; false if there was nothing to do. */
    synchronized boolean sealOnce(long completedLsn, Footers footers) throws IOException {
        Segment segment = unsealed.peekFirst();
        if (segment == null || segment == intake.activeSegment() || unsealed.size() == 1) {
            return false;
        }
        // In this order: before a frame went into a later one, its last LSN may still grow.
        if (!successorWritten(segment) || segment.lastLsn > completedLsn) {
            return false;
        }
        if (segment.sealed == null) {
            List<SegmentFooter.Row> rows = footers.rows(segment.id);
            if (intake.failure() != null) {
                // What completed after the failure was not applied: the rows may lack it.
                return false;
            }
            segment.sealed = seal(segment, rows);
        }
        try {
            catalog.put(segment.sealed);
        } catch (NoSpaceException e) {
            // Again when there is room: it is full, and nobody writes to it.
            return false;
        }
        readers.replace(segment.sealed);
        unsealed.removeFirst();
        return true;
    }

    /** A segment is full for certain when a frame went into a later one. */
    private boolean successorWritten(Segment segment) {
        for (Segment other : unsealed) {
            if (other != segment && other.lastLsn != 0) {
                return true;
            }
        }
        return false;
    }

    private SegmentEntry seal(Segment segment, List<SegmentFooter.Row> rows) throws IOException {
        long end = segment.end;
        ByteBuffer gathered = segment.contents.of(
                segment.firstLsn, segment.lastLsn, end, segment.nonce, end + SegmentFooter.bytes(rows.size()));
        // On a nearly full disk others need the room more.
        long footerBytes = gathered == null || low ? 0 : footer(segment, rows, gathered);
        if (footerBytes == 0) {
            footerBytes = footer(segment, rows, ByteBuffer.allocate(0));
        }
        segment.file.close();
        segment.contents.clear();
        contents.add(segment.contents);
        return segment.entry.sealed(segment.firstLsn, segment.lastLsn, end, footerBytes);
    }

    /** Returns the bytes of the footer; 0: there is no room for it. Its frames were synced before and say the same. */
    private static long footer(Segment segment, List<SegmentFooter.Row> rows, ByteBuffer contents) throws IOException {
        long end = segment.end;
        ByteBuffer footer = new SegmentFooter(rows, contents.remaining()).encode(segment.nonce, end);
        long bytes = footer.remaining() + (long) contents.remaining();
        segment.file.truncate(end);
        try {
            segment.file.writeFully(footer, end);
            segment.file.writeFully(contents, end + bytes - contents.remaining());
            segment.file.sync(true);
            return bytes;
        } catch (NoSpaceException e) {
            return 0;
        }
    }

    /**
     * Seals what was written, drops what was not; the manifest then says that the journal was closed in order.
     *
     * @return false: there was no room for that, and the next open finds the journal as after a crash
     */
    synchronized boolean closeAll(long lastLsn, Footers footers) throws IOException {
        intake.takePrepared();
        if (unsealed.isEmpty() && !catalog.isSnapshotDue()) {
            return true;
        }
        List<SegmentEntry> changed = new ArrayList<>();
        List<Long> unused = new ArrayList<>();
        for (Segment segment : unsealed) {
            if (segment.firstLsn == 0) {
                segment.file.close();
                unused.add(segment.id);
                changed.add(segment.entry.retired());
            } else {
                changed.add(segment.sealed != null ? segment.sealed : seal(segment, footers.rows(segment.id)));
            }
        }
        unsealed.clear();
        if (!closed(changed, lastLsn)) {
            return false;
        }
        for (long id : unused) {
            directory.delete(id);
        }
        return true;
    }

    private boolean closed(List<SegmentEntry> changed, long lastLsn) throws IOException {
        for (boolean again = true; ; again = false) {
            try {
                catalog.closed(changed, lastLsn);
                return true;
            } catch (NoSpaceException e) {
                if (!again || !space.spend()) {
                    LOG.log(
                            System.Logger.Level.WARNING,
                            "the end of the journal is not noted, the next open looks for it: {0}",
                            e.getMessage());
                    return false;
                }
            }
        }
    }

    /** After a failure: closes files, writes nothing. */
    synchronized void abandon() throws IOException {
        for (Segment segment : unsealed) {
            segment.file.close();
        }
        unsealed.clear();
    }
}
