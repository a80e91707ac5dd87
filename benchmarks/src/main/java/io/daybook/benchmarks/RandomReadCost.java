package io.daybook.benchmarks;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;

/**
 * What a random read costs, page cache warm, beside a bare pread, with and without the rows of the index that are kept on the
 * heap: all in one JVM, in slices of some milliseconds that take turns. So it says something on a machine with other guests too,
 * where the forks of {@link RandomReadBenchmark} differ by more than what is looked for. Of each kind the median of its slices
 * counts: wall time a read of one thread, and its processor time.
 *
 * <pre>
 * java -Xmx2g -cp benchmarks/target/benchmarks.jar io.daybook.benchmarks.RandomReadCost 512 2
 * </pre>
 */
public final class RandomReadCost {
    private static final String[] KINDS = {"pread", "daybook", "daybook, rows not kept"};
    private static final int LEDGERS = 100;
    private static final int ENTRY_BYTES = 1024;
    private static final int READS_PER_SLICE = 4000;
    private static final int ROUNDS = 600;
    private static final int ROUNDS_WARMUP = 200;

    private final FilledStore with;
    private final FilledStore without;
    private final FileChannel raw;
    private final long records;
    private final int threads;
    private final long[][] wall;
    private final long[][] processor;

    private RandomReadCost(FilledStore with, FilledStore without, FileChannel raw, int threads) throws IOException {
        this.with = with;
        this.without = without;
        this.raw = raw;
        this.records = raw.size() / (ENTRY_BYTES + RawSink.HEADER_BYTES);
        this.threads = threads;
        this.wall = new long[KINDS.length][ROUNDS * threads];
        this.processor = new long[KINDS.length][ROUNDS * threads];
    }

    /**
     * Measures and prints.
     *
     * @param args MiB of a store, most threads
     * @throws IOException if a read fails
     */
    public static void main(String[] args) throws IOException {
        int mib = Integer.parseInt(args[0]);
        Machine.print(System.out, Workspace.base());
        try (Workspace workspace = Workspace.create("cost")) {
            Path directory = workspace.path();
            long perLedger = ((long) mib << 20) / ENTRY_BYTES / LEDGERS;
            Prewritten.create(directory.resolve("file"), (long) mib << 20).close();
            System.setProperty("io.daybook.index.rowCacheBytes", "0");
            try (FilledStore without =
                    FilledStore.fillAndReopen(directory.resolve("without"), LEDGERS, perLedger, ENTRY_BYTES)) {
                System.clearProperty("io.daybook.index.rowCacheBytes");
                try (FilledStore with =
                                FilledStore.fillAndReopen(directory.resolve("with"), LEDGERS, perLedger, ENTRY_BYTES);
                        FileChannel raw = FileChannel.open(directory.resolve("file"), StandardOpenOption.READ)) {
                    PageCache.warm(directory);
                    for (int threads = 1; threads <= Integer.parseInt(args[1]); threads++) {
                        new RandomReadCost(with, without, raw, threads).run();
                    }
                }
            }
        }
    }

    private void run() {
        CyclicBarrier together = new CyclicBarrier(threads);
        Thread[] all = new Thread[threads];
        Throwable[] failures = new Throwable[threads];
        for (int i = 0; i < threads; i++) {
            int number = i;
            all[i] = new Thread(() -> {
                try {
                    measure(number, together);
                } catch (Throwable e) {
                    failures[number] = e;
                    together.reset();
                }
            });
            all[i].start();
        }
        for (int i = 0; i < threads; i++) {
            Threads.join(all[i]);
        }
        for (Throwable failure : failures) {
            if (failure != null) {
                throw new IllegalStateException(failure);
            }
        }
        for (int kind = 0; kind < KINDS.length; kind++) {
            System.out.printf(
                    "%d threads  %-24s wall %5.0f ns (best tenth %5.0f), processor %5.0f ns a read; of pread's rate %.2f, by"
                            + " processor time %.2f%n",
                    threads,
                    KINDS[kind],
                    at(wall[kind], 0.5),
                    at(wall[kind], 0.1),
                    at(processor[kind], 0.5),
                    at(wall[0], 0.5) / at(wall[kind], 0.5),
                    at(processor[0], 0.5) / at(processor[kind], 0.5));
        }
    }

    private static double at(long[] nanos, double share) {
        long[] sorted = nanos.clone();
        Arrays.sort(sorted);
        return (double) sorted[(int) (sorted.length * share)] / READS_PER_SLICE;
    }

    private void measure(int thread, CyclicBarrier together)
            throws IOException, InterruptedException, BrokenBarrierException {
        ThreadMXBean times = ManagementFactory.getThreadMXBean();
        XorShift numbers = new XorShift(thread + 1L);
        ByteBuffer buffer = ByteBuffer.allocateDirect(ENTRY_BYTES + RawSink.HEADER_BYTES);
        for (int round = -ROUNDS_WARMUP; round < ROUNDS; round++) {
            for (int kind = 0; kind < KINDS.length; kind++) {
                together.await();
                long begin = System.nanoTime();
                long beginProcessor = times.getCurrentThreadCpuTime();
                slice(kind, numbers, buffer);
                if (round >= 0) {
                    processor[kind][round * threads + thread] = times.getCurrentThreadCpuTime() - beginProcessor;
                    wall[kind][round * threads + thread] = System.nanoTime() - begin;
                }
            }
        }
    }

    private void slice(int kind, XorShift numbers, ByteBuffer buffer) throws IOException {
        for (int i = 0; i < READS_PER_SLICE; i++) {
            if (kind == 0) {
                long offset = Long.remainderUnsigned(numbers.next(), records) * buffer.capacity();
                if (raw.read(buffer.clear(), offset) != buffer.capacity()) {
                    throw new IOException("short read at " + offset);
                }
            } else {
                FilledStore store = kind == 1 ? with : without;
                store.read(store.pick(numbers.next(), Long.MAX_VALUE));
            }
        }
    }
}
