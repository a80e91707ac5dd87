package io.daybook.journal;

import io.daybook.lease.Hold;
import io.daybook.lease.Lease;
import io.daybook.storage.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Files of segments for reading, by id, opened at their first read and kept. Each is guarded by a lease: it is closed, and may get
 * another life, when no read is inside it any more.
 *
 * <p><b>Thread-safe.</b> A reader that is inside a read when {@link #close} comes gets an {@link IOException}; it never reads
 * another file's bytes, as files are only ever read through the handle they were opened by.
 */
final class SegmentReaders {
    /** A read is one system call: what is inside after so long hangs. */
    private static final Duration DRAIN_MAX = Duration.ofSeconds(1);

    private final SegmentDirectory directory;
    private final ConcurrentHashMap<Long, Slot> slots = new ConcurrentHashMap<>();
    /** Removed while a read hung in them. */
    private final List<Slot> stuck = new ArrayList<>();

    private volatile boolean closed;

    /** One segment. */
    private static final class Slot {
        final Lease lease;
        volatile SegmentEntry entry;
        volatile StorageFile file;

        Slot(SegmentEntry entry) {
            this.entry = entry;
            this.lease = Lease.compact("segment");
        }

        synchronized void closeFile() throws IOException {
            if (file != null) {
                file.close();
                file = null;
            }
        }
    }

    SegmentReaders(SegmentDirectory directory, List<SegmentEntry> entries) {
        this.directory = directory;
        for (SegmentEntry entry : entries) {
            add(entry);
        }
    }

    void add(SegmentEntry entry) {
        slots.put(entry.id(), new Slot(entry));
    }

    void replace(SegmentEntry entry) {
        Slot slot = slots.get(entry.id());
        if (slot != null) {
            slot.entry = entry;
        }
    }

    /**
     * Takes a dropped segment out and closes its file.
     *
     * @return whether nobody reads it any more; if not, its file is closed with the others
     */
    boolean remove(long segmentId) throws IOException {
        Slot slot = slots.remove(segmentId);
        if (slot == null) {
            return true;
        }
        if (slot.lease.end(DRAIN_MAX).drained()) {
            slot.closeFile();
            return true;
        }
        synchronized (stuck) {
            stuck.add(slot);
        }
        return false;
    }

    /** The listed segment; null if it is none of the store. */
    SegmentEntry entry(long segmentId) {
        Slot slot = slots.get(segmentId);
        return slot == null ? null : slot.entry;
    }

    /** How many segments can be read. */
    int size() {
        return slots.size();
    }

    /**
     * Reads until the buffer is full or the file ends.
     *
     * @return bytes read
     * @throws JournalException if the segment is none of the store, or not any more
     */
    int read(long segmentId, long offset, ByteBuffer target) throws IOException {
        Slot slot = slots.get(segmentId);
        if (slot == null) {
            throw notListed(segmentId);
        }
        try (Hold hold = slot.lease.tryAcquire()) {
            if (hold == null) {
                throw notListed(segmentId);
            }
            return file(slot).readFully(target, offset);
        }
    }

    private JournalException notListed(long segmentId) {
        return JournalException.damaged(
                directory.path(segmentId), segmentId, 0, "location in a segment that is not listed");
    }

    private StorageFile file(Slot slot) throws IOException {
        StorageFile file = slot.file;
        if (file == null) {
            synchronized (slot) {
                if (closed) {
                    throw new IOException("journal is closed");
                }
                file = slot.file;
                if (file == null) {
                    file = directory.open(slot.entry);
                    slot.file = file;
                }
            }
        }
        return file;
    }

    void close() throws IOException {
        closed = true;
        IOException failure = null;
        List<Slot> all = new ArrayList<>(slots.values());
        synchronized (stuck) {
            all.addAll(stuck);
        }
        for (Slot slot : all) {
            try {
                slot.closeFile();
            } catch (IOException e) {
                failure = e;
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
