package io.daybook.engine.ledger;

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

    /** Begins changes that belong together. Applying thread only. */
    public void begin() {
        version.set(version.get() + 1);
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
        return version.get() == stamp;
    }
}
