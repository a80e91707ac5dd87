package io.daybook.engine.append;

import io.daybook.engine.AppendCallback;
import io.daybook.engine.NoSuchLedgerException;
import io.daybook.engine.flush.IndexFlusher;
import io.daybook.engine.ledger.Ledger;
import io.daybook.engine.ledger.Ledgers;
import io.daybook.engine.ledger.RecordApplier;
import io.daybook.engine.ledger.Waiters;
import io.daybook.engine.lifecycle.EngineState;
import io.daybook.index.LocationIndex;
import io.daybook.journal.Frame;
import io.daybook.journal.FrameSink;
import io.daybook.journal.Journal;
import io.daybook.journal.RecordType;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * What happens to a frame that is committed: its records are applied, then everybody who waits is told, in order, with no lock
 * held; {@link #PART} records at a time, so that whoever is told first has the next appends ready while the rest is applied. A
 * batch is applied whole. So a callback sees its own record and all before it, and not yet all of its frame; where an append is
 * visible once it returned, frames are applied whole. <b>By one thread at a time</b>, but for those who begin to wait.
 */
public final class Commits implements FrameSink {
    private static final System.Logger LOG = System.getLogger(Commits.class.getName());

    /** Records of a frame that are applied before those who wait for them are told. */
    public static final int PART = 64;

    /** Of a frame that is applied whole. */
    public static final int WHOLE = Integer.MAX_VALUE;

    /** Told of what was committed. */
    public interface Listener {
        /** A frame's records were applied and told; so much of the time since it was opened went to syncs. */
        void committed(int entries, long bytes, long openedNanos, long syncNanos);

        /** The positions moved on. */
        void advanced();
    }

    private final ReentrantLock applying;
    private final RecordApplier applier;
    private final Ledgers ledgers;
    private final IndexFlusher flusher;
    private final LocationIndex index;
    private final EngineState state;
    private final Consumer<Throwable> fail;
    private final Listener listener;
    private final long tailJournalBytes;
    private final int part;
    private final Frame.Cursor cursor = new Frame.Cursor();
    private final Frame.Cursor told = new Frame.Cursor();
    /** To be told next; taken one by one, so that one that hangs keeps no other from being told at the end. */
    private final Queue<Runnable> fired = new ConcurrentLinkedQueue<>();

    /** Likewise, of those who waited for a sync. */
    private final Queue<Runnable> synced = new ConcurrentLinkedQueue<>();

    /** Likewise, of those who are told that what they wait for does not come. */
    private final Queue<Runnable> ended = new ConcurrentLinkedQueue<>();
    /** Ledgers of the batch that is being applied, for which somebody waits: a batch is seen whole. */
    private final List<Ledger> awaited = new ArrayList<>();

    private final SyncWaiters syncs = new SyncWaiters();
    /** Of the frame that is being applied. */
    private int entries;

    private long bytes;

    /**
     * A sink.
     *
     * @param index what records are looked up in
     * @param fail told when applying failed: the journal takes no more; under the lock, so it must not wait for a device
     * @param part {@link #PART} or {@link #WHOLE}
     */
    public Commits(
            ReentrantLock applying,
            RecordApplier applier,
            Ledgers ledgers,
            IndexFlusher flusher,
            LocationIndex index,
            EngineState state,
            Consumer<Throwable> fail,
            Listener listener,
            long tailJournalBytes,
            int part) {
        this.applying = applying;
        this.applier = applier;
        this.ledgers = ledgers;
        this.flusher = flusher;
        this.index = index;
        this.state = state;
        this.fail = fail;
        this.listener = listener;
        this.tailJournalBytes = tailJournalBytes;
        this.part = part;
    }

    @Override
    public void committed(Frame frame) {
        entries = 0;
        bytes = 0;
        frame.rewind(cursor);
        frame.rewind(told);
        Throwable failure = null;
        while (failure == null && cursor.index() + 1 < frame.records()) {
            failure = applyPart(frame);
            // Of what was applied before a failure too: those who waited for it have left the ledger's list.
            fire(fired);
            while (failure == null && told.index() < cursor.index() && told.next()) {
                tell(frame, told, null);
            }
        }
        if (failure != null) {
            // After the first failure nothing is acknowledged, even if it is durable: its outcome is unknown until the
            // next open.
            failed(frame, failure);
        }
        if (failure == null || entries > 0) {
            listener.committed(entries, bytes, frame.openedNanos(), frame.syncNanos());
        }
    }

    /** Applies the next records, all of a batch together; what failed, null: nothing. */
    private Throwable applyPart(Frame frame) {
        Throwable first = state.failure();
        if (first != null) {
            return first;
        }
        if (state.isOpen()) {
            return apply(frame);
        }
        // A callback may have held this thread until nobody but the owner may use the index any more.
        Throwable[] failure = new Throwable[1];
        try {
            index.asOwner(() -> failure[0] = apply(frame));
            return failure[0];
        } catch (Throwable e) {
            fail.accept(e);
            return e;
        }
    }

    private Throwable apply(Frame frame) {
        long end = (long) cursor.index() + part;
        int partEntries = 0;
        long partBytes = 0;
        applying.lock();
        try {
            while ((cursor.index() < end || applier.inBatch()) && cursor.next()) {
                Ledger ledger = applier.apply(cursor, (Ledger) frame.owner(cursor.index()));
                if (ledger != null) {
                    if (cursor.type() == RecordType.ENTRY) {
                        partEntries++;
                        partBytes += cursor.payloadBytes();
                    }
                    if (ledger.waiters() != null) {
                        awaited.add(ledger);
                    }
                }
                if (!applier.inBatch()) {
                    collectAwaited();
                    if (applier.active().isFull(tailJournalBytes)) {
                        flusher.swap();
                    }
                }
            }
            entries += partEntries;
            bytes += partBytes;
            return null;
        } catch (Throwable e) {
            applier.abort();
            fail.accept(e);
            return e;
        } finally {
            applying.unlock();
        }
    }

    private void collectAwaited() {
        if (!awaited.isEmpty()) {
            awaited.forEach(this::collect);
            awaited.clear();
        }
    }

    private void collect(Ledger ledger) {
        Waiters waiters = ledger.waiters();
        if (waiters == null) {
            return;
        }
        if (ledger.ended()) {
            waiters.fail(new NoSuchLedgerException(ledger.id()), fired);
        } else {
            waiters.collect(ledger, fired);
        }
        if (waiters.isEmpty()) {
            ledger.waiters(null);
        }
    }

    private static void fire(Queue<Runnable> told) {
        for (Runnable waiter = told.poll(); waiter != null; waiter = told.poll()) {
            guarded(waiter);
        }
    }

    private static void guarded(Runnable told) {
        try {
            told.run();
        } catch (Throwable e) {
            LOG.log(System.Logger.Level.WARNING, "a completion threw", e);
        }
    }

    private void tell(Frame frame, Throwable failure) {
        frame.rewind(told);
        while (told.next()) {
            tell(frame, told, failure);
        }
    }

    private static void tell(Frame frame, Frame.Cursor at, Throwable failure) {
        Object callback = frame.takeListener(at.index());
        if (callback != null) {
            tell(callback, at.ledgerId(), at.entryId(), failure, frame.context(at.index()));
        }
    }

    private static void tell(Object callback, long ledgerId, long entryId, Throwable failure, Object context) {
        try {
            ((AppendCallback) callback).appended(ledgerId, entryId, failure, context);
        } catch (Throwable e) {
            LOG.log(System.Logger.Level.WARNING, "an append callback threw", e);
        }
    }

    /**
     * Tells all who wait, though the committer or a callback hangs: the outcome of what is in flight is unknown. For the
     * thread that closes; those who were about to be told of something that did happen are told that.
     *
     * @param cause of those in flight
     * @param over of those who wait for something to come
     * @return how many records were in flight
     */
    public int abandon(List<Journal.Untold> inFlight, RuntimeException cause, RuntimeException over) {
        for (Journal.Untold record : inFlight) {
            ended.add(() -> tell(record.listener(), record.ledgerId(), record.entryId(), cause, record.context()));
        }
        endWaiters(over);
        tellRest();
        return inFlight.size();
    }

    /** Tells those who are next, until there are none; by as many threads as are needed where some that are told hang. */
    public void tellRest() {
        fire(fired);
        fire(synced);
        fire(ended);
    }

    /** Whether somebody is to be told. */
    public boolean hasUntold() {
        return !fired.isEmpty() || !synced.isEmpty() || !ended.isEmpty();
    }

    @Override
    public void failed(Frame frame, Throwable cause) {
        state.fail(cause);
        tell(frame, state.failed());
    }

    @Override
    public void advanced(long durableLsn) {
        if (durableLsn < 0 || state.failure() != null) {
            failWaiters(state.failed());
        } else {
            served(durableLsn);
        }
        listener.advanced();
    }

    /** Completes those who wait for an LSN that is durable by now. */
    public void served(long durableLsn) {
        List<CompletableFuture<Void>> served = syncs.take(durableLsn);
        for (int i = 0; i < served.size(); i++) {
            CompletableFuture<Void> future = served.get(i);
            synced.add(() -> future.complete(null));
        }
        fire(synced);
    }

    /** A future that completes when everything up to an LSN is durable. */
    public CompletableFuture<Void> sync(long lsn) {
        CompletableFuture<Void> future = new CompletableFuture<>();
        syncs.add(lsn, future);
        return future;
    }

    /** Lets a future wait for a ledger, or tells it at once. */
    public CompletableFuture<Long> await(Ledger ledger, Waiters.For what, long after) {
        CompletableFuture<Long> future = new CompletableFuture<>();
        List<Runnable> now = new ArrayList<>();
        applying.lock();
        try {
            Waiters waiters = ledger.waiters() == null ? new Waiters() : ledger.waiters();
            waiters.add(what, after, future);
            if (state.failure() != null) {
                waiters.fail(state.failed(), now);
            } else if (ledger.ended()) {
                waiters.fail(new NoSuchLedgerException(ledger.id()), now);
            } else {
                waiters.collect(ledger, now);
            }
            ledger.waiters(waiters.isEmpty() ? null : waiters);
        } finally {
            applying.unlock();
        }
        now.forEach(Runnable::run);
        return future;
    }

    /** Ends all who wait for something to come. */
    public void failWaiters(RuntimeException cause) {
        endWaiters(cause);
        fire(ended);
    }

    /** Has all who wait for something to come told next that it does not. */
    public void endWaiters(RuntimeException cause) {
        applying.lock();
        try {
            ledgers.forEachCommitted(ledger -> endWaiters(ledger, cause));
            // A batch whose application failed half-way may have deleted a ledger: it is among the committed no more.
            awaited.forEach(ledger -> endWaiters(ledger, cause));
            awaited.clear();
        } finally {
            applying.unlock();
        }
        for (CompletableFuture<Void> future : syncs.take(Long.MAX_VALUE)) {
            ended.add(() -> future.completeExceptionally(cause));
        }
    }

    private void endWaiters(Ledger ledger, RuntimeException cause) {
        Waiters waiters = ledger.waiters();
        if (waiters != null) {
            waiters.fail(cause, ended);
            ledger.waiters(null);
        }
    }
}
