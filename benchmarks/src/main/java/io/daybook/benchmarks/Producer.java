package io.daybook.benchmarks;

import io.netty.buffer.ByteBuf;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.SingleWriterRecorder;

/**
 * Keeps a window of appends in flight, entries in turn over the ledgers.
 *
 * <p>No allocation and no lock an entry: two counters, and the producer parks when its window is full. It is woken when an
 * eighth of the window is free, not for every single entry: a wake-up an entry would measure the scheduler.
 *
 * <p>{@link #append} is <b>confined to one thread at a time</b>, {@link #completed} to another; the rest is thread-safe.
 */
final class Producer implements AppendSink.Completion {
    private static final long STUCK_NANOS = TimeUnit.SECONDS.toNanos(60);
    private static final long LATENCY_NANOS_MAX = TimeUnit.SECONDS.toNanos(120);

    /** Places in {@link #shared}, two cache lines apart from each other and from anything else. */
    private static final int COMPLETED = 16;

    private static final int WANTED = 32;
    private static final int SHARED_LENGTH = 48;

    // Constant after construction
    private final AppendSink sink;
    private final ByteBuf[] payloads;
    private final int window;
    private final int wakeBatch;
    private final int ledgerFirst;
    private final int ledgerStep;
    private final int ledgers;
    private final int entryFirst;
    private final int entryStep;
    private final int sampleShift;
    private final long[] startNanos;

    // Has its own synchronisation
    private final AtomicLongArray shared = new AtomicLongArray(SHARED_LENGTH);
    private final SingleWriterRecorder latencies = new SingleWriterRecorder(LATENCY_NANOS_MAX, 3);
    private volatile Thread thread;
    private volatile Throwable failure;

    // Confined to the producing thread
    private long appended;
    private long completedSeen;
    private int ledger;
    private long entry;

    /**
     * @param index of this producer among {@code shape.producers()}. With at least as many ledgers as producers each has
     *     ledgers of its own; else all share them and stripe the entry ids
     */
    Producer(AppendSink sink, LoadShape shape, int index) {
        this.sink = sink;
        this.payloads = Payloads.random(shape.entryBytes(), index);
        this.window = shape.windowOf(index);
        this.wakeBatch = Math.max(1, window / 8);
        this.ledgers = shape.ledgers();
        boolean own = shape.ledgers() >= shape.producers();
        this.ledgerFirst = own ? index : 0;
        this.ledgerStep = own ? shape.producers() : 1;
        this.entryFirst = own ? 0 : index;
        this.entryStep = own ? 1 : shape.producers();
        // Two clock readings an entry would be a tenth of the work at millions of entries a second.
        this.sampleShift = window <= 64 ? 0 : 3;
        this.startNanos = new long[Integer.highestOneBit(window) << 1];
        this.ledger = ledgerFirst;
        this.entry = entryFirst;
    }

    /** Appends {@code count} entries, waiting for room in the window where it is full, not for their completion. */
    void append(int count) {
        thread = Thread.currentThread();
        checkFailure();
        for (int i = 0; i < count; i++) {
            if (appended - completedSeen >= window) {
                awaitCompleted(appended - window + wakeBatch);
            }
            if ((appended & ((1L << sampleShift) - 1)) == 0) {
                startNanos[startSlot(appended)] = System.nanoTime();
            }
            long ledgerId = ledger;
            long entryId = entry;
            ByteBuf payload = payloads[(int) appended & (payloads.length - 1)];
            appended++;
            ledger += ledgerStep;
            if (ledger >= ledgers) {
                ledger = ledgerFirst;
                entry += entryStep;
            }
            sink.append(ledgerId, entryId, payload, this);
        }
    }

    /** Waits until nothing is in flight. */
    void drain() {
        awaitCompleted(appended);
        checkFailure();
    }

    @Override
    public void completed(Throwable appendFailure) {
        long number = shared.getPlain(COMPLETED);
        if (appendFailure != null) {
            if (failure == null) {
                failure = appendFailure;
            }
        } else if ((number & ((1L << sampleShift) - 1)) == 0) {
            long nanos = System.nanoTime() - startNanos[startSlot(number)];
            latencies.recordValue(Math.min(nanos, LATENCY_NANOS_MAX));
        }
        // Volatile, both: either the producer sees this count before it parks, or it is seen here to want it.
        shared.set(COMPLETED, number + 1);
        if (shared.get(WANTED) == number + 1) {
            LockSupport.unpark(thread);
        }
    }

    private void awaitCompleted(long wanted) {
        completedSeen = shared.get(COMPLETED);
        checkFailure();
        if (completedSeen >= wanted) {
            return;
        }
        shared.set(WANTED, wanted);
        long began = System.nanoTime();
        while ((completedSeen = shared.get(COMPLETED)) < wanted) {
            checkFailure();
            LockSupport.parkNanos(this, TimeUnit.SECONDS.toNanos(1));
            if (System.nanoTime() - began > STUCK_NANOS) {
                throw new IllegalStateException(
                        "nothing completed for 60 s, " + (appended - completedSeen) + " in flight");
            }
        }
    }

    private int startSlot(long number) {
        return (int) (number >>> sampleShift) & (startNanos.length - 1);
    }

    private void checkFailure() {
        Throwable cause = failure;
        if (cause != null) {
            throw new IllegalStateException("an append failed: " + cause, cause);
        }
    }

    /** Appends that have ended. */
    long completedCount() {
        return shared.get(COMPLETED);
    }

    /** The thread that appended last, null before the first append. */
    Thread thread() {
        return thread;
    }

    /** Latencies in nanoseconds since the last call of this method, of every append or of every eighth. */
    Histogram takeLatencies(Histogram recycled) {
        return latencies.getIntervalHistogram(recycled);
    }
}
