package io.daybook.journal;

import java.util.concurrent.locks.LockSupport;

/**
 * Lets one thread sleep until another has work for it. A signal that comes while nobody sleeps is kept, so none is lost; it
 * costs one volatile read when there is one already. <b>Thread-safe</b>, for one sleeper.
 */
public final class Wakeup implements Signal {
    private volatile Thread sleeper;
    private volatile boolean signalled;

    /** Not signalled. */
    public Wakeup() {}

    @Override
    public void signal() {
        if (!signalled) {
            signalled = true;
            Thread thread = sleeper;
            if (thread != null) {
                LockSupport.unpark(thread);
            }
        }
    }

    /**
     * Sleeps until signalled.
     *
     * @param nanos at most so long
     */
    public void sleep(long nanos) {
        sleeper = Thread.currentThread();
        try {
            long end = System.nanoTime() + nanos;
            long left = nanos;
            while (!signalled && left > 0) {
                LockSupport.parkNanos(this, left);
                // An interrupt would make every park return at once: engine threads are ours, nobody's flag is lost.
                Thread.interrupted();
                left = end - System.nanoTime();
            }
        } finally {
            sleeper = null;
            signalled = false;
        }
    }
}
