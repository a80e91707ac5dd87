package io.daybook.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Arrays;
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
 * Checks the baseline: one thread writes and syncs groups of the sizes that a raw run with the same load came to. Raw is
 * within 10 % of it, or raw is no baseline. Compare {@code entries} with {@link DurableAppendBenchmark} for {@code sink=raw},
 * or in turn by {@code CompareRaw --sinks bare,raw}.
 *
 * <pre>
 * java -jar benchmarks/target/benchmarks.jar BareLoop -p inFlight=1000 -p entryBytes=1024
 * </pre>
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(value = 1, jvmArgsAppend = "-Xmx1g")
@Warmup(iterations = 1, time = 2)
@Measurement(iterations = 3, time = 3)
public class BareLoopBenchmark {
    private static final int LEDGERS = 100;

    /** Payload of an entry. */
    @Param({"128", "1024", "16384"})
    public int entryBytes;

    /** Window of the raw run that gives the group sizes. */
    @Param({"1", "100", "1000"})
    public int inFlight;

    /** Whether entries are copied into the buffer, or write and sync is all. */
    @Param({"true", "false"})
    public boolean copy;

    private Workspace workspace;
    private BareLoop loop;

    /** JMH makes it. */
    public BareLoopBenchmark() {}

    /**
     * Records group sizes and makes the file.
     *
     * @param benchmark says how many threads there are
     * @throws IOException if that fails
     */
    @Setup(Level.Trial)
    public void open(BenchmarkParams benchmark) throws IOException {
        if (benchmark.getThreads() != 1) {
            throw new IllegalArgumentException("a bare loop has one thread, not " + benchmark.getThreads());
        }
        workspace = Workspace.create("bare");
        LoadShape shape = new LoadShape(entryBytes, inFlight, LEDGERS, 1);
        int[] groups = BareLoop.recordGroups(
                Files.createDirectory(workspace.path().resolve("recording")), shape, Duration.ofSeconds(2));
        LoadProfiler.remark(groups.length + " groups, entries a group: mean "
                + Format.digits(Arrays.stream(groups).average().orElse(0)) + ", max "
                + Arrays.stream(groups).max().orElse(0));
        loop = new BareLoop(workspace.path().resolve("bare"), Sinks.RAW_FILE_BYTES, groups, entryBytes, copy);
        workspace.usedBy(loop);
    }

    /**
     * Closes and deletes.
     *
     * @throws IOException if that fails
     */
    @TearDown(Level.Trial)
    public void close() throws IOException {
        workspace.usedBy(null);
        loop.close();
        workspace.close();
    }

    /**
     * Writes one group.
     *
     * @param counters counts its entries
     * @throws IOException if that fails
     */
    @Benchmark
    public void group(Counters counters) throws IOException {
        counters.entries += loop.step();
    }

    /** Entries a second beside groups a second. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.OPERATIONS)
    public static class Counters {
        /** Entries written. */
        public long entries;

        /** JMH makes it. */
        public Counters() {}
    }
}
