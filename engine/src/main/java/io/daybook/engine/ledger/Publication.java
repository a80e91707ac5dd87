package io.daybook.engine.ledger;

import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Lets several changes become visible at once: the one thread that applies changes brackets them, and a reader that overlapped
 * a bracket reads again. A sequence lock; readers write nothing.
 */
public final class Publication {
    private static final int SPINS = 100;

    private final AtomicLong version = new AtomicLong();

    /** Nothing under way. */
    public Publication() {}

    /** Begins changes that belong together. <b>Guarded by the lock of applying</b>, as {@link #end} is. */
    public void begin() {
        version.set(version.get() + 1);
        // The changes are plain stores: none may be seen before.
        VarHandle.fullFence();
    }

    /** Ends them: all are visible. */
    public void end() {
        version.set(version.get() + 1);
    }

    /** Returns a stamp when nothing is under way; waits for the end of what is. */
    public long enter() {
        long stamp = version.get();
        for (int tries = 0; (stamp & 1) != 0; tries++) {
            if (tries < SPINS) {
                Thread.onSpinWait();
            } else {
                Thread.yield();
            }
            stamp = version.get();
        }
        return stamp;
    }

    /** Whether nothing was changed since the stamp. */
    public boolean validate(long stamp) {
        // What was read since must have been read before the version is: a volatile load alone does not hold back
        // earlier ones.
        VarHandle.acquireFence();
        return version.get() == stamp;
    }
}
