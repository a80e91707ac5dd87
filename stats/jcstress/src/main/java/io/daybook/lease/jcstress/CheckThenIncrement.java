package io.daybook.lease.jcstress;

import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * As {@link AcquireAgainstEnd}, with the mistake that the lease exists to exclude: the bit is looked at before the hold counts.
 * It must be found; if it is not, the other tests prove nothing.
 */
@JCStressTest
@Outcome(id = "0, 1", expect = Expect.ACCEPTABLE, desc = "Used, then freed.")
@Outcome(id = "-1, 1", expect = Expect.ACCEPTABLE, desc = "Refused.")
@Outcome(expect = Expect.FORBIDDEN, desc = "Used after it was freed.")
@State
public class CheckThenIncrement {
    private final AtomicInteger holds = new AtomicInteger();
    private volatile boolean ending;
    private volatile int freed;

    /** A user. */
    @Actor
    public void user(II_Result result) {
        if (ending) {
            result.r1 = -1;
            return;
        }
        holds.incrementAndGet();
        result.r1 = freed;
        holds.decrementAndGet();
    }

    /** The owner. */
    @Actor
    public void owner(II_Result result) {
        ending = true;
        while (holds.get() != 0) {
            Thread.onSpinWait();
        }
        freed = 1;
        result.r2 = 1;
    }
}
