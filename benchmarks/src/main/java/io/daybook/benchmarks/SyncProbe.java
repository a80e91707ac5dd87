package io.daybook.benchmarks;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/**
 * How long the device takes for 4 KiB, written and {@code force(false)}.
 *
 * @param count samples
 * @param p50Nanos median
 * @param p99Nanos 99th percentile
 */
record SyncProbe(int count, long p50Nanos, long p99Nanos) {
    private static final int SAMPLES = 500;
    private static final long NANOS_MAX = TimeUnit.SECONDS.toNanos(3);
    private static final long FILE_BYTES = 4 << 20;

    /** Into blocks that were written before. */
    static SyncProbe prewritten(Path directory) throws IOException {
        try (FileChannel file = Prewritten.create(directory.resolve("probe-prewritten"), FILE_BYTES)) {
            return run(file);
        }
    }

    /** Behind the end of a file, which grows. */
    static SyncProbe extending(Path directory) throws IOException {
        try (FileChannel file = FileChannel.open(
                directory.resolve("probe-extending"), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            return run(file);
        }
    }

    private static SyncProbe run(FileChannel file) throws IOException {
        ByteBuffer block = ByteBuffer.allocateDirect(RawSink.BLOCK_BYTES);
        long[] nanos = new long[SAMPLES];
        int count = 0;
        long began = System.nanoTime();
        while (count < SAMPLES && System.nanoTime() - began < NANOS_MAX) {
            block.clear();
            long start = System.nanoTime();
            RawSink.writeAndForce(file, block, (long) count * RawSink.BLOCK_BYTES);
            nanos[count++] = System.nanoTime() - start;
        }
        Arrays.sort(nanos, 0, count);
        return new SyncProbe(count, nanos[count / 2], nanos[(int) (count * 0.99)]);
    }

    String describe() {
        return "p50 " + Format.nanos(p50Nanos) + ", p99 " + Format.nanos(p99Nanos) + " (" + count + " samples)";
    }
}
