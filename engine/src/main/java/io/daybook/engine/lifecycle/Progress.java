package io.daybook.engine.lifecycle;

import io.daybook.journal.Waiting;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/** Lets callers wait for the engine's threads to get somewhere. <b>Thread-safe.</b> */
public final class Progress {
    private static final long RECHECK_NANOS = 50_000_000;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition moved = lock.newCondition();
    private final Waiting waiting;
    private volatile int waiters;

    /** Nobody waits. */
    public Progress(Waiting waiting) {
        this.waiting = waiting;
    }

    /** Something moved on. Cheap when nobody waits. */
    public void moved() {
        if (waiters > 0) {
            lock.lock();
            try {
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
        lock.lock();
        try {
            waiters++;
            while (!condition.getAsBoolean()) {
                long left = nanos - (System.nanoTime() - start);
                if (left <= 0) {
                    return false;
                }
                waiting.await(moved, Math.min(left, RECHECK_NANOS));
            }
            return true;
        } finally {
            waiters--;
            lock.unlock();
        }
    }
}
