package io.daybook.journal;

import io.daybook.storage.NoSpaceException;
import io.daybook.storage.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Writes what has gathered, syncs it and hands it on: group commit. It runs no user code and waits for nobody but the callers
 * who are filling their room.
 *
 * <pre>
 * gather ─► wait until filled ─► headers ─► write ─► sync ─► durable position ─► completions
 * </pre>
 *
 * <p>The first failure is final: what was being written and all that comes after is told as failed, and nothing is written or
 * synced again. <b>By one thread at a time</b>, but for the volatile positions.
 */
final class Committer {
    /** Commits up to this size are "small": a sync that need not allocate blocks pays for them. */
    private static final long SMALL_COMMIT_BYTES = 64 << 10;

    /** Written ahead with zeros while commits are small, so that their syncs change no file metadata. */
    private static final int PREWRITE_BYTES = 256 << 10;

    private static final int PREWRITE_MARGIN_BYTES = 32 << 10;

    private static final ByteBuffer ZEROS =
            ByteBuffer.allocateDirect(PREWRITE_BYTES).asReadOnlyBuffer();

    /** While commits are large the file is made longer in steps, without writing: measured 2.4 times faster than extending. */
    private static final long EXTEND_BYTES = 32L << 20;

    private final Intake intake;
    private final Completions completions;
    private final JournalOptions options;
    private final JournalListener listener;
    private final JournalClock clock;
    private final JournalSpace space;
    private final int blockBytes;
    private final RecordChecksum checksum = new RecordChecksum();
    private final ByteBuffer zeros = ZEROS.duplicate();
    private final List<Frame> group = new ArrayList<>();
    /** Held while a commit is under way, or while those who wait are told of a failure elsewhere. */
    private final ReentrantLock working = new ReentrantLock();

    private boolean failureTold;

    /** The segment written last and not known to be synced. */
    private Segment unsynced;

    private long unsyncedBytes;
    private long unsyncedSinceNanos;
    private long writtenWatermark;
    private int unsyncedFrames;

    // The sync that ended last, and the one before it, which frames that gathered meanwhile waited for.
    private long syncBegan;
    private long syncEnded;
    private long earlierBegan;
    private long earlierEnded;

    private volatile long writtenLsn;
    private volatile long durableLsn;
    /** The highest LSN that a durable frame's watermark covers: what no torn tail can reach. */
    private volatile long coveredLsn;

    /** Written under this object's monitor. */
    private volatile long syncRequestedLsn;

    Committer(
            Intake intake,
            Completions completions,
            JournalOptions options,
            JournalListener listener,
            JournalClock clock,
            JournalSpace space,
            int blockBytes,
            long recoveredLsn) {
        this.space = space;
        this.intake = intake;
        this.completions = completions;
        this.options = options;
        this.listener = listener;
        this.clock = clock;
        this.blockBytes = blockBytes;
        this.writtenLsn = recoveredLsn;
        this.durableLsn = recoveredLsn;
        this.coveredLsn = recoveredLsn;
        this.writtenWatermark = recoveredLsn;
    }

    /** Commits what has gathered; false if there was nothing to do. */
    boolean commitOnce() {
        working.lock();
        try {
            return commit();
        } finally {
            working.unlock();
        }
    }

    /**
     * After a failure elsewhere: tells those who wait, unless a commit is under way, which then does it, so that the order of
     * telling is the order of LSNs. For any thread.
     */
    void drain() {
        if (!working.isHeldByCurrentThread() && working.tryLock()) {
            try {
                drainFailed();
            } finally {
                working.unlock();
            }
        }
    }

    private boolean commit() {
        if (intake.failure() != null) {
            return drainFailed();
        }
        group.clear();
        try {
            if (intake.gather(group)) {
                for (int i = 0; i < group.size(); i++) {
                    awaitFilled(group.get(i));
                }
                Throwable failure = intake.failure();
                // A change that others were accepted behind may have become void by it.
                if (failure != null) {
                    fail(failure);
                    return true;
                }
                writeGroup();
                finish();
                return true;
            }
            return syncIfDue();
        } catch (Throwable e) {
            fail(e);
            return true;
        }
    }

    private void writeGroup() throws IOException {
        long start = clock.nanoTime();
        long bytes = 0;
        int records = 0;
        for (int i = 0; i < group.size(); i++) {
            records += group.get(i).records;
        }
        int from = 0;
        while (from < group.size()) {
            int to = from + 1;
            while (to < group.size() && group.get(to).chunk == group.get(from).chunk) {
                to++;
            }
            bytes += writeRun(from, to);
            from = to;
        }
        unsyncedFrames += group.size();
        listener.written(group.size(), records, bytes, clock.nanoTime() - start);
    }

    /** Zeros behind the records and the header, last: its checksum makes the frame count. */
    private void complete(Frame frame) {
        int padded = (int) FrameFormat.padded(frame.bytes, blockBytes);
        int zeroFrom = frame.chunkAt + frame.bytes;
        ByteBuffer view = frame.chunk.writeView;
        view.clear();
        view.position(zeroFrom).limit(frame.chunkAt + padded);
        view.put(zeros.position(0).limit(padded - frame.bytes));
        view.clear();
        FrameFormat.writeHeader(
                frame.chunk.bytes,
                view,
                frame.chunkAt,
                checksum,
                frame.segment.nonce,
                frame.segment.id,
                frame.offset,
                frame.bytes,
                frame.records,
                frame.firstLsn,
                durableLsn);
        writtenWatermark = durableLsn;
    }

    /** Frames of one chunk follow each other in their segment too: one write. */
    private long writeRun(int from, int to) throws IOException {
        Frame first = group.get(from);
        Frame last = group.get(to - 1);
        Segment segment = first.segment;
        if (unsynced != null && unsynced != segment) {
            // A frame of the next segment proves by being there that this one is whole.
            sync();
        }
        for (int i = from; i < to; i++) {
            complete(group.get(i));
        }
        long bytes = last.offset + FrameFormat.padded(last.bytes, blockBytes) - first.offset;
        ByteBuffer view = first.chunk.writeView;
        view.clear();
        view.position(first.chunkAt).limit(first.chunkAt + (int) bytes);
        if (unsynced == null) {
            unsyncedSinceNanos = clock.nanoTime();
        }
        unsynced = segment;
        long end = first.offset + bytes;
        long ahead;
        try {
            ahead = prepareAhead(segment, end, bytes);
            segment.file.writeFully(view, first.offset);
        } catch (NoSpaceException e) {
            // Somebody else took all room at once, before this segment got its blocks. That a write found none says
            // nothing
            // of what was written before, unlike a failed sync: with room from the reserve it is simply done again.
            if (!space.spend()) {
                throw e;
            }
            ahead = 0;
            view.position(first.chunkAt);
            segment.file.writeFully(view, first.offset);
        }
        if (segment.firstLsn == 0) {
            segment.firstLsn = first.firstLsn;
        }
        segment.end = end;
        segment.lastLsn = last.lastLsn();
        unsyncedBytes += bytes;
        writtenLsn = last.lastLsn();
        return bytes + ahead;
    }

    /** Bytes that were written ahead. */
    private long prepareAhead(Segment segment, long end, long bytes) throws IOException {
        if (bytes > SMALL_COMMIT_BYTES) {
            if (end > segment.lengthEnd) {
                segment.lengthEnd = Math.min(segment.capacity, end + EXTEND_BYTES);
                segment.file.truncate(segment.lengthEnd);
            }
            return 0;
        }
        if (end + PREWRITE_MARGIN_BYTES <= segment.preparedEnd) {
            return 0;
        }
        long from = Math.max(end, segment.preparedEnd);
        long to = Math.min(segment.capacity, from + PREWRITE_BYTES);
        if (to <= from) {
            return 0;
        }
        segment.file.writeFully(zeros.position(0).limit((int) (to - from)), from);
        segment.preparedEnd = to;
        segment.lengthEnd = Math.max(segment.lengthEnd, to);
        return to - from;
    }

    private void finish() throws IOException {
        if (!options.deferred() || syncDue()) {
            sync();
            noteSyncs();
        }
        Throwable failure = intake.failure();
        if (failure != null) {
            // Something else failed meanwhile: after the first failure nothing is acknowledged, whatever succeeds.
            fail(failure);
            return;
        }
        completions.committed(group, durableLsn);
    }

    /** Its own, and what was left of the one before when it was opened. */
    private void noteSyncs() {
        for (int i = 0; i < group.size(); i++) {
            Frame frame = group.get(i);
            long left = earlierEnded - Math.max(earlierBegan, frame.openedNanos);
            frame.syncNanos = syncEnded - syncBegan + Math.max(0, left);
        }
    }

    private boolean syncDue() {
        return unsynced != null
                && (syncRequestedLsn > durableLsn
                        || unsyncedBytes >= options.deferredSyncBytes()
                        || clock.nanoTime() - unsyncedSinceNanos >= options.deferredSyncNanos());
    }

    private boolean syncIfDue() throws IOException {
        if (!syncDue()) {
            return false;
        }
        sync();
        completions.committed(List.of(), durableLsn);
        return true;
    }

    /** The durable position is what had been written before the sync was issued. */
    private void sync() throws IOException {
        long covered = writtenLsn;
        long watermark = writtenWatermark;
        StorageFile file = unsynced.file;
        long start = clock.nanoTime();
        // Data only: the directory and the first block were synced when the segment was prepared, and fdatasync covers
        // the
        // length where it is needed to read the data back.
        file.sync(false);
        if (!options.deferred()) {
            // Without a sync behind each, writes are shortest into the page cache.
            file.written(unsynced.preparedEnd);
        }
        earlierBegan = syncBegan;
        earlierEnded = syncEnded;
        syncBegan = start;
        syncEnded = clock.nanoTime();
        listener.synced(syncEnded - start);
        durableLsn = covered;
        coveredLsn = watermark;
        unsynced = null;
        unsyncedBytes = 0;
        unsyncedFrames = 0;
    }

    void fail(Throwable cause) {
        List<Frame> lost = new ArrayList<>(group);
        group.clear();
        if (intake.fail(cause, lost)) {
            listener.failed(cause);
        }
        failureTold = true;
        completions.failed(lost, intake.failure());
    }

    /** After the failure, reservations that were under way still have to be told. */
    private boolean drainFailed() {
        List<Frame> lost = new ArrayList<>();
        intake.fail(intake.failure(), lost);
        if (lost.isEmpty() && failureTold) {
            return false;
        }
        failureTold = true;
        completions.failed(lost, intake.failure());
        return true;
    }

    static void awaitFilled(Frame frame) {
        int tries = 0;
        while (!frame.isFilled()) {
            if (++tries < 200) {
                Thread.onSpinWait();
            } else if (tries < 300) {
                Thread.yield();
            } else {
                LockSupport.parkNanos(20_000);
            }
        }
    }

    /** How long the commit thread may sleep before a deferred sync is due. */
    long sleepNanos() {
        if (unsynced == null) {
            return Long.MAX_VALUE;
        }
        return Math.max(1, options.deferredSyncNanos() - (clock.nanoTime() - unsyncedSinceNanos));
    }

    synchronized void requestSync(long lsn) {
        syncRequestedLsn = Math.max(syncRequestedLsn, lsn);
    }

    long writtenLsn() {
        return writtenLsn;
    }

    long durableLsn() {
        return durableLsn;
    }

    long coveredLsn() {
        return coveredLsn;
    }

    /** Frames written and not synced. */
    int unsyncedFrames() {
        return unsyncedFrames;
    }
}
