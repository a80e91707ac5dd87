package io.daybook.benchmarks;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
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
 * Reads of random entries of a store that was closed and opened again, page cache warm; and, as its baseline, a bare pread
 * of header and payload from one file of the same size. With and without the rows of the index that are kept on the heap.
 *
 * <pre>
 * java -jar benchmarks/target/benchmarks.jar RandomRead -p storeMiB=1024 -t 2
 * </pre>
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(value = 1, jvmArgsAppend = "-Xmx1g")
@Warmup(iterations = 2, time = 2)
@Measurement(iterations = 3, time = 2)
public class RandomReadBenchmark {
    private static final int LEDGERS = 100;

    /** JMH makes it. */
    public RandomReadBenchmark() {}

    /**
     * Reads an entry.
     *
     * @param store opened
     * @param reader of this thread
     * @return its length
     */
    @Benchmark
    public int daybook(Store store, Reader reader) {
        return store.filled.read(store.filled.pick(reader.numbers.next(), Long.MAX_VALUE));
    }

    /**
     * Reads as many bytes at a random place.
     *
     * @param raw the file
     * @param reader of this thread
     * @return the first bytes
     * @throws IOException if that fails
     */
    @Benchmark
    public long raw(RawFile raw, Reader reader) throws IOException {
        int recordBytes = raw.entryBytes + RawSink.HEADER_BYTES;
        ByteBuffer buffer = reader.buffer.clear().limit(recordBytes);
        long offset = Long.remainderUnsigned(reader.numbers.next(), raw.bytes() / recordBytes) * recordBytes;
        if (raw.file.read(buffer, offset) != recordBytes) {
            throw new IOException("short read at " + offset);
        }
        return buffer.getLong(0);
    }

    /** A filled store. */
    @State(Scope.Benchmark)
    public static class Store {
        /** Payload of an entry. */
        @Param("1024")
        public int entryBytes;

        /** Payload of all entries together. */
        @Param("1024")
        public int storeMiB;

        /** Whether rows of the index are kept on the heap, as they are by default. */
        @Param({"true", "false"})
        public boolean rowCache;

        private Workspace workspace;
        private FilledStore filled;

        /** JMH makes it. */
        public Store() {}

        /**
         * Makes it.
         *
         * @throws IOException if that fails
         */
        @Setup(Level.Trial)
        public void open() throws IOException {
            if (!rowCache) {
                System.setProperty("io.daybook.index.rowCacheBytes", "0");
            }
            workspace = Workspace.create("random");
            long perLedger = Math.max(1, ((long) storeMiB << 20) / entryBytes / LEDGERS);
            filled = FilledStore.fillAndReopen(workspace.path().resolve("store"), LEDGERS, perLedger, entryBytes);
            workspace.usedBy(filled);
            // What was written past the page cache is not in it.
            PageCache.warm(workspace.path());
        }

        /** Deletes it. */
        @TearDown(Level.Trial)
        public void close() {
            filled.close();
            workspace.usedBy(null);
            workspace.close();
        }
    }

    /** A file as large as the store. */
    @State(Scope.Benchmark)
    public static class RawFile {
        /** As for the store. */
        @Param("1024")
        public int entryBytes;

        /** As for the store. */
        @Param("1024")
        public int storeMiB;

        private Workspace workspace;
        private FileChannel file;

        /** JMH makes it. */
        public RawFile() {}

        private long bytes() {
            return (long) storeMiB << 20;
        }

        /**
         * Makes it.
         *
         * @throws IOException if that fails
         */
        @Setup(Level.Trial)
        public void open() throws IOException {
            workspace = Workspace.create("pread");
            file = Prewritten.create(workspace.path().resolve("file"), bytes());
            PageCache.warm(workspace.path());
        }

        /**
         * Deletes it.
         *
         * @throws IOException if that fails
         */
        @TearDown(Level.Trial)
        public void close() throws IOException {
            file.close();
            workspace.close();
        }
    }

    /** What a thread reads with. */
    @State(Scope.Thread)
    public static class Reader {
        private final ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 20);
        private XorShift numbers;

        /** JMH makes it. */
        public Reader() {}

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
