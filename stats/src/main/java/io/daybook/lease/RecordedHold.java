package io.daybook.lease;

import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;

/** The hold of a debug lease: an object of its own that knows who took it, from where, and whether it is still out. */
final class RecordedHold extends Hold {

    private final Lease lease;
    private final Stripe stripe;
    private final Set<RecordedHold> outstanding;
    private final String owner = Thread.currentThread().getName();
    private final StackTraceElement[] stack = new Throwable().getStackTrace();
    private final AtomicBoolean closed = new AtomicBoolean();

    RecordedHold(Lease lease, Stripe stripe, Set<RecordedHold> outstanding) {
        this.lease = lease;
        this.stripe = stripe;
        this.outstanding = outstanding;
        outstanding.add(this);
    }

    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            throw new IllegalStateException("a hold of " + lease + " was given back twice; taken by " + describe());
        }
        // Out of the record first: a hold that is counted but not listed is reported as "unknown", the reverse as a
        // leak.
        outstanding.remove(this);
        stripe.close();
    }

    String describe() {
        return Holders.describe(owner, stack);
    }
}
