package io.daybook.journal;

import io.daybook.storage.NoSpaceException;
import io.daybook.storage.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * Prepares the next segment before it is needed and seals those that are full, away from the commit thread.
 *
 * <p>A prepared segment is synced, its directory too, and listed before a frame may go into it; a full one gets its footer and
 * its valid end in the manifest. Runs on the housekeeping thread, and at the end on the thread that closes: its methods are
 * <b>synchronized</b>.
 */
final class SegmentLifecycle {

    /** Gives the rows of a segment's footer once all its records were applied. */
    @FunctionalInterface
    interface Footers {
        List<SegmentFooter.Row> rows(long segmentId);
    }

    private final SegmentCatalog catalog;
    private final SegmentDirectory directory;
    private final Intake intake;
    private final JournalOptions options;
    private final JournalListener listener;
    private final SecureRandom random;
    private final SegmentReaders readers;
    private final FreeFiles free;

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
            FreeFiles free) {
        this.catalog = catalog;
        this.directory = directory;
        this.intake = intake;
        this.options = options;
        this.listener = listener;
        this.random = random;
        this.readers = readers;
        this.free = free;
    }

    /** Prepares a segment if one is wanted; false if there was nothing to do. */
    synchronized boolean prepareOnce() throws IOException {
        if (!intake.wantsSegment()) {
            return false;
        }
        if (!hasRoom(options.segmentBytes()) && (!free.clear() || !hasRoom(options.segmentBytes()))) {
            return diskFull(true);
        }
        SegmentEntry entry = SegmentEntry.open(catalog.allocateSegmentId(), random.nextLong());
        Segment segment;
        try {
            segment = newSegment(entry);
        } catch (NoSpaceException e) {
            return diskFull(true);
        }
        try {
            catalog.put(entry);
        } catch (IOException e) {
            segment.file.close();
            throw e;
        }
        readers.add(entry);
        unsealed.addLast(segment);
        intake.offerSegment(segment);
        listener.diskFull(false);
        return true;
    }

    /** In a file of a dropped segment if there is one, else in a new one. */
    private Segment newSegment(SegmentEntry entry) throws IOException {
        StorageFile recycled = free.take(entry, options.segmentBytes());
        if (recycled != null) {
            return new Segment(entry, recycled, options.segmentBytes(), directory.blockBytes(), recycled.size());
        }
        StorageFile file = directory.create(entry, options.segmentBytes());
        return new Segment(entry, file, options.segmentBytes(), directory.blockBytes(), 0);
    }

    /** Looks at the free space and changes the disk-full state; true if it changed. */
    synchronized boolean checkSpace() throws IOException {
        long wanted = intake.isDiskFull() ? options.segmentBytes() : 0;
        boolean full = !hasRoom(wanted) && (!free.clear() || !hasRoom(wanted));
        return diskFull(full);
    }

    /**
     * Whether there is room for so many bytes more than what appends were already promised: the rest of each segment that is
     * written or ready, as blocks of a new file are allocated only when they are written.
     */
    private boolean hasRoom(long bytes) throws IOException {
        long promised = 0;
        for (Segment segment : unsealed) {
            promised += segment.capacity - Math.max(segment.end, segment.allocatedEnd);
        }
        return directory.storage().freeBytes() >= bytes + promised + options.reserveBytes();
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
        if (segment.lastLsn == 0 || segment.lastLsn > completedLsn || !successorWritten(segment)) {
            return false;
        }
        List<SegmentFooter.Row> rows = footers.rows(segment.id);
        if (intake.failure() != null) {
            // What completed after the failure was not applied: the rows may lack it.
            return false;
        }
        SegmentEntry sealed = seal(segment, rows);
        catalog.put(sealed);
        readers.replace(sealed);
        unsealed.removeFirst();
        return true;
    }

    /** A segment is full for certain when a frame went into a later one. */
    private boolean successorWritten(Segment segment) {
        for (Segment other : unsealed) {
            if (other != segment && other.lastLsn > segment.lastLsn) {
                return true;
            }
        }
        return false;
    }

    private SegmentEntry seal(Segment segment, List<SegmentFooter.Row> rows) throws IOException {
        long end = segment.end;
        ByteBuffer footer = SegmentFooter.encode(rows, segment.nonce, end);
        int footerBytes = footer.remaining();
        segment.file.truncate(end);
        segment.file.writeFully(footer, end);
        segment.file.sync(true);
        segment.file.close();
        return segment.entry.sealed(segment.firstLsn, segment.lastLsn, end, footerBytes);
    }

    /** Seals what was written, drops what was not; the manifest then says that the journal was closed in order. */
    synchronized void closeAll(long lastLsn, Footers footers) throws IOException {
        intake.takePrepared();
        if (unsealed.isEmpty()) {
            return;
        }
        List<SegmentEntry> changed = new java.util.ArrayList<>();
        List<Long> unused = new java.util.ArrayList<>();
        for (Segment segment : unsealed) {
            if (segment.firstLsn == 0) {
                segment.file.close();
                unused.add(segment.id);
                changed.add(segment.entry.retired());
            } else {
                changed.add(seal(segment, footers.rows(segment.id)));
            }
        }
        unsealed.clear();
        catalog.closed(changed, lastLsn);
        for (long id : unused) {
            directory.delete(id);
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
