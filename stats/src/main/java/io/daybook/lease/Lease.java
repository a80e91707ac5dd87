package io.daybook.lease;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/*
 * Correctness
 * -----------
 * An acquire increments its stripe and then reads the closing bit; the end sets the bit and then reads the stripes. All
 * four are volatile accesses, so they have one total order, and of an acquire and an end at least one sees the other:
 *
 *   - the acquire read "open": its increment stands before the bit was set, so the end counts it;
 *   - the acquire read "ending": it backs out on the same stripe and uses nothing.
 *
 * Hence, once the bit is set, the true holds of a stripe only become fewer, and what a stripe shows is never less than its
 * true holds (an acquire that is about to back out only adds). A stripe that was zero once after the bit was set is done
 * for ever, so the stripes may be looked at one after the other. It needs that a hold is released on its own stripe: the
 * hold is the stripe, so there is no other way. Stripes are compared with zero one by one and not summed, so that a stripe
 * that a double release has made negative cannot cancel the hold of another.
 *
 * Checking the bit before the increment as well is only an optimisation: refused callers then do not touch the stripes and
 * cannot disturb the thread that waits for them. The check after the increment is the one that counts.
 *
 * Locks: `lock` is taken by onEnd, end, and by a release that empties a stripe while the lease is ending. Nothing is
 * called under it.
 */

/**
 * Guards something that must not be freed while it is in use: a striped counter of holds with one closing bit.
 *
 * <p>Users call {@link #tryAcquire} around each use, the owner calls {@link #end} before it frees the thing. What depends
 * on the thing, such as collectors in a metrics registry, is registered with {@link #onEnd} and leaves with it. A lease
 * ends once and never starts again; opening again takes a new one.
 *
 * <p><b>Thread-safe.</b> With the system property {@code daybook.lease.debug=true} every lease is a {@linkplain #debug
 * debug} one.
 */
public final class Lease {

    private static final boolean DEBUG_ALL = Boolean.getBoolean("daybook.lease.debug");
    private static final int STRIPES_MIN = 8;
    private static final int STRIPES_MAX = 64;
    /** Of this machine; to ask for its processors may read files, so each lease does not. */
    private static final int STRIPES_DEFAULT = defaultStripes();
    /** 2^64 divided by the golden ratio, odd: spreads thread ids that follow each other, and those with a stride. */
    private static final long GOLDEN = 0x9E37_79B9_7F4A_7C15L;

    private static final AtomicLong GENERATIONS = new AtomicLong();

    // Constant after construction.
    private final String name;
    private final long generation = GENERATIONS.incrementAndGet();
    private final Stripe[] stripes;
    private final int stripeMask;
    /** The holds that are out, of a debug lease; else null. Has its own synchronisation. */
    private final Set<RecordedHold> recorded;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    /** The closing bit: written once, under the lock, read without. */
    private volatile boolean ending;
    /** Set when the endings have run and all stripes were seen empty after the closing bit was set. */
    private volatile boolean ended;

    // Guarded by lock.
    private final Deque<Ending> endings = new ArrayDeque<>();
    private List<EndReport.Failure> failures = List.of();
    private Thread endingsThread;
    private boolean endingsDone;

    private record Ending(String what, Runnable action) {}

    /**
     * Makes a lease for a thing that is used often by many threads. It takes a few KiB.
     *
     * @param name what it guards, for reports
     */
    public Lease(String name) {
        this(name, STRIPES_DEFAULT, DEBUG_ALL);
    }

    private Lease(String name, int stripeCount, boolean debug) {
        this.name = Objects.requireNonNull(name, "name");
        this.stripes = new Stripe[stripeCount];
        this.stripeMask = stripeCount - 1;
        for (int i = 0; i < stripeCount; i++) {
            stripes[i] = new Stripe(this);
        }
        this.recorded = debug ? ConcurrentHashMap.newKeySet() : null;
    }

    /**
     * Makes a lease that records thread and stack of each hold and refuses a second release of one. Acquiring then
     * allocates and takes microseconds: for tests and for the search of a leak.
     *
     * @param name what it guards, for reports
     * @return a new lease
     */
    public static Lease debug(String name) {
        return new Lease(name, STRIPES_DEFAULT, true);
    }

    /**
     * Makes a lease with a single counter, about 400 bytes: for things that there may be thousands of, each used by few
     * threads at a time, such as segment files.
     *
     * @param name what it guards, for reports
     * @return a new lease
     */
    public static Lease compact(String name) {
        return new Lease(name, 1, DEBUG_ALL);
    }

    private static int defaultStripes() {
        int wanted = 2 * Runtime.getRuntime().availableProcessors();
        int power = Integer.highestOneBit(Math.max(1, wanted - 1)) << 1;
        return Math.min(STRIPES_MAX, Math.max(STRIPES_MIN, power));
    }

    /**
     * Takes a hold, which keeps the owner from freeing the thing until {@link Hold#close}. Never blocks; allocates nothing
     * unless this is a {@linkplain #debug debug} lease. A thread may hold more than once.
     *
     * @return the hold, or null once {@link #end} has begun: then the thing must not be touched
     */
    public Hold tryAcquire() {
        if (ending) {
            return null;
        }
        long threadId = Thread.currentThread().getId();
        Stripe stripe = stripes[(int) ((threadId * GOLDEN) >>> 32) & stripeMask];
        stripe.increment(threadId);
        if (ending) {
            stripe.close();
            return null;
        }
        return recorded == null ? stripe : new RecordedHold(this, stripe, recorded);
    }

    /**
     * Registers what is to be done when the lease ends: run once, by the first caller of {@link #end}, after new holds are
     * refused and before the holds that are out are waited for, in reverse order of registration. An ending must not
     * block and must not wait for a hold; one that throws does not keep the others from running.
     *
     * @param what its name, for reports
     * @param action what to do
     * @throws IllegalStateException if the end has begun. The action is then not run and never will be: the caller undoes
     *     what it was about to register
     */
    public void onEnd(String what, Runnable action) {
        Ending registered = new Ending(Objects.requireNonNull(what, "what"), Objects.requireNonNull(action, "action"));
        lock.lock();
        try {
            if (ending) {
                throw new IllegalStateException("cannot register \"" + what + "\": " + this + " is ending");
            }
            endings.push(registered);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Ends the lease: refuses new holds, runs the endings, waits for the holds to leave.
     *
     * <p>May be called again and by several threads at once. The endings run once, on the first caller's thread, and every
     * caller waits for them and for the holds, each up to its own deadline; a later call can so find drained what an
     * earlier one had to give up. A caller that holds this lease itself waits for itself until the deadline, and then is
     * told so by the report. A call from inside an ending does not wait.
     *
     * <p>The wait cannot be interrupted (a lease given up means memory leaked, which is no answer to an interrupt); the
     * interrupt status is kept. The deadline bounds the wait, not the endings themselves.
     *
     * @param deadline how long to wait for the holds at most, counted from this call; zero or less looks once
     * @return what was found. Only if it says drained may the guarded thing be freed; all that its users did then
     *     happens-before the return
     */
    public EndReport end(Duration deadline) {
        long deadlineNanos = TimeUnit.NANOSECONDS.convert(deadline);
        long startNanos = System.nanoTime();
        if (closeIntake()) {
            runEndings();
        }
        return awaitHolds(startNanos, deadlineNanos);
    }

    /** Returns true to the one caller that has to run the endings. */
    private boolean closeIntake() {
        lock.lock();
        try {
            if (ending) {
                return false;
            }
            ending = true;
            endingsThread = Thread.currentThread();
            return true;
        } finally {
            lock.unlock();
        }
    }

    private void runEndings() {
        // No lock is needed for the list: nothing is registered any more, and only this thread takes from it.
        List<EndReport.Failure> failed = new ArrayList<>();
        for (Ending next = endings.poll(); next != null; next = endings.poll()) {
            try {
                next.action().run();
            } catch (Throwable e) {
                // Kept for the report, an Error too: the holds must be waited for whatever an ending did.
                failed.add(new EndReport.Failure(next.what(), e));
            }
        }
        lock.lock();
        try {
            failures = List.copyOf(failed);
            endingsDone = true;
            endingsThread = null;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private EndReport awaitHolds(long startNanos, long deadlineNanos) {
        boolean interrupted = false;
        lock.lock();
        try {
            while (!noteEnded() && endingsThread != Thread.currentThread()) {
                long leftNanos = deadlineNanos - (System.nanoTime() - startNanos);
                if (leftNanos <= 0) {
                    break;
                }
                try {
                    changed.awaitNanos(leftNanos);
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            return report(System.nanoTime() - startNanos);
        } finally {
            lock.unlock();
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private boolean noteEnded() {
        if (!ended && endingsDone && isEmpty()) {
            ended = true;
        }
        return ended;
    }

    private EndReport report(long nanos) {
        boolean drained = ended;
        List<String> holders = drained ? List.of() : holders();
        return new EndReport(toString(), drained, drained ? 0 : holds(), holders, failures, nanos);
    }

    /** Called by a release that has left its stripe at zero. */
    void stripeEmptied() {
        if (ending) {
            lock.lock();
            try {
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }

    private boolean isEmpty() {
        for (Stripe stripe : stripes) {
            if (stripe.count() != 0) {
                return false;
            }
        }
        return true;
    }

    /**
     * Describes who holds this lease at the moment, as in {@link EndReport#holders()}. Slow: it may look at all threads.
     *
     * @return one text for each known holder
     */
    public List<String> holders() {
        return List.copyOf(recorded == null ? Holders.ofStripes(stripes) : Holders.ofRecorded(recorded));
    }

    /** {@return whether {@link #end} has begun: from then on {@link #tryAcquire} gives null} */
    public boolean isEnding() {
        return ending;
    }

    /** {@return whether the end has begun, all endings have run and no hold is left; once true, it stays} */
    public boolean isEnded() {
        if (ended || !ending) {
            return ended;
        }
        lock.lock();
        try {
            return noteEnded();
        } finally {
            lock.unlock();
        }
    }

    /** {@return the number of holds that are out: exact when nobody acquires or releases meanwhile} */
    public long holds() {
        long sum = 0;
        for (Stripe stripe : stripes) {
            sum += Math.max(0, stripe.count());
        }
        return sum;
    }

    /** {@return the name given at construction} */
    public String name() {
        return name;
    }

    /** {@return a number that no other lease of this JVM has, higher than that of each lease made before} */
    public long generation() {
        return generation;
    }

    /** {@return name and generation, for messages} */
    @Override
    public String toString() {
        return "lease " + name + " (generation " + generation + ")";
    }
}
