package io.daybook.benchmarks.compare;

import io.daybook.benchmarks.AppendSink;
import io.daybook.benchmarks.Payloads;
import io.daybook.benchmarks.Threads;
import io.daybook.benchmarks.report.Run;
import io.netty.buffer.ByteBuf;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;

/**
 * Appends at a rate, whether or not the store keeps up. Entry n is to begin at n / rate, and its latency counts from then: an
 * append that had to wait for others, or for this thread, has waited. Nothing is left out.
 *
 * <p>Counters of completions are <b>confined to the completing thread</b> until {@link #run} has returned.
 */
final class OpenLoop implements AppendSink.Completion {
    private static final long MOMENT_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long LATENCY_NANOS_MAX = TimeUnit.MINUTES.toNanos(10);
    private static final int BEYOND = 10;
    private static final long STUCK_NANOS = TimeUnit.SECONDS.toNanos(60);

    // Constant after construction
    private final AppendSink sink;
    private final int ledgers;
    private final ByteBuf[] payloads;
    private final double nanosPerEntry;
    private final long warmupNanos;
    private final long entries;

    // Written before the first append
    private long beginNanos;

    // Confined to the completing thread
    private final Histogram latencies = new Histogram(LATENCY_NANOS_MAX, 3);
    private final long[] momentEntries;
    private final long[] momentMax;

    // Confined to the producing thread
    private final Histogram callLateness = new Histogram(LATENCY_NANOS_MAX, 3);
    private final Histogram returnLateness = new Histogram(LATENCY_NANOS_MAX, 3);

    // Has its own synchronisation
    private volatile long completed;
    private volatile Throwable failure;

    // Confined to the watching thread
    private final List<Map<String, Long>> events = new ArrayList<>();
    private Map<String, Long> eventsBefore = new HashMap<>();
    private NavigableMap<Double, Double> delaysBefore = Collections.emptyNavigableMap();

    OpenLoop(AppendSink sink, int entryBytes, int ledgers, int perSecond, Duration warmup, Duration measured) {
        this.sink = sink;
        this.ledgers = ledgers;
        this.payloads = Payloads.random(entryBytes, 1);
        this.nanosPerEntry = 1e9 / perSecond;
        this.warmupNanos = warmup.toNanos();
        this.entries = (long) (warmup.plus(measured).toNanos() / nanosPerEntry);
        int moments = (int) (measured.toNanos() / MOMENT_NANOS) + 1;
        this.momentEntries = new long[moments];
        this.momentMax = new long[moments];
    }

    /** Appends all, watches, and waits for the last. */
    void run() {
        beginNanos = System.nanoTime();
        Thread producer = new Thread(this::produce, "producer-0");
        producer.start();
        watch();
        Threads.join(producer);
        awaitDrained();
    }

    private void produce() {
        try {
            for (long number = 0; number < entries && failure == null; number++) {
                long intended = intended(number);
                awaitTime(beginNanos + intended);
                ByteBuf payload = payloads[(int) number & (payloads.length - 1)];
                long called = System.nanoTime();
                sink.append(number % ledgers, number / ledgers, payload, this);
                if (intended >= warmupNanos) {
                    record(callLateness, called, intended);
                    record(returnLateness, System.nanoTime(), intended);
                }
            }
        } catch (RuntimeException e) {
            failure = e;
        }
    }

    private void record(Histogram lateness, long now, long intended) {
        lateness.recordValue(Math.min(now - beginNanos - intended, LATENCY_NANOS_MAX));
    }

    private long intended(long number) {
        return (long) (number * nanosPerEntry);
    }

    /** Parks: a thread that spins would take a processor from the store. What a wake-up is late counts as latency, for all alike. */
    private static void awaitTime(long nanoTime) {
        long left;
        while ((left = nanoTime - System.nanoTime()) > 0) {
            LockSupport.parkNanos(left);
        }
    }

    @Override
    public void completed(Throwable appendFailure) {
        long number = completed;
        if (appendFailure != null) {
            failure = appendFailure;
        }
        long intended = intended(number);
        if (intended >= warmupNanos) {
            long nanos = Math.min(System.nanoTime() - beginNanos - intended, LATENCY_NANOS_MAX);
            latencies.recordValue(nanos);
            int moment = (int) Math.min(momentMax.length - 1, (intended - warmupNanos) / MOMENT_NANOS);
            momentEntries[moment]++;
            momentMax[moment] = Math.max(momentMax[moment], nanos);
        }
        completed = number + 1;
    }

    /** Looks ten times a second at what goes on inside. */
    private void watch() {
        awaitTime(beginNanos + warmupNanos);
        eventsBefore = sink.events();
        delaysBefore = sink.delays();
        for (int moment = 1; moment < momentMax.length && failure == null; moment++) {
            awaitTime(beginNanos + warmupNanos + moment * MOMENT_NANOS);
            events.add(newEvents());
        }
    }

    private Map<String, Long> newEvents() {
        Map<String, Long> now = sink.events();
        Map<String, Long> news = new LinkedHashMap<>();
        now.forEach((name, count) -> {
            long more = count - eventsBefore.getOrDefault(name, 0L);
            if (more > 0) {
                news.put(name, more);
            }
        });
        eventsBefore = now;
        return news;
    }

    private void awaitDrained() {
        long seen = -1;
        long since = System.nanoTime();
        while (completed < entries) {
            if (failure != null) {
                throw new IllegalStateException(failure);
            }
            if (completed != seen) {
                seen = completed;
                since = System.nanoTime();
            } else if (System.nanoTime() - since > STUCK_NANOS) {
                throw new IllegalStateException("nothing was completed for a minute, " + (entries - seen) + " to go");
            }
            Threads.sleep(Duration.ofMillis(1));
        }
        if (failure != null) {
            throw new IllegalStateException(failure);
        }
    }

    long entries() {
        return entries;
    }

    /** After {@link #run}. */
    Histogram latencies() {
        return latencies;
    }

    /** After {@link #run}: from the intended start of an append to its call, which the store cannot see. */
    Histogram callLateness() {
        return callLateness;
    }

    /** After {@link #run}: from the intended start of an append to the return of its call. */
    Histogram returnLateness() {
        return returnLateness;
    }

    /**
     * After {@link #run}: the delay added by the store that a share of the appends of the measured time did not exceed, as the bound
     * of its class in nanoseconds; not a number if the store does not say. The last class has no bound: ten times that of the one
     * before stands for it, so that such a delay is seen.
     */
    double delayNanos(double share) {
        NavigableMap<Double, Double> now = sink.delays();
        if (now.isEmpty()) {
            return Double.NaN;
        }
        double wanted = share * news(now, now.lastKey());
        double seconds = 0;
        for (Double bound : now.keySet()) {
            seconds = Double.isInfinite(bound) ? seconds * BEYOND : bound;
            if (news(now, bound) >= wanted) {
                break;
            }
        }
        return seconds * 1e9;
    }

    private double news(NavigableMap<Double, Double> now, Double bound) {
        return now.get(bound) - delaysBefore.getOrDefault(bound, 0.0);
    }

    /** After {@link #run}: parts of a tenth of a second of the measured time. */
    List<Run.Moment> timeline() {
        List<Run.Moment> timeline = new ArrayList<>();
        for (int i = 0; i < momentMax.length - 1; i++) {
            timeline.add(new Run.Moment(
                    i * MOMENT_NANOS / 1e9,
                    momentEntries[i],
                    momentMax[i],
                    i < events.size() ? events.get(i) : Map.of()));
        }
        return timeline;
    }
}
