package io.daybook.benchmarks;

import io.daybook.lease.Hold;
import io.daybook.lease.Lease;
import java.util.ArrayList;
import java.util.List;
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
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

/**
 * What a hold costs where JVMs need not be compared: alone, and as one more hold around every other few index gets. An index get
 * varies from JVM to JVM, and from second to second, by more than a hold costs.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Threads(2)
@Fork(value = 5, jvmArgsAppend = "-Xmx1g")
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class LeaseBenchmark {
    static final String WITHOUT = "without";
    static final String WITH = "with";
    static final String DIFFERENCE = "difference";

    /** Short, so that what slows the machine down for a while slows both kinds; long beside the clock's 25 ns. */
    private static final int BLOCK = 16;

    private static final int BLOCKS_MAX = 1 << 20;

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
     * Looks up random entries, {@value #BLOCK} without and {@value #BLOCK} with one more hold, on another lease, whose counters are as
     * far from the processor as those of the index. {@link LoadProfiler} gets the medians.
     *
     * @param leased shared by all threads
     * @param index filled and flushed
     * @param random of this thread
     * @param blocks of this thread
     * @param blackhole takes the locations
     */
    @Benchmark
    public void getAndHold(
            Leased leased,
            IndexBenchmark.FilledIndex index,
            IndexBenchmark.Random random,
            Blocks blocks,
            Blackhole blackhole) {
        blocks.heldFirst = !blocks.heldFirst;
        double first = block(leased.lease, blocks.heldFirst, index, random, blackhole);
        double second = block(leased.lease, !blocks.heldFirst, index, random, blackhole);
        blocks.keep(blocks.heldFirst ? second : first, blocks.heldFirst ? first : second);
    }

    /** Nanoseconds a lookup. */
    private static double block(
            Lease lease,
            boolean held,
            IndexBenchmark.FilledIndex index,
            IndexBenchmark.Random random,
            Blackhole blackhole) {
        long start = System.nanoTime();
        for (int i = 0; i < BLOCK; i++) {
            // One place that calls the index, so that both kinds of block run the same compiled code.
            Hold hold = held ? lease.tryAcquire() : null;
            try {
                blackhole.consume(index.find(random));
            } finally {
                if (hold != null) {
                    hold.close();
                }
            }
        }
        return (double) (System.nanoTime() - start) / BLOCK;
    }

    /** The lease of the holds, and what the blocks of an iteration took. */
    @State(Scope.Benchmark)
    public static class Leased {
        private final Lease lease = new Lease("benchmark");
        private final List<Double> without = new ArrayList<>();
        private final List<Double> with = new ArrayList<>();
        private final List<Double> differences = new ArrayList<>();

        /** JMH makes it. */
        public Leased() {}

        /** Forgets the iteration before. */
        @Setup(Level.Iteration)
        public synchronized void clear() {
            without.clear();
            with.clear();
            differences.clear();
        }

        private synchronized void report(double[] unheld, double[] held, int count) {
            for (int i = 0; i < count; i++) {
                without.add(unheld[i]);
                with.add(held[i]);
                differences.add(held[i] - unheld[i]);
            }
            // The last thread of an iteration reports for all.
            LoadProfiler.report(WITHOUT, Medians.median(without, nanos -> nanos), "ns");
            LoadProfiler.report(WITH, Medians.median(with, nanos -> nanos), "ns");
            LoadProfiler.report(DIFFERENCE, Medians.median(differences, nanos -> nanos), "ns");
        }
    }

    /** What one thread's blocks took. */
    @State(Scope.Thread)
    public static class Blocks {
        private final double[] without = new double[BLOCKS_MAX];
        private final double[] with = new double[BLOCKS_MAX];
        private int count;
        private boolean heldFirst;

        /** JMH makes it. */
        public Blocks() {}

        private void keep(double unheld, double held) {
            if (count < BLOCKS_MAX) {
                without[count] = unheld;
                with[count++] = held;
            }
        }

        /**
         * Adds them to those of the other threads.
         *
         * @param leased shared by all threads
         */
        @TearDown(Level.Iteration)
        public void report(Leased leased) {
            leased.report(without, with, count);
            count = 0;
        }
    }
}
