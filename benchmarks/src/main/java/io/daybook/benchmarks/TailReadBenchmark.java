package io.daybook.benchmarks;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.ThreadParams;

/**
 * Reads of entries appended last, from memory.
 *
 * <pre>
 * java -jar benchmarks/target/benchmarks.jar TailRead -t 2 -prof gc
 * </pre>
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(value = 1, jvmArgsAppend = "-Xmx1g")
@Warmup(iterations = 2, time = 2)
@Measurement(iterations = 3, time = 2)
public class TailReadBenchmark {
    private static final int LEDGERS = 100;

    /** Payload of an entry. */
    @Param("1024")
    public int entryBytes;

    /** Reads go to so many of the newest entries. */
    @Param("10000")
    public int newest;

    private Workspace workspace;
    private FilledStore store;

    /** JMH makes it. */
    public TailReadBenchmark() {}

    /** Makes the store. */
    @Setup(Level.Trial)
    public void open() {
        workspace = Workspace.create("tail");
        long perLedger = Math.max(1, 2L * newest / LEDGERS);
        store = FilledStore.fill(workspace.path().resolve("store"), LEDGERS, perLedger, entryBytes);
        workspace.usedBy(store);
    }

    /** Deletes the store. */
    @TearDown(Level.Trial)
    public void close() {
        store.close();
        workspace.usedBy(null);
        workspace.close();
    }

    /**
     * Reads a random one of the newest entries.
     *
     * @param random of this thread
     * @return its length
     */
    @Benchmark
    public int read(Random random) {
        return store.read(store.pick(random.numbers.next(), newest));
    }

    /** One thread's random numbers. */
    @State(Scope.Thread)
    public static class Random {
        private XorShift numbers;

        /** JMH makes it. */
        public Random() {}

        /**
         * Seeds.
         *
         * @param threads which of them this is
         */
        @Setup(Level.Trial)
        public void seed(ThreadParams threads) {
            numbers = new XorShift(threads.getThreadIndex() + 1L);
        }
    }
}
