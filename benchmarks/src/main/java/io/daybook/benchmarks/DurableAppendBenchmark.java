package io.daybook.benchmarks;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.ThreadParams;

/**
 * Durable appends, closed loop: the window stays full over an iteration, an invocation waits for room, not for completion.
 * Each thread is a producer. Fresh directory each fork.
 *
 * <pre>
 * java -jar benchmarks/target/benchmarks.jar DurableAppend -p inFlight=1000 -p entryBytes=1024 -p ledgers=100 -prof gc
 * </pre>
 *
 * <p>Latency, allocation of producers and of all threads and processor time are printed after each iteration.
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(value = 1, jvmArgsAppend = "-Xmx1g")
@Warmup(iterations = 2, time = 2)
@Measurement(iterations = 3, time = 3)
public class DurableAppendBenchmark {
    private static final int STEP_ENTRIES = 16;

    /** JMH makes it. */
    public DurableAppendBenchmark() {}

    /**
     * Appends a few entries.
     *
     * @param producer of this thread
     */
    @Benchmark
    @OperationsPerInvocation(STEP_ENTRIES)
    public void append(OwnProducer producer) {
        producer.producer.append(STEP_ENTRIES);
    }

    /** The sink, all producers' own. */
    @State(Scope.Benchmark)
    public static class Store {
        /** The store under test. */
        @Param({Sinks.RAW, Sinks.DAYBOOK})
        public String sink;

        /** Payload of an entry. */
        @Param({"128", "1024", "16384"})
        public int entryBytes;

        /** Appended and not completed, at most, by all threads together. */
        @Param({"1", "100", "1000"})
        public int inFlight;

        /** Entries go over them in turn. */
        @Param({"1", "100", "10000"})
        public int ledgers;

        private LoadedStore loaded;

        /** JMH makes it. */
        public Store() {}

        /**
         * Opens the sink in a new directory.
         *
         * @param threads how many there will be
         * @throws IOException if it cannot be opened
         */
        @Setup(Level.Trial)
        public void open(ThreadParams threads) throws IOException {
            loaded = LoadedStore.open(sink, new LoadShape(entryBytes, inFlight, ledgers, threads.getThreadCount()));
        }

        /** Begins to measure what JMH does not. */
        @Setup(Level.Iteration)
        public void begin() {
            loaded.beginSlice();
        }

        /** Prints it. */
        @TearDown(Level.Iteration)
        public void end() {
            loaded.endSlice();
        }

        /**
         * Closes, checks and deletes it.
         *
         * @throws IOException if it cannot be closed
         */
        @TearDown(Level.Trial)
        public void close() throws IOException {
            loaded.close();
        }
    }

    /** One thread's producer. */
    @State(Scope.Thread)
    public static class OwnProducer {
        private Producer producer;

        /** JMH makes it. */
        public OwnProducer() {}

        /**
         * Joins the store.
         *
         * @param store opened before
         * @param threads which of them this is
         */
        @Setup(Level.Trial)
        public void join(Store store, ThreadParams threads) {
            producer = store.loaded.join(threads.getThreadIndex());
        }
    }
}
