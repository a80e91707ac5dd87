package io.daybook.engine.lifecycle;

import io.daybook.journal.Waiting;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/**
 * Lets callers wait for the engine's threads to get somewhere. Conditions are looked at without a lock of this class, so they may
 * take others, under which something may move. <b>Thread-safe.</b>
 */
public final class Progress {
    private static final long RECHECK_NANOS = 50_000_000;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition moved = lock.newCondition();
    private final Waiting waiting;
    /** Changed under the lock, as is the next one. */
    private volatile int waiters;

    private volatile long moves;

    /** Nobody waits. */
    public Progress(Waiting waiting) {
        this.waiting = waiting;
    }

    /** Whether anybody waits. */
    public boolean isAwaited() {
        return waiters > 0;
    }

    /** Something moved on. Cheap when nobody waits. */
    public void moved() {
        if (waiters > 0) {
            lock.lock();
            try {
                moves++;
                moved.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }

    /** Waits until a condition holds; false if the time is over. */
    public boolean await(BooleanSupplier condition, long nanos) {
        if (condition.getAsBoolean()) {
            return true;
        }
        long start = System.nanoTime();
        change(1);
        try {
            while (true) {
                long seen = moves;
                if (condition.getAsBoolean()) {
                    return true;
                }
                long left = nanos - (System.nanoTime() - start);
                if (left <= 0) {
                    return false;
                }
                awaitMove(seen, Math.min(left, RECHECK_NANOS));
            }
        } finally {
            change(-1);
        }
    }

    private void awaitMove(long seen, long nanos) {
        lock.lock();
        try {
            if (moves == seen) {
                waiting.await(moved, nanos);
            }
        } finally {
            lock.unlock();
        }
    }

    private void change(int by) {
        lock.lock();
        try {
            waiters += by;
        } finally {
            lock.unlock();
        }
    }
}
