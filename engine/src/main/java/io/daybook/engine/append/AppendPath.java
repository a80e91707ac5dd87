package io.daybook.engine.append;

import io.daybook.engine.AppendCallback;
import io.daybook.engine.DiskFullException;
import io.daybook.engine.EngineBusyException;
import io.daybook.engine.LedgerException;
import io.daybook.engine.LedgerFencedException;
import io.daybook.engine.NoSuchLedgerException;
import io.daybook.engine.ledger.Ledger;
import io.daybook.engine.ledger.Ledgers;
import io.daybook.engine.lifecycle.EngineState;
import io.daybook.journal.Journal;
import io.daybook.journal.RecordFormat;
import io.daybook.journal.RecordType;
import io.daybook.journal.Ticket;
import io.daybook.journal.Waiting;
import io.daybook.stats.AppendWait;
import io.netty.buffer.ByteBuf;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * How a change gets in: its ledger's state is checked and its place in the journal reserved in one step, under the journal's
 * lock; then its bytes are copied by the caller, outside of it. So the order of log sequence numbers is the order in which
 * fences, deletions and appends were decided, and nothing that came after a fence can get in before it.
 *
 * <p>Whoever is refused hears it through the future or callback; misuse is thrown. <b>Thread-safe.</b>
 */
public final class AppendPath {
    /** Tells a future. Used as the listener of a record, with the future as context. */
    private static final AppendCallback FUTURE = (ledgerId, entryId, failure, context) -> {
        @SuppressWarnings("unchecked")
        CompletableFuture<Object> future = (CompletableFuture<Object>) context;
        if (failure == null) {
            future.complete(null);
        } else {
            future.completeExceptionally(failure);
        }
    };

    private static final AppendCallback FUTURE_OF_ID = (ledgerId, entryId, failure, context) -> {
        @SuppressWarnings("unchecked")
        CompletableFuture<Long> future = (CompletableFuture<Long>) context;
        if (failure == null) {
            future.complete(entryId);
        } else {
            future.completeExceptionally(failure);
        }
    };

    private static final byte[] NOTHING = new byte[0];
    private static final long NEXT = -1;

    private final Journal journal;
    private final Ledgers ledgers;
    private final EngineState state;
    private final Waiting waiting;
    private final TailBound tailIndexFull;
    private final long waitNanosMax;
    private final Listener listener;
    private final ThreadLocal<Ticket> tickets = ThreadLocal.withInitial(Ticket::new);

    /** Told of appends and other changes that met an obstacle; quick, as the intake lock is held. */
    public interface Listener {
        /** One waited for room. */
        void waited(AppendWait cause, long nanos);

        /** One was not accepted. */
        void refused(LedgerException refusal);
    }

    /**
     * A path into a journal.
     *
     * @param tailIndexFull whether the entries that are not yet in the location index are at their bound
     */
    public AppendPath(
            Journal journal,
            Ledgers ledgers,
            EngineState state,
            Waiting waiting,
            TailBound tailIndexFull,
            long waitNanosMax,
            Listener listener) {
        this.journal = journal;
        this.ledgers = ledgers;
        this.state = state;
        this.waiting = waiting;
        this.tailIndexFull = tailIndexFull;
        this.waitNanosMax = waitNanosMax;
        this.listener = listener;
    }

    /** Appends, telling a callback. */
    public void append(
            long ledgerId, long entryId, ByteBuf entry, boolean recovery, AppendCallback callback, Object context) {
        int length = entry.readableBytes();
        Ticket ticket = tickets.get();
        LedgerException refusal = reserveEntry(ticket, ledgerId, entryId, length, recovery, callback, context, null);
        if (refusal != null) {
            callback.appended(ledgerId, entryId, refusal, context);
            return;
        }
        fill(ticket, ledgerId, entryId, entry, length);
    }

    /** Appends, with a future. */
    public CompletableFuture<Void> append(long ledgerId, long entryId, ByteBuf entry, boolean recovery) {
        CompletableFuture<Void> future = new CompletableFuture<>();
        append(ledgerId, entryId, entry, recovery, FUTURE, future);
        return future;
    }

    /** Appends under the next id. */
    public CompletableFuture<Long> append(long ledgerId, ByteBuf entry) {
        CompletableFuture<Long> future = new CompletableFuture<>();
        int length = entry.readableBytes();
        Ticket ticket = tickets.get();
        long[] id = new long[1];
        LedgerException refusal = reserveEntry(ticket, ledgerId, NEXT, length, false, FUTURE_OF_ID, future, id);
        if (refusal != null) {
            future.completeExceptionally(refusal);
        } else {
            fill(ticket, ledgerId, id[0], entry, length);
        }
        return future;
    }

    private static void fill(Ticket ticket, long ledgerId, long entryId, ByteBuf entry, int length) {
        try {
            ticket.fill(RecordType.ENTRY, ledgerId, entryId, entry, length, false);
        } catch (Throwable e) {
            ticket.abandon();
            throw e;
        }
        ticket.done();
    }

    private LedgerException reserveEntry(
            Ticket ticket,
            long ledgerId,
            long entryId,
            int length,
            boolean recovery,
            AppendCallback callback,
            Object context,
            long[] givenId) {
        int bytes = RecordFormat.bytes(length);
        if (bytes > journal.recordBytesMax()) {
            // Only where segments had to be made smaller than asked for, as the file system is small.
            throw new IllegalArgumentException("entry of " + length + " bytes is over the limit of "
                    + (journal.recordBytesMax() - RecordFormat.HEADER_BYTES) + " on this file system");
        }
        long deadline = 0;
        journal.lock();
        try {
            while (true) {
                state.checkOpen();
                Ledger ledger = ledgers.accepted(ledgerId);
                long id = entryId;
                if (ledger != null) {
                    if (ledger.intakeFenced() && !recovery) {
                        return refused(new LedgerFencedException(ledgerId));
                    }
                    id = entryId == NEXT ? ledger.intakeNextId() : entryId;
                    checkTrim(ledgerId, id, ledger.intakeTrimBound());
                } else if (entryId == NEXT) {
                    id = 0;
                }
                checkExhausted(ledgerId, id);
                Journal.Room room = reserve(ticket, bytes, 1, false);
                if (room == Journal.Room.GRANTED) {
                    accept(ticket, ledger, ledgerId, id, callback, context);
                    if (givenId != null) {
                        givenId[0] = id;
                    }
                    return null;
                }
                LedgerException refusal = refusal(room, deadline);
                if (refusal != null) {
                    return refused(refusal);
                }
                deadline = await(deadline, room);
            }
        } finally {
            journal.unlock();
        }
    }

    private void accept(
            Ticket ticket, Ledger present, long ledgerId, long entryId, AppendCallback callback, Object context) {
        try {
            Ledger ledger = present;
            if (ledger == null) {
                ledger = ledgers.begin(ledgerId, ticket.lsn());
                ledgers.accept(ledger);
            }
            ledger.intakeEntry(entryId);
            ledger.accepted(ticket.lsn());
            journal.slot(ticket, 0, ledger, callback, context);
        } catch (Throwable e) {
            // Memory may be short. The room was granted, and its frame waits until somebody hands it over.
            ticket.abandon();
            throw e;
        }
    }

    /** A tail index that is full because the engine failed does not become less so: the journal says that. */
    private Journal.Room reserve(Ticket ticket, int bytes, int records, boolean privileged) {
        if (!tailIndexFull.isFull(privileged) || journal.failure() != null) {
            return journal.reserve(ticket, bytes, records, privileged);
        }
        return journal.isDiskFull() && !privileged ? Journal.Room.DISK_FULL : Journal.Room.BUSY;
    }

    /** A bound on the entries that are not yet in the location index. */
    @FunctionalInterface
    public interface TailBound {
        /** Whether it is reached; later for changes that help to free space, as the index may be waiting for just that. */
        boolean isFull(boolean privileged);
    }

    private LedgerException refused(LedgerException refusal) {
        listener.refused(refusal);
        return refusal;
    }

    private static void checkTrim(long ledgerId, long entryId, long trimBound) {
        if (entryId < trimBound) {
            throw new IllegalArgumentException(
                    "entry id " + entryId + " of ledger " + ledgerId + " is below its trim bound " + trimBound);
        }
    }

    private static void checkExhausted(long ledgerId, long entryId) {
        if (entryId == Long.MAX_VALUE) {
            throw new IllegalArgumentException("ledger " + ledgerId + " has no id left behind " + (Long.MAX_VALUE - 1));
        }
    }

    /** Null: wait for room. */
    private LedgerException refusal(Journal.Room room, long deadline) {
        return switch (room) {
            case FAILED -> failed();
            case DISK_FULL ->
                new DiskFullException("the disk of the journal or of its manifest is full or under its reserve");
            case BUSY, NO_SEGMENT, GRANTED -> {
                if (journal.isCompleting()) {
                    yield new EngineBusyException("no room for an append from a callback, " + journal.inFlightBytes()
                            + " bytes are in flight");
                }
                if (deadline != 0 && System.nanoTime() - deadline >= 0) {
                    yield new EngineBusyException("no room came within " + waitNanosMax / 1_000_000 + " ms, "
                            + journal.inFlightBytes() + " bytes are in flight");
                }
                if (waitNanosMax == 0 && room == Journal.Room.BUSY) {
                    yield new EngineBusyException(
                            "no room, " + journal.inFlightBytes() + " bytes are in flight, and appendWaitMax is 0");
                }
                yield null;
            }
        };
    }

    /** The journal may have failed a moment ago, and the engine not been told yet: the cause is named nevertheless. */
    private LedgerException failed() {
        if (state.failure() == null) {
            state.fail(journal.failure());
        }
        return state.failed();
    }

    /** The next segment is waited for even where appends shall not wait: it is milliseconds, and only at the beginning. */
    private static final long SEGMENT_WAIT_NANOS = 5_000_000_000L;

    /** Waits; returns when waiting ends. */
    private long await(long deadline, Journal.Room room) {
        long now = System.nanoTime();
        long end = deadline;
        if (end == 0) {
            long most = room == Journal.Room.NO_SEGMENT ? Math.max(waitNanosMax, SEGMENT_WAIT_NANOS) : waitNanosMax;
            end = now + most == 0 ? 1 : now + most;
        }
        AppendWait cause = room == Journal.Room.NO_SEGMENT
                ? AppendWait.SEGMENT
                : tailIndexFull.isFull(false) ? AppendWait.TAIL_INDEX : AppendWait.IN_FLIGHT_BYTES;
        journal.awaitRoom(waiting, Math.max(1, end - now));
        listener.waited(cause, System.nanoTime() - now);
        return end;
    }

    /** One change that is no entry, with a future. */
    public CompletableFuture<Void> change(RecordType type, long ledgerId, long entryId, byte[] payload) {
        return changes(List.of(new Change(type, ledgerId, entryId, payload == null ? NOTHING : payload)));
    }

    /** Changes that happen together, in one frame. */
    public CompletableFuture<Void> changes(List<Change> changes) {
        long bytes = 0;
        for (Change change : changes) {
            bytes += RecordFormat.bytes(change.payload().length);
        }
        if (bytes > journal.recordBytesMax()) {
            throw new IllegalArgumentException(
                    "batch of " + bytes + " bytes is over the limit of " + journal.recordBytesMax());
        }
        CompletableFuture<Void> future = new CompletableFuture<>();
        Ticket ticket = tickets.get();
        LedgerException refusal = reserveChanges(ticket, changes, (int) bytes, future);
        if (refusal != null) {
            future.completeExceptionally(refusal);
            return future;
        }
        try {
            for (int i = 0; i < changes.size(); i++) {
                Change change = changes.get(i);
                ticket.fill(
                        change.type(), change.ledgerId(), change.entryId(), change.payload(), i < changes.size() - 1);
            }
        } catch (Throwable e) {
            abandon(ticket, changes, e);
            throw e;
        }
        ticket.done();
        return future;
    }

    private LedgerException reserveChanges(
            Ticket ticket, List<Change> changes, int bytes, CompletableFuture<Void> future) {
        long deadline = 0;
        boolean privileged = freeSpace(changes);
        journal.lock();
        try {
            while (true) {
                state.checkOpen();
                LedgerException refused = validate(changes);
                if (refused != null) {
                    return refused(refused);
                }
                Journal.Room room = reserve(ticket, bytes, changes.size(), privileged);
                if (room == Journal.Room.GRANTED) {
                    try {
                        accept(ticket, changes, future);
                    } catch (Throwable e) {
                        abandon(ticket, changes, e);
                        throw e;
                    }
                    return null;
                }
                LedgerException refusal = refusal(room, deadline);
                if (refusal != null) {
                    return refused(refusal);
                }
                deadline = await(deadline, room);
            }
        } finally {
            journal.unlock();
        }
    }

    /**
     * Gives the room back, as void records. Entries and metadata that do not come leave no trace; but what comes behind a
     * deletion, a truncation, a trim or a fence was decided by it, and may have been promised already: the journal fails, before
     * any of that is told as durable.
     */
    private void abandon(Ticket ticket, List<Change> changes, Throwable cause) {
        for (Change change : changes) {
            if (freesSpace(change)) {
                journal.fail(cause);
                break;
            }
        }
        ticket.abandon();
    }

    private static boolean freeSpace(List<Change> changes) {
        for (Change change : changes) {
            if (!freesSpace(change)) {
                return false;
            }
        }
        return true;
    }

    private static boolean freesSpace(Change change) {
        return switch (change.type()) {
            case DELETE, TRUNCATE, TRIM, FENCE -> true;
            default -> false;
        };
    }

    /** What a ledger is like after the changes of a batch that came before. */
    private static final class Shadow {
        boolean exists;
        boolean fenced;
        long trimBound;

        Shadow(Ledger ledger) {
            exists = ledger != null;
            if (exists) {
                fenced = ledger.intakeFenced();
                trimBound = ledger.intakeTrimBound();
            }
        }
    }

    /** The refusal of the first change that does not go, null: all go. Changes nothing. */
    private LedgerException validate(List<Change> changes) {
        if (changes.size() == 1) {
            Change only = changes.get(0);
            return validate(only, new Shadow(ledgers.accepted(only.ledgerId())));
        }
        Map<Long, Shadow> shadows = new HashMap<>();
        LedgerException refusal = null;
        for (int i = 0; refusal == null && i < changes.size(); i++) {
            Change change = changes.get(i);
            Shadow shadow = shadows.computeIfAbsent(change.ledgerId(), id -> new Shadow(ledgers.accepted(id)));
            refusal = validate(change, shadow);
        }
        return refusal;
    }

    private static LedgerException validate(Change change, Shadow shadow) {
        switch (change.type()) {
            case ENTRY -> {
                if (shadow.exists && shadow.fenced) {
                    return new LedgerFencedException(change.ledgerId());
                }
                checkTrim(change.ledgerId(), change.entryId(), shadow.exists ? shadow.trimBound : 0);
                shadow.exists = true;
            }
            case METADATA -> shadow.exists = true;
            case FENCE, LAST_ADD_CONFIRMED, TRUNCATE, TRIM, DELETE -> {
                if (!shadow.exists) {
                    return new NoSuchLedgerException(change.ledgerId());
                }
                if (change.type() == RecordType.FENCE) {
                    shadow.fenced = true;
                } else if (change.type() == RecordType.TRIM) {
                    shadow.trimBound = Math.max(shadow.trimBound, change.entryId());
                } else if (change.type() == RecordType.DELETE) {
                    shadow.exists = false;
                    shadow.fenced = false;
                    shadow.trimBound = 0;
                }
            }
            default -> throw new IllegalStateException("change of type " + change.type());
        }
        return null;
    }

    private void accept(Ticket ticket, List<Change> changes, CompletableFuture<Void> future) {
        for (int i = 0; i < changes.size(); i++) {
            Change change = changes.get(i);
            long lsn = ticket.lsn() + i;
            Ledger ledger = ledgers.accepted(change.ledgerId());
            if (ledger == null) {
                ledger = ledgers.begin(change.ledgerId(), lsn);
                ledgers.accept(ledger);
            }
            ledger.accepted(lsn);
            switch (change.type()) {
                case ENTRY -> ledger.intakeEntry(change.entryId());
                case FENCE -> ledger.intakeFence();
                case TRUNCATE -> ledger.intakeTruncate(change.entryId());
                case TRIM -> ledger.intakeTrim(change.entryId());
                case DELETE -> ledgers.acceptEnd(ledger);
                default -> {
                    // Metadata and last add confirmed decide nothing that is accepted later.
                }
            }
            boolean last = i == changes.size() - 1;
            journal.slot(ticket, i, ledger, last ? FUTURE : null, last ? future : null);
        }
    }
}
