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

/** A user takes a hold while the owner ends the lease and frees. What is freed is a plain field: only the lease orders it. */
@JCStressTest
@Outcome(id = "0, 1", expect = Expect.ACCEPTABLE, desc = "Used, then freed.")
@Outcome(id = "-1, 1", expect = Expect.ACCEPTABLE, desc = "Refused.")
@Outcome(expect = Expect.FORBIDDEN, desc = "Used after it was freed, or the end never saw the hold leave.")
@State
public class AcquireAgainstEnd {
    private final Lease lease = new Lease("handle");
    private int freed;

    /** A user. */
    @Actor
    public void user(II_Result result) {
        Hold hold = lease.tryAcquire();
        if (hold == null) {
            result.r1 = -1;
            return;
        }
        int atFirst = freed;
        int atLast = freed;
        hold.close();
        result.r1 = atFirst + atLast;
    }

    /** The owner. */
    @Actor
    public void owner(II_Result result) {
        if (lease.end(Duration.ofSeconds(10)).drained()) {
            freed = 1;
            result.r2 = 1;
        }
    }
}
