package io.daybook.benchmarks;

import io.daybook.index.IndexBatch;
import io.daybook.index.IndexOptions;
import io.daybook.index.Location;
import io.daybook.index.LocationIndex;
import io.daybook.index.RocksLocationIndex;
import io.daybook.lease.Lease;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.AuxCounters;
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
import org.openjdk.jmh.infra.BenchmarkParams;

/**
 * The location index alone: puts in batches of 256 Ki entries, lookups, and bytes an entry at rest.
 *
 * <pre>
 * java -jar benchmarks/target/benchmarks.jar IndexBenchmark.put
 * java -jar benchmarks/target/benchmarks.jar IndexBenchmark.get -t 2
 * java -jar benchmarks/target/benchmarks.jar IndexBenchmark.atRest
 * </pre>
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(value = 1, jvmArgsAppend = "-Xmx1g")
@Warmup(iterations = 2, time = 2)
@Measurement(iterations = 3, time = 2)
public class IndexBenchmark {
    private static final int RANDOM_MIN = 100;
    private static final int RANDOM_MAX = 4096;
    private static final int CONSTANT = 1024;

    /** JMH makes it. */
    public IndexBenchmark() {}

    /**
     * Puts a batch; see {@code entries} for the rate.
     *
     * @param index grows over the trial
     * @param counters counts entries
     */
    @Benchmark
    public void put(Index index, Counters counters) {
        counters.entries += index.put();
    }

    /**
     * Looks up a random entry.
     *
     * @param index filled and flushed
     * @param random of this thread
     * @return its location
     */
    @Benchmark
    public Location get(FilledIndex index, Random random) {
        return index.find(random);
    }

    /**
     * Fills an index and compacts it; the figure of interest is printed and given by {@link LoadProfiler}.
     *
     * @param index empty
     * @return bytes an entry
     */
    @Benchmark
    @BenchmarkMode(Mode.SingleShotTime)
    @Warmup(iterations = 0)
    @Measurement(iterations = 1)
    public double atRest(Index index) {
        index.fill();
        index.opened.compact();
        double perEntry = (double) index.opened.bytesAtRest() / index.load.entries();
        LoadProfiler.report("bytes", perEntry, "B/entry");
        LoadProfiler.remark(
                Format.count(index.load.entries()) + " entries, " + Format.digits(perEntry) + " B/entry at rest");
        return perEntry;
    }

    /** An empty index in a new directory. */
    @State(Scope.Benchmark)
    public static class Index {
        /** Entries are interleaved over them. */
        @Param({"100", "10000"})
        public int ledgers;

        /** Payload sizes: all 1024 bytes, or 100 to 4096. */
        @Param({"constant", "random"})
        public String sizes;

        /** Entries for lookups and for bytes at rest. */
        @Param("10000000")
        public int entries;

        /** MiB for rows on the heap, 0: each lookup asks RocksDB. */
        @Param("32")
        public int rowCacheMib;

        private Workspace workspace;
        private LocationIndex opened;
        private IndexBatch batch;
        private IndexLoad load;

        /** JMH makes it. */
        public Index() {}

        /**
         * Opens it.
         *
         * @param benchmark says how many threads there are
         */
        @Setup(Level.Trial)
        public void open(BenchmarkParams benchmark) {
            if (benchmark.getThreads() != 1 && !benchmark.getBenchmark().contains(".get")) {
                throw new IllegalArgumentException("an index has one writer, not " + benchmark.getThreads());
            }
            workspace = Workspace.create("index");
            opened = RocksLocationIndex.open(
                    workspace.path().resolve("index"),
                    IndexOptions.defaults().withRowCacheBytes((long) rowCacheMib << 20),
                    new Lease("benchmark"));
            batch = opened.newBatch();
            workspace.usedBy(this::closeIndex);
            load = sizes.equals("constant")
                    ? new IndexLoad(opened, ledgers, CONSTANT, CONSTANT)
                    : new IndexLoad(opened, ledgers, RANDOM_MIN, RANDOM_MAX);
        }

        int put() {
            load.writeBatch(batch);
            return load.batchEntries();
        }

        void fill() {
            while (load.entries() < entries) {
                put();
            }
            opened.sync();
        }

        private void closeIndex() {
            batch.close();
            opened.close();
        }

        /** Deletes it. */
        @TearDown(Level.Trial)
        public void close() {
            workspace.usedBy(null);
            closeIndex();
            workspace.close();
        }
    }

    /** An index with entries. */
    @State(Scope.Benchmark)
    public static class FilledIndex {
        private IndexLoad load;

        /** JMH makes it. */
        public FilledIndex() {}

        /**
         * Fills it.
         *
         * @param index empty
         */
        @Setup(Level.Trial)
        public void fill(Index index) {
            index.fill();
            index.opened.compact();
            load = index.load;
        }

        Location find(Random random) {
            return load.find(random.numbers.next());
        }
    }

    /** Entries a second beside batches a second. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.OPERATIONS)
    public static class Counters {
        /** Entries put. */
        public long entries;

        /** JMH makes it. */
        public Counters() {}
    }

    /** One thread's random numbers. */
    @State(Scope.Thread)
    public static class Random {
        private final XorShift numbers = new XorShift(Thread.currentThread().getId());

        /** JMH makes it. */
        public Random() {}
    }
}
