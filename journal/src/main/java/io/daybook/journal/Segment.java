package io.daybook.journal;

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

    /** Blocks up to here were allocated when it was made, as its file had another life before; 0: none. */
    final long allocatedEnd;

    /** Committer: blocks up to here were written once, so that a sync need not allocate. */
    long preparedEnd;
    /** Committer: the file is at least so long. */
    long lengthEnd;
    /** Committer: first LSN written, 0: none. */
    long firstLsn;
    /** Committer: last LSN written; read by others once the segment was rolled and its last frame handed on. */
    volatile long lastLsn;
    /** Committer: end of the last frame written. */
    volatile long end;

    Segment(SegmentEntry entry, StorageFile file, long capacity, int blockBytes, long allocatedEnd) throws IOException {
        this.entry = entry;
        this.id = entry.id();
        this.nonce = entry.nonce();
        this.file = file;
        this.capacity = capacity;
        this.end = blockBytes;
        this.lengthEnd = file.size();
        this.allocatedEnd = Math.min(capacity, allocatedEnd);
        this.preparedEnd = Math.max(blockBytes, this.allocatedEnd);
    }
}
