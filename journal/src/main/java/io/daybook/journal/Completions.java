package io.daybook.journal;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Hands frames from the committer to the sink, in order, on the completion thread. The committer never waits for it: what is
 * queued here is bounded by the bytes in flight.
 */
final class Completions {
    private final FrameSink sink;
    private final Intake intake;
    private final Signal wakeup;
    private final int blockBytes;

    /** Guarded by this. */
    private final Deque<Done> queue = new ArrayDeque<>();
    /** Guarded by this: told, to be used again. */
    private final Deque<Done> idle = new ArrayDeque<>();

    /** All records up to here were told; written by the completion thread. */
    private volatile long completedLsn;

    private volatile Thread worker;

    /** What the sink threw: nothing is told as committed after it. */
    private volatile Throwable broken;

    /** What became of a group. One per commit, so used again. */
    private static final class Done {
        final List<Frame> frames = new ArrayList<>();
        long durableLsn;
        Throwable cause;
    }

    Completions(FrameSink sink, Intake intake, Signal wakeup, int blockBytes, long completedLsn) {
        this.sink = sink;
        this.intake = intake;
        this.wakeup = wakeup;
        this.blockBytes = blockBytes;
        this.completedLsn = completedLsn;
    }

    void committed(List<Frame> frames, long durableLsn) {
        enqueue(frames, durableLsn, null);
    }

    void failed(List<Frame> frames, Throwable cause) {
        enqueue(frames, -1, cause);
    }

    private void enqueue(List<Frame> frames, long durableLsn, Throwable cause) {
        synchronized (this) {
            Done done = idle.isEmpty() ? new Done() : idle.removeFirst();
            for (int i = 0; i < frames.size(); i++) {
                // Not all at once, which would make an array of them for each commit.
                done.frames.add(frames.get(i));
            }
            done.durableLsn = durableLsn;
            done.cause = cause;
            queue.addLast(done);
        }
        wakeup.signal();
    }

    synchronized boolean hasWork() {
        return !queue.isEmpty();
    }

    /** Tells one group; false if there was none. Not reentrant: a callback that gets here by waiting does nothing. */
    boolean completeOnce() {
        if (worker != null && worker == Thread.currentThread()) {
            return false;
        }
        Done done;
        synchronized (this) {
            done = queue.pollFirst();
        }
        if (done == null) {
            return false;
        }
        worker = Thread.currentThread();
        int told = 0;
        try {
            Throwable cause = done.cause != null ? done.cause : broken;
            while (told < done.frames.size()) {
                tell(done.frames.get(told++), cause);
            }
            sink.advanced(cause == null ? done.durableLsn : -1);
        } catch (Throwable e) {
            // Whoever called fails the journal with it; those who wait in the frames behind must not wait for ever.
            broken = e;
            if (told < done.frames.size()) {
                putBack(done.frames.subList(told, done.frames.size()));
            }
            throw e;
        } finally {
            worker = null;
        }
        putAway(done);
        return true;
    }

    private synchronized void putAway(Done done) {
        done.frames.clear();
        done.cause = null;
        idle.addLast(done);
    }

    private void tell(Frame frame, Throwable cause) {
        long last = frame.lastLsn();
        try {
            if (cause == null) {
                sink.committed(frame);
                frame.segment.contents.add(frame, blockBytes);
            } else {
                Committer.awaitFilled(frame);
                sink.failed(frame, cause);
            }
        } finally {
            intake.completed(frame);
            completedLsn = last;
        }
    }

    private void putBack(List<Frame> frames) {
        synchronized (this) {
            Done rest = new Done();
            rest.frames.addAll(frames);
            rest.durableLsn = -1;
            queue.addFirst(rest);
        }
        wakeup.signal();
    }

    boolean isWorker() {
        return worker == Thread.currentThread();
    }

    long completedLsn() {
        return completedLsn;
    }
}
