package io.daybook.journal;

import io.daybook.storage.StorageFile;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Open files of segments for reading, by id, opened at their first read and kept.
 *
 * <p><b>Thread-safe.</b> A reader that is inside a read when {@link #close} comes gets an {@link IOException}; it never reads
 * another file's bytes, as files are only ever read through the handle they were opened by.
 */
final class SegmentReaders {
    private final SegmentDirectory directory;
    private final ConcurrentHashMap<Long, Slot> slots = new ConcurrentHashMap<>();
    private volatile boolean closed;

    /** One segment. */
    private static final class Slot {
        volatile SegmentEntry entry;
        volatile StorageFile file;

        Slot(SegmentEntry entry) {
            this.entry = entry;
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

    /** The listed segment; null if it is none of the store. */
    SegmentEntry entry(long segmentId) {
        Slot slot = slots.get(segmentId);
        return slot == null ? null : slot.entry;
    }

    List<SegmentEntry> entries() {
        List<SegmentEntry> entries = new ArrayList<>();
        for (Slot slot : slots.values()) {
            entries.add(slot.entry);
        }
        return entries;
    }

    StorageFile file(long segmentId) throws IOException {
        Slot slot = slots.get(segmentId);
        if (slot == null) {
            throw JournalException.damaged(
                    directory.path(segmentId), segmentId, 0, "location in a segment that is not listed");
        }
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
        for (Slot slot : slots.values()) {
            synchronized (slot) {
                try {
                    if (slot.file != null) {
                        slot.file.close();
                        slot.file = null;
                    }
                } catch (IOException e) {
                    failure = e;
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
