package io.daybook.journal;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Where records get their place: log sequence number, frame, offset. The lock makes a check of a ledger's state and the
 * reservation one step, so the order of LSNs is the order of decisions.
 *
 * <p>Under the lock nothing is copied, written or called out; the copying happens afterwards, by each caller, into the room
 * that it was given. All fields are guarded by {@link #lock}, unless they say otherwise.
 */
final class Intake {
    private static final int SPINS = 500;

    final ReentrantLock lock = new ReentrantLock();
    private final Condition room = lock.newCondition();
    private final JournalOptions options;
    private final TailCache cache;
    private final int blockBytes;
    private final JournalClock clock;

    private final Deque<Frame> idleFrames = new ArrayDeque<>();
    /** Opened and not completed, oldest first. */
    private final Deque<Frame> inFlight = new ArrayDeque<>();

    private final Deque<Frame> closed = new ArrayDeque<>();
    private Frame open;
    private Segment active;
    private Segment prepared;
    private long nextOffset;
    private Chunk chunk;
    /** Of the group that was gathered last. */
    private long groupBytes;

    private long nextLsn;
    /** Changed under the lock; for whoever only looks, who must not wait for it. */
    private volatile long inFlightBytes;

    private int waiters;
    /** Likewise. */
    private volatile boolean diskFull;

    private boolean segmentWanted;
    /** Whether the disk is full and a change that helps to free space found no segment. */
    private boolean removalsWantSegment;
    /** Whether there is no room even for such changes. */
    private boolean noRoomForRemovals;
    /** Whether segments are prepared as early as can be and blocks are allocated before they are promised. */
    private boolean low;

    /** Written under the lock, read by anyone. */
    private volatile Throwable failure;
    /** Written under the lock, read by anyone. */
    private volatile long acceptedLsn;
    /** Set by completions: chunks before the one of the last completed frame may be evicted. */
    private volatile Chunk completedChunk;

    Intake(
            JournalOptions options,
            TailCache cache,
            int blockBytes,
            JournalClock clock,
            long recoveredLsn,
            long firstLsn) {
        this.options = options;
        this.cache = cache;
        this.blockBytes = blockBytes;
        this.clock = clock;
        this.nextLsn = firstLsn;
        this.acceptedLsn = recoveredLsn;
    }

    /** Gives room, or says what is missing. */
    Journal.Room reserve(Journal journal, Ticket ticket, int bytes, int records, boolean privileged) {
        assert lock.isHeldByCurrentThread();
        if (failure != null) {
            return Journal.Room.FAILED;
        }
        if (diskFull && !privileged) {
            return Journal.Room.DISK_FULL;
        }
        if (inFlightBytes > 0 && inFlightBytes + bytes > options.inFlightBytesMax()) {
            return Journal.Room.BUSY;
        }
        if (open != null && !open.fits(bytes)) {
            closeOpen();
        }
        if (open == null && !openFrame(bytes)) {
            if (!diskFull) {
                return Journal.Room.NO_SEGMENT;
            }
            removalsWantSegment = privileged;
            return noRoomForRemovals ? Journal.Room.DISK_FULL : Journal.Room.NO_SEGMENT;
        }
        // All memory that filling or abandoning takes is there before anything counts: a frame that nobody can hand
        // over would
        // have the committer wait for ever.
        open.slotsFor(records);
        ticket.reserved(journal, open, open.bytes, bytes, records, nextLsn);
        open.bytes += bytes;
        open.records += records;
        open.admittedBytes += bytes;
        open.reserved();
        inFlightBytes += bytes;
        nextLsn += records;
        acceptedLsn = nextLsn - 1;
        return Journal.Room.GRANTED;
    }

    private boolean openFrame(int bytes) {
        long need = FrameFormat.padded(FrameFormat.HEADER_BYTES + bytes, blockBytes);
        if (active == null || nextOffset + need > active.capacity || leavesActive()) {
            if (prepared == null) {
                segmentWanted = true;
                return false;
            }
            active = prepared;
            prepared = null;
            nextOffset = active.end;
            chunk = null;
        }
        if (low || nextOffset > active.capacity / 4) {
            segmentWanted = true;
        }
        if (chunk == null || Math.max(need, roomWanted()) > chunk.capacity - chunk.position) {
            cache.evict(completedChunk);
            chunk = cache.allocate(active.id, nextOffset, need);
        }
        int capacity = (int) Math.min(chunk.capacity - chunk.position, active.capacity - nextOffset);
        open = idleFrames.isEmpty() ? new Frame() : idleFrames.removeFirst();
        open.open(active, nextOffset, chunk, Math.min(capacity, limit(need)), nextLsn, clock.nanoTime());
        inFlight.addLast(open);
        return true;
    }

    /**
     * A frame that meets the end of its chunk goes on in the next one as a second write of its group, which costs a good part of
     * what writing it all costs. So the rest is given up when the last group would hardly have fitted.
     */
    private long roomWanted() {
        return Math.min(groupBytes + groupBytes / 4, chunk.capacity / 8);
    }

    /** Near the limit, the rest of a segment that has no blocks is left for one that has. */
    private boolean leavesActive() {
        return low && prepared != null && prepared.isAllocated() && !active.isAllocated();
    }

    /** A frame may always hold what it was opened for. */
    private int limit(long need) {
        return (int) Math.max(need, options.frameBytesMax());
    }

    private void closeOpen() {
        long padded = FrameFormat.padded(open.bytes, blockBytes);
        nextOffset += padded;
        chunk.position += (int) padded;
        closed.addLast(open);
        open = null;
    }

    /**
     * For the journal's own threads: callers hold the lock for some ten nanoseconds, again and again. Who queues for it makes
     * each of them wake him at its unlock, until he runs: a system call an append, and he is late.
     */
    private void lockSoon() {
        for (int tries = 0; tries < SPINS; tries++) {
            if (lock.tryLock()) {
                return;
            }
            Thread.onSpinWait();
        }
        lock.lock();
    }

    /** Closes the open frame and moves all closed ones to the group; whether there is any. */
    boolean gather(List<Frame> group) {
        lockSoon();
        try {
            if (open != null && open.records > 0) {
                closeOpen();
            }
            long bytes = 0;
            for (Frame frame = closed.pollFirst(); frame != null; frame = closed.pollFirst()) {
                group.add(frame);
                bytes += FrameFormat.padded(frame.bytes, blockBytes);
            }
            groupBytes = group.isEmpty() ? groupBytes : bytes;
            return !group.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    /** Whether something waits to be written. */
    boolean hasWork() {
        lockSoon();
        try {
            return failure == null && (!closed.isEmpty() || (open != null && open.records > 0));
        } finally {
            lock.unlock();
        }
    }

    /** When the oldest frame that waits was opened; {@link Long#MAX_VALUE} if none does. */
    long oldestNanos() {
        lock.lock();
        try {
            Frame oldest = closed.isEmpty() ? open : closed.peekFirst();
            return oldest == null || oldest.records == 0 ? Long.MAX_VALUE : oldest.openedNanos;
        } finally {
            lock.unlock();
        }
    }

    /** A frame's completions were told: its room is free again and it can be used anew. */
    void completed(Frame frame) {
        lockSoon();
        try {
            inFlight.remove(frame);
            completedChunk = frame.chunk;
            inFlightBytes -= frame.admittedBytes;
            frame.forget();
            idleFrames.addLast(frame);
            if (waiters > 0) {
                room.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Takes the listeners of all records in flight, so that they can be told although their frames hang somewhere. The
     * frames stay with whoever has them. What a caller is still filling is left out.
     */
    List<Journal.Untold> takeUntold() {
        List<Journal.Untold> untold = new ArrayList<>();
        Frame.Cursor cursor = new Frame.Cursor();
        lock.lock();
        try {
            for (Frame frame : inFlight) {
                if (!frame.isFilled()) {
                    continue;
                }
                frame.rewind(cursor);
                while (cursor.next()) {
                    Object listener = frame.takeListener(cursor.index());
                    if (listener != null) {
                        Object context = frame.context(cursor.index());
                        untold.add(new Journal.Untold(cursor.ledgerId(), cursor.entryId(), listener, context));
                    }
                }
            }
        } finally {
            lock.unlock();
        }
        return untold;
    }

    /** Waits, with the lock given up meanwhile, until there may be room. */
    void await(Waiting waiting, long nanos) {
        assert lock.isHeldByCurrentThread();
        waiters++;
        try {
            waiting.await(room, nanos);
        } finally {
            waiters--;
        }
    }

    boolean wantsSegment() {
        lock.lock();
        try {
            return segmentWanted && prepared == null && failure == null;
        } finally {
            lock.unlock();
        }
    }

    /** Whether a change that helps to free space waits for a segment although the disk is full. */
    boolean removalsWantSegment() {
        lock.lock();
        try {
            return diskFull && removalsWantSegment && prepared == null && failure == null;
        } finally {
            lock.unlock();
        }
    }

    /** Gives a segment to write; the disk-full state stays as it is. */
    void offerSegment(Segment segment) {
        lock.lock();
        try {
            prepared = segment;
            segmentWanted = false;
            removalsWantSegment = false;
            noRoomForRemovals = false;
            room.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Takes back a segment that has no blocks yet and was not given out; null: there is none. */
    Segment takeUnallocated() {
        lock.lock();
        try {
            Segment taken = prepared;
            if (taken == null || taken.isAllocated()) {
                return null;
            }
            prepared = null;
            return taken;
        } finally {
            lock.unlock();
        }
    }

    /** Not even for a change that helps to free space is there a segment, until one is offered or the state is set anew. */
    void refuseRemovals() {
        lock.lock();
        try {
            noRoomForRemovals = true;
            removalsWantSegment = false;
            room.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Sets whether room is short. */
    void setLow(boolean value) {
        lock.lock();
        try {
            low = value;
            if (low && active != null && prepared == null) {
                segmentWanted = true;
            }
        } finally {
            lock.unlock();
        }
    }

    /** Whether the state changed. */
    boolean setDiskFull(boolean full) {
        lock.lock();
        try {
            boolean changed = diskFull != full;
            diskFull = full;
            noRoomForRemovals = false;
            room.signalAll();
            return changed;
        } finally {
            lock.unlock();
        }
    }

    boolean isDiskFull() {
        return diskFull;
    }

    /** The first failure stays; whether this is it. */
    boolean fail(Throwable cause) {
        lock.lock();
        try {
            room.signalAll();
            if (failure != null) {
                return false;
            }
            failure = cause;
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** The first failure stays; frames that nobody has written yet are handed over to be told. */
    boolean fail(Throwable cause, List<Frame> unwritten) {
        lock.lock();
        try {
            if (open != null && open.records > 0) {
                closeOpen();
            }
            unwritten.addAll(closed);
            closed.clear();
            return fail(cause);
        } finally {
            lock.unlock();
        }
    }

    Throwable failure() {
        return failure;
    }

    /** The segment that is written and the one that is ready, for the end of the journal. */
    Segment activeSegment() {
        lock.lock();
        try {
            return active;
        } finally {
            lock.unlock();
        }
    }

    Segment takePrepared() {
        lock.lock();
        try {
            Segment taken = prepared;
            prepared = null;
            return taken;
        } finally {
            lock.unlock();
        }
    }

    /** Nothing is open or closed and unwritten, and nobody fills. */
    boolean isIdle() {
        assert lock.isHeldByCurrentThread();
        return closed.isEmpty() && (open == null || open.records == 0);
    }

    void wakeAll() {
        lock.lock();
        try {
            room.signalAll();
        } finally {
            lock.unlock();
        }
    }

    long acceptedLsn() {
        return acceptedLsn;
    }

    long inFlightBytes() {
        return inFlightBytes;
    }
}
