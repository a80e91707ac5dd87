package io.daybook.lease.jcstress;

import io.daybook.lease.Hold;
import io.daybook.lease.Lease;
import java.time.Duration;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** Two threads end a lease at once: the ending runs once, and both return after it and after the last hold. */
@JCStressTest
@Outcome(id = "43, 43", expect = Expect.ACCEPTABLE, desc = "Both see the ending and the work.")
@Outcome(expect = Expect.FORBIDDEN, desc = "One returned too early or gave up, or the ending ran twice.")
@State
public class TwoEnders {
    private final Lease lease = Lease.compact("handle");
    private final Hold hold = lease.tryAcquire();
    private int work;
    private int endings;

    /** With the ending registered. */
    public TwoEnders() {
        lease.onEnd("count", () -> endings++);
    }

    /** Works, then ends. */
    @Actor
    public void first(II_Result result) {
        work = 42;
        hold.close();
        result.r1 = end();
    }

    /** Ends. */
    @Actor
    public void second(II_Result result) {
        result.r2 = end();
    }

    private int end() {
        return lease.end(Duration.ofSeconds(10)).drained() ? work + endings : -1;
    }
}
