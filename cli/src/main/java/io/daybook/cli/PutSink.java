package io.daybook.cli;

import io.daybook.engine.AppendCallback;
import io.daybook.engine.LedgerEngine;
import io.netty.buffer.ByteBuf;
import java.util.concurrent.locks.LockSupport;

/**
 * Appends entries one behind the other to the end of a ledger, many in flight, bounded by the engine, and counts what is
 * durable.
 *
 * <p>The count is one of consecutive entries from the first on: it stops for good at the first append that fails, so that
 * whatever it says is a prefix of the input. The first entry asks the engine for its id and waits; as nobody else writes to
 * the store, the others follow it, without allocation.
 *
 * <p>{@link #entry} and {@link #await} are confined to one thread; the counts are for any thread.
 */
final class PutSink implements EntrySplitter.Sink, AppendCallback {
    private static final long NO_ID = -1;

    private final LedgerEngine engine;
    private final long ledgerId;
    private long firstId = NO_ID;
    private volatile long submitted;
    private volatile long submittedBytes;

    /** Written by the completion thread, but for the first entry, whose completion the other thread waits for. */
    private volatile long durable;

    private volatile Throwable failure;

    PutSink(LedgerEngine engine, long ledgerId) {
        this.engine = engine;
        this.ledgerId = ledgerId;
    }

    /** Stops the command: an append failed, and the failure is kept. */
    static final class StoppedException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        StoppedException() {
            super("an append failed", null, false, false);
        }
    }

    @Override
    public void entry(ByteBuf entry) {
        if (failure != null) {
            throw new StoppedException();
        }
        int bytes = entry.readableBytes();
        if (firstId == NO_ID) {
            first(entry);
        } else {
            engine.append(ledgerId, firstId + submitted, entry, this, null);
            submitted = submitted + 1;
        }
        submittedBytes = submittedBytes + bytes;
    }

    private void first(ByteBuf entry) {
        firstId = engine.append(ledgerId, entry).join();
        submitted = 1;
        durable = 1;
    }

    @Override
    public void appended(long ledger, long entryId, Throwable cause, Object context) {
        if (cause != null) {
            fail(cause);
        } else if (entryId == firstId + durable) {
            durable = durable + 1;
        }
    }

    private synchronized void fail(Throwable cause) {
        if (failure == null) {
            failure = cause;
        }
    }

    /** Waits until each append has ended or one has failed. */
    void await() {
        while (durable < submitted && failure == null) {
            LockSupport.parkNanos(100_000);
        }
    }

    /** Entries that are durable, from the first on. */
    long durable() {
        return durable;
    }

    long bytes() {
        return submittedBytes;
    }

    long entries() {
        return submitted;
    }

    /** Id of the first entry, -1: none yet. */
    long firstId() {
        return firstId;
    }

    /** The first failure, null: none. */
    Throwable failure() {
        return failure;
    }
}
