package io.daybook.journal;

import io.daybook.storage.SpaceReserve;
import io.daybook.storage.StorageFile;
import java.io.IOException;

/**
 * A segment that this journal writes, from its preparation to its seal. What the committer alone touches is marked so; the
 * rest is constant or guarded by the journal's intake lock.
 */
final class Segment {
    final long id;
    final long nonce;
    final StorageFile file;
    /** Frames end at or before this offset. */
    final long capacity;

    final SegmentEntry entry;

    /**
     * Blocks up to here were allocated before it was given out, as its file had another life or was written with zeros; 0:
     * none.
     */
    private volatile long allocatedEnd;

    /** Committer: blocks up to here were written once, so that a sync need not allocate. */
    long preparedEnd;
    /** Committer: the file is at least so long. */
    long lengthEnd;
    /** Committer: first LSN written, 0: none. */
    long firstLsn;
    /** Committer: last LSN written; read by others once the segment was rolled and its last frame handed on. */
    volatile long lastLsn;
    /** Completions: what its frames hold. */
    final ContentsWriter contents;
    /** Lifecycle: what the manifest is to say of it, null: it is not sealed yet. */
    SegmentEntry sealed;
    /** Committer: end of the last frame written. */
    volatile long end;

    Segment(
            SegmentEntry entry,
            StorageFile file,
            long capacity,
            int blockBytes,
            long allocatedEnd,
            ContentsWriter contents)
            throws IOException {
        this.entry = entry;
        this.contents = contents;
        this.id = entry.id();
        this.nonce = entry.nonce();
        this.file = file;
        this.capacity = capacity;
        this.end = blockBytes;
        this.lengthEnd = file.size();
        this.allocatedEnd = Math.min(capacity, allocatedEnd);
        this.preparedEnd = Math.max(blockBytes, this.allocatedEnd);
    }

    /** Whether each of its blocks is allocated. */
    boolean isAllocated() {
        return allocatedEnd == capacity;
    }

    /** Bytes that may still be accepted into it and have no blocks yet. */
    long promised() {
        return capacity - Math.max(end, allocatedEnd);
    }

    /** Writes zeros wherever it has no blocks yet, synced on return. Before it is given out. */
    void allocate() throws IOException {
        if (!isAllocated()) {
            SpaceReserve.writeZeros(file, Math.max(end, allocatedEnd), capacity);
            file.sync(true);
            allocatedEnd = capacity;
            preparedEnd = capacity;
            lengthEnd = capacity;
        }
    }
}
