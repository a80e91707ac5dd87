package io.daybook.lease;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/*
 * A counter alone on its cache lines. Fields of a superclass are laid out before those of a subclass, so the padding goes
 * into a class below and a class above the counter. 128 bytes each side: two lines, as x86 fetches lines in pairs.
 */
abstract class StripePaddingBefore extends Hold {
    long b00, b01, b02, b03, b04, b05, b06, b07, b08, b09, b10, b11, b12, b13, b14, b15;
}

/** The counter, with every access that is made to it. */
abstract class StripeCount extends StripePaddingBefore {

    private static final VarHandle COUNT;

    static {
        try {
            COUNT = MethodHandles.lookup().findVarHandle(StripeCount.class, "count", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private volatile long count;

    /** Who took the last hold here: a hint for reports, written on a line that the increment has made ours anyway. */
    private long lastThreadId;

    final void increment(long threadId) {
        COUNT.getAndAdd(this, 1L);
        lastThreadId = threadId;
    }

    /** Returns the count before. */
    final long decrement() {
        return (long) COUNT.getAndAdd(this, -1L);
    }

    final void undoDecrement() {
        COUNT.getAndAdd(this, 1L);
    }

    final long count() {
        return count;
    }

    final long lastThreadId() {
        return lastThreadId;
    }
}

/** One stripe of a lease's hold counter, and at the same time the hold that is handed out for it. */
final class Stripe extends StripeCount {

    long a00, a01, a02, a03, a04, a05, a06, a07, a08, a09, a10, a11, a12, a13, a14, a15;

    private final Lease lease;

    Stripe(Lease lease) {
        this.lease = lease;
    }

    @Override
    public void close() {
        long before = decrement();
        // Volatile order: the decrement comes before this look at the closing bit, as end() sets the bit before it
        // looks
        // at the counts. One of the two sees the other, so the last one out cannot leave a sleeping end() behind.
        if (before <= 1) {
            if (before <= 0) {
                undoDecrement();
            }
            lease.stripeEmptied();
            if (before <= 0) {
                throw new IllegalStateException("a hold of " + lease + " was given back more often than it was taken");
            }
        }
    }
}
