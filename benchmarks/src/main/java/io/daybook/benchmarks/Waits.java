package io.daybook.benchmarks;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/** Counts completions for one thread that waits for a number of them. For set-up, where speed is of no interest. */
public final class Waits {
    private final Thread waiter = Thread.currentThread();
    private final AtomicLong completed = new AtomicLong();
    private volatile Throwable failure;
    private volatile long wanted = Long.MAX_VALUE;

    /** For the thread that calls this. */
    public Waits() {}

    /** One more has ended; null: well. */
    public void completed(Throwable appendFailure) {
        if (appendFailure != null) {
            failure = appendFailure;
        }
        if (completed.incrementAndGet() >= wanted) {
            LockSupport.unpark(waiter);
        }
    }

    /** Waits until so many have. */
    public void await(long count) {
        if (completed.get() >= count) {
            return;
        }
        wanted = count;
        while (completed.get() < count) {
            LockSupport.parkNanos(this, 100_000_000);
            if (failure != null) {
                throw new IllegalStateException("an append failed", failure);
            }
        }
        wanted = Long.MAX_VALUE;
    }
}
