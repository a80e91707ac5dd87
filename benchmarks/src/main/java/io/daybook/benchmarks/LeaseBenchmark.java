package io.daybook.benchmarks;

import io.daybook.index.Location;
import io.daybook.lease.Hold;
import io.daybook.lease.Lease;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What a hold costs where JVMs need not be compared: alone, and as one more hold around an index get in every other iteration.
 * An index get varies from JVM to JVM by more than a hold costs.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Threads(2)
@Fork(value = 5, jvmArgsAppend = "-Xmx1g")
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class LeaseBenchmark {

    /** JMH makes it. */
    public LeaseBenchmark() {}

    /**
     * One hold, taken and given back.
     *
     * @param leased shared by all threads
     * @return the hold, which is over
     */
    @Benchmark
    public Hold hold(Leased leased) {
        try (Hold hold = leased.lease.tryAcquire()) {
            return hold;
        }
    }

    /**
     * Looks up a random entry; in every other iteration under a hold on another lease, whose counters are as far from the
     * processor as those of the index.
     *
     * @param leased says whether to take the hold
     * @param index filled and flushed
     * @param random of this thread
     * @return its location
     */
    @Benchmark
    public Location getAndHold(Leased leased, IndexBenchmark.FilledIndex index, IndexBenchmark.Random random) {
        // One place that calls the index, so that both kinds of iteration run the same compiled code.
        Hold hold = leased.held ? leased.lease.tryAcquire() : null;
        try {
            return index.find(random);
        } finally {
            if (hold != null) {
                hold.close();
            }
        }
    }

    /** A lease, and whether to use it. */
    @State(Scope.Benchmark)
    public static class Leased {
        private final Lease lease = new Lease("benchmark");
        private boolean held = true;

        /** JMH makes it. */
        public Leased() {}

        /** Without in the first iteration, with in the second, and so on. */
        @Setup(Level.Iteration)
        public void change() {
            held = !held;
        }
    }
}
