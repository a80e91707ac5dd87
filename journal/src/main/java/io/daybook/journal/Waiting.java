package io.daybook.journal;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;

/**
 * How a caller waits for the engine's threads: the seam that lets everything run on one thread, where waiting means doing the
 * work oneself.
 */
@FunctionalInterface
public interface Waiting {

    /** Waits as usual, for all its time even if the thread is interrupted; the flag is kept. */
    Waiting BLOCKING = (condition, nanos) -> {
        boolean interrupted = Thread.interrupted();
        try {
            long end = System.nanoTime() + nanos;
            long left = nanos;
            while (left > 0) {
                try {
                    condition.await(left, TimeUnit.NANOSECONDS);
                    return;
                } catch (InterruptedException e) {
                    interrupted = true;
                    left = end - System.nanoTime();
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    };

    /**
     * Waits until signalled or the time is over, perhaps less.
     *
     * @param condition of a lock that the caller holds
     * @param nanos at most so long
     */
    void await(Condition condition, long nanos);
}
