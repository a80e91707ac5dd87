package io.daybook.lease;

import java.time.Duration;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import org.jetbrains.lincheck.datastructures.Operation;

/**
 * A fake native handle, the lease that guards it, and what users and owners do with both: what Lincheck drives. What an
 * operation answers must be what {@link Alone} answers in some order of the operations; a handle that is used after it was
 * freed throws, which {@link Alone} never does.
 *
 * <p>What {@link Lease#end} finds when it has no time to wait is not compared: an acquire that is about to back out still
 * counts there.
 */
public abstract class LeasedHandle {
    /** Holds change threads here. */
    private final ConcurrentLinkedQueue<Runnable> held = new ConcurrentLinkedQueue<>();

    /** Endings accepted; counted afterwards, so never more than there are. */
    final AtomicInteger registered = new AtomicInteger();

    private final AtomicInteger ended = new AtomicInteger();
    private volatile boolean freed;
    private volatile String wrongEnding;

    /** Gives what gives the hold back, or null. */
    abstract Runnable tryAcquire();

    abstract boolean tryRegister(Runnable ending);

    /** Ends without waiting; whether the handle may be freed. */
    abstract boolean endNow();

    /** Takes a hold and leaves it for whoever comes; whether it was granted. */
    @Operation
    public boolean acquire() {
        Runnable release = tryAcquire();
        if (release == null) {
            return false;
        }
        touch();
        held.add(release);
        return true;
    }

    /** Uses the handle under somebody's hold, and gives that back. */
    @Operation
    public void useAndRelease() {
        Runnable release = held.poll();
        if (release != null) {
            touch();
            release.run();
        }
    }

    /** Registers an ending; whether it was in time. */
    @Operation
    public boolean register() {
        return tryRegister(this::ending);
    }

    /** The owner ends the lease, and frees the handle if it may. */
    @Operation
    public void end() {
        boolean drained = endNow();
        if (wrongEnding != null) {
            throw new IllegalStateException(wrongEnding);
        }
        if (drained) {
            freed = true;
            if (ended.get() < registered.get()) {
                throw new IllegalStateException("freed before all endings had run");
            }
        }
    }

    private void touch() {
        if (freed) {
            throw new IllegalStateException("used after it was freed");
        }
    }

    private void ending() {
        ended.incrementAndGet();
        if (freed) {
            wrongEnding = "an ending ran after the handle was freed";
        }
        if (tryAcquire() != null) {
            wrongEnding = "a hold was granted while the endings ran";
        }
    }

    /** How a handle behaves when one operation runs at a time. */
    public static final class Alone {
        private boolean ended;

        /** Granted until the end. */
        public boolean acquire() {
            return !ended;
        }

        /** Says nothing. */
        public void useAndRelease() {}

        /** In time until the end. */
        public boolean register() {
            return !ended;
        }

        /** Says nothing. */
        public void end() {
            ended = true;
        }
    }

    private abstract static class OfLease extends LeasedHandle {
        private final Lease lease;

        OfLease(Lease lease) {
            this.lease = lease;
        }

        @Override
        Runnable tryAcquire() {
            Hold hold = lease.tryAcquire();
            return hold == null ? null : hold::close;
        }

        @Override
        boolean tryRegister(Runnable ending) {
            try {
                lease.onEnd("ending", ending);
                registered.incrementAndGet();
                return true;
            } catch (IllegalStateException e) {
                return false;
            }
        }

        @Override
        boolean endNow() {
            return lease.end(Duration.ZERO).drained();
        }
    }

    /** With the lease of a database. */
    public static final class Striped extends OfLease {
        /** For Lincheck. */
        public Striped() {
            super(new Lease("handle"));
        }
    }

    /** With the lease of a file. */
    public static final class Compact extends OfLease {
        /** For Lincheck. */
        public Compact() {
            super(Lease.compact("handle"));
        }
    }

    /** With a lease that records its holds. */
    public static final class Debug extends OfLease {
        /** For Lincheck. */
        public Debug() {
            super(Lease.debug("handle"));
        }
    }

    /** Two stripes and a bit, used in the wrong order or on the wrong stripe; it drops endings. */
    private abstract static class Model extends LeasedHandle {
        final AtomicLongArray stripes = new AtomicLongArray(2);
        private final AtomicInteger acquires = new AtomicInteger();
        volatile boolean ending;

        /** The one that is looked at last comes first: an acquire that backs out can then move a hold behind the look. */
        final int nextStripe() {
            return acquires.incrementAndGet() & 1;
        }

        @Override
        boolean tryRegister(Runnable ending) {
            return !this.ending;
        }

        @Override
        boolean endNow() {
            ending = true;
            return stripes.get(0) + stripes.get(1) == 0;
        }
    }

    /** The closing bit is looked at before the hold counts. */
    public static final class CheckThenIncrement extends Model {
        @Override
        Runnable tryAcquire() {
            if (ending) {
                return null;
            }
            int stripe = nextStripe();
            stripes.incrementAndGet(stripe);
            return () -> stripes.decrementAndGet(stripe);
        }
    }

    /** A hold is counted on one stripe and given back on the other. */
    public static final class ReleaseOnAnotherStripe extends Model {
        @Override
        Runnable tryAcquire() {
            int stripe = nextStripe();
            stripes.incrementAndGet(stripe);
            Runnable release = () -> stripes.decrementAndGet(1 - stripe);
            if (ending) {
                release.run();
                return null;
            }
            return release;
        }
    }

    /** The same without a mistake: what is found in the others is theirs. */
    public static final class Unbroken extends Model {
        @Override
        Runnable tryAcquire() {
            int stripe = nextStripe();
            stripes.incrementAndGet(stripe);
            Runnable release = () -> stripes.decrementAndGet(stripe);
            if (ending) {
                release.run();
                return null;
            }
            return release;
        }
    }
}
