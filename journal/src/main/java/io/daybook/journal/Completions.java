package io.daybook.journal;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * Hands frames from the committer to the sink, in order, on the completion thread. The committer never waits for it: what is
 * queued here is bounded by the bytes in flight.
 */
final class Completions {
    private final FrameSink sink;
    private final Intake intake;
    private final Wakeup wakeup;
    private final int blockBytes;

    /** Guarded by this. */
    private final Deque<Done> queue = new ArrayDeque<>();

    /** All records up to here were told; written by the completion thread. */
    private volatile long completedLsn;

    private volatile Thread worker;

    /** What the sink threw: nothing is told as committed after it. */
    private volatile Throwable broken;

    /** What became of a group. */
    private record Done(List<Frame> frames, long durableLsn, Throwable cause) {}

    Completions(FrameSink sink, Intake intake, Wakeup wakeup, int blockBytes, long completedLsn) {
        this.sink = sink;
        this.intake = intake;
        this.wakeup = wakeup;
        this.blockBytes = blockBytes;
        this.completedLsn = completedLsn;
    }

    void committed(List<Frame> frames, long durableLsn) {
        enqueue(new Done(List.copyOf(frames), durableLsn, null));
    }

    void failed(List<Frame> frames, Throwable cause) {
        enqueue(new Done(List.copyOf(frames), -1, cause));
    }

    private void enqueue(Done done) {
        synchronized (this) {
            queue.addLast(done);
        }
        wakeup.signal();
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
            Throwable cause = done.cause() != null ? done.cause() : broken;
            for (Frame frame : done.frames()) {
                told++;
                tell(frame, cause);
            }
            sink.advanced(cause == null ? done.durableLsn() : -1);
        } catch (Throwable e) {
            // Whoever called fails the journal with it; those who wait in the frames behind must not wait for ever.
            broken = e;
            if (told < done.frames().size()) {
                putBack(done.frames().subList(told, done.frames().size()));
            }
            throw e;
        } finally {
            worker = null;
        }
        return true;
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
            queue.addFirst(new Done(List.copyOf(frames), -1, null));
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
