package io.daybook.benchmarks;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.HdrHistogram.Histogram;

/** Loads a sink for a while from threads of its own. */
public final class LoadRun {
    private static final int STEP_ENTRIES = 64;

    private LoadRun() {}

    /** Runs without measuring, then with; ends when everything is completed, and checks that the sink holds it all. */
    public static LoadStats run(AppendSink sink, LoadShape shape, Duration warmup, Duration measured) {
        return run(sink, shape, warmup, measured, new Histogram(3), new AtomicLong());
    }

    /**
     * As {@link #run(AppendSink, LoadShape, Duration, Duration)}.
     *
     * @param latencies gets those of the measured time, in nanoseconds
     * @param appended gets the number of all entries, those before and after the measured time too
     */
    public static LoadStats run(
            AppendSink sink,
            LoadShape shape,
            Duration warmup,
            Duration measured,
            Histogram latencies,
            AtomicLong appended) {
        AtomicBoolean stop = new AtomicBoolean();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        List<Producer> producers = new ArrayList<>();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < shape.producers(); i++) {
            Producer producer = new Producer(sink, shape, i);
            producers.add(producer);
            threads.add(new Thread(() -> produce(producer, stop, failure), "producer-" + i));
        }
        LoadMeter meter = new LoadMeter(producers);
        threads.forEach(Thread::start);
        LoadStats stats;
        try {
            sleepUnlessFailed(warmup, failure);
            meter.begin();
            sleepUnlessFailed(measured, failure);
            stats = meter.end();
            latencies.add(meter.latencies());
        } finally {
            stop.set(true);
            threads.forEach(Threads::join);
        }
        if (failure.get() != null) {
            throw new IllegalStateException(failure.get());
        }
        check(sink, shape, producers);
        appended.set(producers.stream().mapToLong(Producer::completedCount).sum());
        return stats;
    }

    private static void produce(Producer producer, AtomicBoolean stop, AtomicReference<Throwable> failure) {
        try {
            while (!stop.get()) {
                producer.append(STEP_ENTRIES);
            }
            producer.drain();
        } catch (Throwable e) {
            failure.compareAndSet(null, e);
        }
    }

    private static void sleepUnlessFailed(Duration time, AtomicReference<Throwable> failure) {
        long end = System.nanoTime() + time.toNanos();
        while (failure.get() == null) {
            long left = end - System.nanoTime();
            if (left <= 0) {
                return;
            }
            Threads.sleep(Duration.ofNanos(Math.min(left, 50_000_000) + 999_999));
        }
    }

    /** Fails unless the sink, with nothing in flight, holds what the producers appended. */
    static void check(AppendSink sink, LoadShape shape, List<Producer> producers) {
        long held = sink.entriesHeld(shape.ledgers());
        long appended = producers.stream().mapToLong(Producer::completedCount).sum();
        if (held >= 0 && held != appended) {
            throw new IllegalStateException(appended + " entries were completed, but " + held + " are held");
        }
    }
}
