package io.daybook.lease.jcstress;

import io.daybook.lease.Hold;
import io.daybook.lease.Lease;
import java.time.Duration;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/** One thread takes a hold, another works under it and gives it back: the owner must see all of the work. */
@JCStressTest
@Outcome(id = "42", expect = Expect.ACCEPTABLE, desc = "The work is seen.")
@Outcome(expect = Expect.FORBIDDEN, desc = "The hold was lost, or the work under it is not seen.")
@State
public class ReleaseOnAnotherThread {
    private final Lease lease = new Lease("handle");
    private final Hold hold = lease.tryAcquire();
    private int work;

    /** Did not take the hold. */
    @Actor
    public void user() {
        work = 42;
        hold.close();
    }

    /** The owner. */
    @Actor
    public void owner(I_Result result) {
        result.r1 = lease.end(Duration.ofSeconds(10)).drained() ? work : -1;
    }
}
