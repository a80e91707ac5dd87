package io.daybook.engine.flush;

import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Lets a long computation leave its processor alone most of the time. A scheduler gives whoever computes a slice of some
 * milliseconds; where all processors are taken, appends and their acknowledgements wait that long behind it. So it works for
 * less than a sync takes and then rests, unless somebody waits for what it does. <b>Confined to its thread.</b>
 */
public final class Pace {
    /** Never rests. */
    public static final Pace NONE = new Pace(() -> true);

    private static final long WORK_NANOS = 100_000;
    private static final long REST_NANOS = 500_000;

    private final BooleanSupplier hurry;
    private long sinceNanos;

    /**
     * A pace.
     *
     * @param hurry asked before each rest: whether there is none
     */
    public Pace(BooleanSupplier hurry) {
        this.hurry = hurry;
    }

    /** Work begins. */
    void begin() {
        sinceNanos = System.nanoTime();
    }

    /** Some of it is done; rests when it is time to. */
    void step() {
        if (System.nanoTime() - sinceNanos >= WORK_NANOS && !hurry.getAsBoolean()) {
            LockSupport.parkNanos(this, REST_NANOS);
            sinceNanos = System.nanoTime();
        }
    }
}
