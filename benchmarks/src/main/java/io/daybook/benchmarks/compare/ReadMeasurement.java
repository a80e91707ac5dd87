package io.daybook.benchmarks.compare;

import io.daybook.benchmarks.AppendSink;
import io.daybook.benchmarks.EntryReader;
import io.daybook.benchmarks.LoadShape;
import io.daybook.benchmarks.PageCache;
import io.daybook.benchmarks.Sinks;
import io.daybook.benchmarks.Threads;
import io.daybook.benchmarks.Workspace;
import io.daybook.benchmarks.XorShift;
import io.daybook.benchmarks.report.Figure;
import io.daybook.benchmarks.report.Run;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.HdrHistogram.Histogram;

/** Reads of a store: of its newest entries from memory, of whole ledgers, of random entries. */
final class ReadMeasurement {
    private static final int NEWEST = 10_000;
    private static final int BATCH = 64;

    private ReadMeasurement() {}

    /** Random reads of the newest entries of a store that stays open. */
    static Run tail(
            String store,
            int entryBytes,
            int ledgers,
            int threads,
            Duration warmup,
            Duration measured,
            Workspace workspace)
            throws IOException {
        Filling filling = new Filling(0, ledgers, 2L * NEWEST / ledgers, entryBytes);
        AppendSink sink = Sinks.open(store, workspace.path(), new LoadShape(entryBytes, 1000, ledgers, 1));
        workspace.usedBy(sink);
        try {
            filling.append(sink);
            return random(sink::reader, filling, NEWEST, threads, warmup, measured);
        } finally {
            sink.close();
            workspace.usedBy(null);
        }
    }

    /** Makes the store that {@link #scan} and {@link #random} open. */
    static void fill(String store, Filling filling, Path directory) throws IOException {
        if (store.equals(Sinks.RAW)) {
            RawFile.fill(directory, filling);
            return;
        }
        try (AppendSink sink = open(store, filling, directory)) {
            filling.append(sink);
            sink.flush();
        }
    }

    /** Random reads, page cache warm. */
    static Run random(String store, Filling filling, int threads, Duration warmup, Duration measured, Path directory)
            throws IOException {
        PageCache.warm(directory);
        if (store.equals(Sinks.RAW)) {
            try (RawFile file = RawFile.open(directory, filling)) {
                return random(file::reader, filling, Long.MAX_VALUE, threads, warmup, measured);
            }
        }
        try (AppendSink sink = open(store, filling, directory)) {
            return random(sink::reader, filling, Long.MAX_VALUE, threads, warmup, measured);
        }
    }

    /**
     * Ledger after ledger, each once, the page cache emptied before each where it is to be cold. The first third is the warm-up
     * of the compiler.
     */
    static Run scan(String store, Filling filling, boolean cold, Path directory) throws IOException {
        if (!cold) {
            PageCache.warm(directory);
        }
        if (store.equals(Sinks.RAW)) {
            try (RawFile file = RawFile.open(directory, filling)) {
                return scan(file.reader(), filling, cold, directory);
            }
        }
        try (AppendSink sink = open(store, filling, directory);
                EntryReader reader = sink.reader()) {
            return scan(reader, filling, cold, directory);
        }
    }

    private static Run scan(EntryReader reader, Filling filling, boolean cold, Path directory) throws IOException {
        Histogram times = new Histogram(3);
        long bytes = 0;
        long nanos = 0;
        for (int ledger = 0; ledger < filling.ledgers(); ledger++) {
            if (cold) {
                PageCache.forget(directory);
            }
            long begin = System.nanoTime();
            long scanned = reader.scan(ledger, 0, filling.entriesPerLedger() - 1);
            long time = System.nanoTime() - begin;
            if (ledger >= filling.ledgers() / 3) {
                bytes += scanned;
                nanos += time;
                times.recordValue(time);
            }
        }
        return new Measured()
                .latencies(times)
                .figure(Figure.BYTES, bytes * 1e9 / nanos)
                .figure(Figure.RATE, bytes * 1e9 / nanos / filling.entryBytes())
                .run();
    }

    private static AppendSink open(String store, Filling filling, Path directory) throws IOException {
        return Sinks.open(store, directory, new LoadShape(filling.entryBytes(), 1000, filling.ledgers(), 1));
    }

    private static Run random(
            Readers readers, Filling filling, long newest, int threads, Duration warmup, Duration measured)
            throws IOException {
        AtomicBoolean stop = new AtomicBoolean();
        List<Reading> readings = new ArrayList<>();
        List<Thread> running = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            Reading reading = new Reading(readers.open(), filling, newest, i + 1L, stop);
            readings.add(reading);
            Thread thread = new Thread(reading, "reader-" + i);
            running.add(thread);
            thread.start();
        }
        Threads.sleep(warmup);
        long begin = System.nanoTime();
        long before = readings.stream().mapToLong(Reading::count).sum();
        long heapBefore = allocated(running);
        Threads.sleep(measured);
        long count = readings.stream().mapToLong(Reading::count).sum() - before;
        long nanos = System.nanoTime() - begin;
        double heap = allocated(running) - heapBefore;
        stop.set(true);
        running.forEach(Threads::join);
        for (Reading reading : readings) {
            reading.checkAndClose();
        }
        double rate = count * 1e9 / nanos;
        return new Measured()
                .figure(Figure.RATE, rate)
                .figure(Figure.BYTES, rate * filling.entryBytes())
                .figure(Figure.HEAP, heap / Math.max(1, count))
                .run();
    }

    private static long allocated(List<Thread> threads) {
        com.sun.management.ThreadMXBean bean = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        return threads.stream()
                .mapToLong(thread -> Math.max(0, bean.getThreadAllocatedBytes(thread.getId())))
                .sum();
    }

    /** Opens a reader for a thread. */
    private interface Readers {
        EntryReader open() throws IOException;
    }

    /** One thread's random reads. */
    private static final class Reading implements Runnable {
        private final EntryReader reader;
        private final Filling filling;
        private final long newest;
        private final XorShift random;
        private final AtomicBoolean stop;
        private final AtomicReference<Throwable> failure = new AtomicReference<>();
        private volatile long count;

        Reading(EntryReader reader, Filling filling, long newest, long seed, AtomicBoolean stop) {
            this.reader = reader;
            this.filling = filling;
            this.newest = Math.min(newest, filling.entries());
            this.random = new XorShift(seed);
            this.stop = stop;
        }

        @Override
        public void run() {
            try {
                for (long done = 0; !stop.get(); count = done) {
                    for (int i = 0; i < BATCH; i++, done++) {
                        long number = filling.entries() - 1 - Long.remainderUnsigned(random.next(), newest);
                        reader.read(number % filling.ledgers(), number / filling.ledgers());
                    }
                }
            } catch (IOException | RuntimeException e) {
                failure.set(e);
            }
        }

        long count() {
            return count;
        }

        void checkAndClose() {
            reader.close();
            if (failure.get() != null) {
                throw new IllegalStateException(failure.get());
            }
        }
    }
}
