package io.daybook.cli;

import io.daybook.engine.AppendCallback;
import io.daybook.engine.LedgerEngine;
import io.netty.buffer.ByteBuf;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;

/**
 * Appends with a bound on entries in flight, without allocating, and counts what was acknowledged. {@link #append} and {@link
 * #await} are confined to one thread, callbacks come on the engine's completion thread, the rest is for any thread.
 */
final class DemoLoad implements AppendCallback {
    private final LedgerEngine engine;
    private final Ticket[] tickets;
    private final AtomicLongArray acknowledged;
    private final LatencyHistogram latencies = new LatencyHistogram();
    private final AtomicLong completed = new AtomicLong();
    private volatile Thread waiter;
    private volatile boolean ended;
    private volatile Throwable failure;
    private volatile long beganNanos;
    private volatile long completedNanos;
    private long submitted;

    /** When an append began; used again once it completed, as appends complete in order. */
    private static final class Ticket {
        private long beganNanos;
    }

    DemoLoad(LedgerEngine engine, int ledgers, int inFlight) {
        this.engine = engine;
        this.acknowledged = new AtomicLongArray(ledgers);
        this.tickets = new Ticket[inFlight];
        for (int i = 0; i < inFlight; i++) {
            tickets[i] = new Ticket();
        }
    }

    void append(long ledger, long entry, ByteBuf bytes) {
        awaitRoom();
        Ticket ticket = tickets[(int) (submitted % tickets.length)];
        ticket.beganNanos = System.nanoTime();
        if (submitted == 0) {
            beganNanos = ticket.beganNanos;
        }
        submitted++;
        engine.append(ledger, entry, bytes, this, ticket);
        throwFailure();
    }

    /** Waits until all appends completed. */
    void await() {
        while (submitted > completed.get() && failure == null) {
            LockSupport.parkNanos(100_000);
        }
        throwFailure();
    }

    @Override
    public void appended(long ledger, long entry, Throwable cause, Object context) {
        long now = System.nanoTime();
        if (cause != null) {
            failure = cause;
            ended = true;
        } else if (acknowledged.get((int) ledger) != entry) {
            failure = new IllegalStateException("ledger " + ledger + ": entry " + entry + " was acknowledged behind "
                    + acknowledged.get((int) ledger) + " entries");
            ended = true;
        } else {
            latencies.record(now - ((Ticket) context).beganNanos);
            completedNanos = now;
            acknowledged.lazySet((int) ledger, entry + 1);
        }
        completed.incrementAndGet();
        Thread thread = waiter;
        if (thread != null) {
            waiter = null;
            LockSupport.unpark(thread);
        }
    }

    void end() {
        ended = true;
    }

    boolean ended() {
        return ended;
    }

    /** What is durable now. The counts are read first, as nothing may be told before its acknowledgement. */
    DemoAcks acks(long syncs) {
        long[] counts = new long[acknowledged.length()];
        for (int i = 0; i < counts.length; i++) {
            counts[i] = acknowledged.get(i);
        }
        return new DemoAcks(
                completedNanos == 0 ? 0 : completedNanos - beganNanos,
                latencies.percentile(50),
                latencies.percentile(99),
                latencies.percentile(99.9),
                syncs,
                counts);
    }

    private void awaitRoom() {
        while (submitted - completed.get() >= tickets.length && failure == null) {
            waiter = Thread.currentThread();
            if (submitted - completed.get() >= tickets.length) {
                // A callback between the two lines above unparks a thread that is not parked yet, so this ends at once.
                LockSupport.parkNanos(1_000_000);
            }
            waiter = null;
        }
    }

    private void throwFailure() {
        Throwable cause = failure;
        if (cause instanceof RuntimeException unchecked) {
            throw unchecked;
        }
        if (cause != null) {
            throw CommandException.io(Failures.describe(cause), cause);
        }
    }
}
