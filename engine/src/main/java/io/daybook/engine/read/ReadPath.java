package io.daybook.engine.read;

import io.daybook.engine.CorruptEntryException;
import io.daybook.engine.EngineFailedException;
import io.daybook.engine.LedgerException;
import io.daybook.engine.NoSuchEntryException;
import io.daybook.engine.NoSuchLedgerException;
import io.daybook.engine.ledger.Ledger;
import io.daybook.engine.ledger.Ledgers;
import io.daybook.engine.ledger.Publication;
import io.daybook.engine.lifecycle.EngineState;
import io.daybook.index.IndexException;
import io.daybook.index.Location;
import io.daybook.journal.Journal;
import io.daybook.journal.JournalException;
import io.daybook.journal.RecordFormat;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.util.function.Function;

/**
 * How an entry is found and read: which place, from the tails, else from the location index; which bytes, from the journal's
 * memory, else from its file, with every byte checked. <b>Thread-safe.</b>
 */
public final class ReadPath {

    /** Told what reads met. */
    public interface Listener {
        /** Entries were read from memory or from disk. */
        void read(boolean fromMemory, int entries, long bytes);

        /** A damaged entry was met. */
        void corrupt(String what);

        /** A read failed for another reason. */
        void failed(Throwable cause);
    }

    /** Waits until what a reader must see is visible; does nothing where it is already. */
    @FunctionalInterface
    public interface Barrier {
        /** Before a read of a ledger. */
        void await(long ledgerId);

        /** Every ledger. */
        long ALL = -1;
    }

    private final Journal journal;
    private final Ledgers ledgers;
    private final View view;
    private final Publication publication;
    private final EngineState state;
    private final Barrier barrier;
    private final ByteBufAllocator allocator;
    private final Listener listener;

    /** A path over the parts of an engine. */
    public ReadPath(
            Journal journal,
            Ledgers ledgers,
            View view,
            Publication publication,
            EngineState state,
            Barrier barrier,
            ByteBufAllocator allocator,
            Listener listener) {
        this.journal = journal;
        this.ledgers = ledgers;
        this.view = view;
        this.publication = publication;
        this.state = state;
        this.barrier = barrier;
        this.allocator = allocator;
        this.listener = listener;
    }

    /** The committed ledger, or its error. */
    public Ledger ledger(long ledgerId) {
        state.checkOpen();
        barrier.await(ledgerId);
        Ledger ledger = committed(ledgerId);
        if (ledger == null) {
            throw new NoSuchLedgerException(ledgerId);
        }
        return ledger;
    }

    /** The committed ledger, null: none; never what is between the changes of a batch. */
    private Ledger committed(long ledgerId) {
        while (true) {
            long stamp = publication.enter();
            Ledger ledger = ledgers.committed(ledgerId);
            if (publication.validate(stamp)) {
                return ledger;
            }
        }
    }

    /** Asks a ledger something; what is asked sees batches whole. */
    public <T> T ask(long ledgerId, Function<Ledger, T> question) {
        while (true) {
            Ledger ledger = ledger(ledgerId);
            long stamp = publication.enter();
            T answer = question.apply(ledger);
            // One that ended meanwhile is gone, or a batch put another one in its place: that one is asked.
            if (publication.validate(stamp) && !ledger.ended()) {
                return answer;
            }
        }
    }

    /** Reads an entry; the caller releases it. */
    public ByteBuf read(long ledgerId, long entryId) {
        while (true) {
            Ledger ledger = ledger(ledgerId);
            try {
                return read(ledger, entryId);
            } catch (NoSuchLedgerException e) {
                throwUnlessReplaced(ledgerId, e);
            }
        }
    }

    /** Reads the entry of the highest id. */
    public ByteBuf readLast(long ledgerId) {
        while (true) {
            Ledger ledger = ledger(ledgerId);
            long stamp = publication.enter();
            long last = ledger.last();
            if (!publication.validate(stamp) || ledger.ended()) {
                continue;
            }
            if (last == Ledger.NONE) {
                throw new NoSuchEntryException(ledgerId, -1);
            }
            try {
                return read(ledger, last);
            } catch (NoSuchLedgerException e) {
                throwUnlessReplaced(ledgerId, e);
            } catch (NoSuchEntryException e) {
                if (!ledger.ended() && ledger.last() == last) {
                    throw e;
                }
                // It was truncated in between: the one before is the last now.
            }
        }
    }

    /** A batch may delete a ledger and begin it anew: then there is one all the time. */
    private void throwUnlessReplaced(long ledgerId, NoSuchLedgerException e) {
        if (committed(ledgerId) == null) {
            throw e;
        }
    }

    ByteBuf read(Ledger ledger, long entryId) {
        Location location = locate(ledger, entryId);
        while (true) {
            if (location == null) {
                throw ledger.ended()
                        ? new NoSuchLedgerException(ledger.id())
                        : new NoSuchEntryException(ledger.id(), entryId);
            }
            try {
                return fetch(ledger.id(), entryId, location);
            } catch (JournalException e) {
                Location now = locate(ledger, entryId);
                if (location.equals(now)) {
                    throw corrupt(ledger.id(), entryId, e);
                }
                location = now;
            } catch (IOException e) {
                throw failed("read of ledger " + ledger.id() + ", entry " + entryId, e);
            }
        }
    }

    private CorruptEntryException corrupt(long ledgerId, long entryId, JournalException e) {
        listener.corrupt(e.getMessage());
        return new CorruptEntryException(
                "entry " + entryId + " of ledger " + ledgerId + " is damaged: " + e.getMessage(), e);
    }

    LedgerException failed(String what, Throwable e) {
        if (!state.isOpen() || (e instanceof IndexException failure && View.isClosed(failure))) {
            return state.closed();
        }
        listener.failed(e);
        return new EngineFailedException(what + " failed: " + e.getMessage(), e);
    }

    /** Where an entry is, null: not there. */
    Location locate(Ledger ledger, long entryId) {
        while (true) {
            long stamp = publication.enter();
            Location location;
            try {
                location = entryId > ledger.last() || entryId < ledger.trimBound() || ledger.ended()
                        ? null
                        : view.locate(ledger, entryId);
            } catch (IndexException e) {
                throw failed("lookup of ledger " + ledger.id() + ", entry " + entryId, e);
            }
            if (publication.validate(stamp)) {
                return location;
            }
        }
    }

    /** The bytes of an entry at a place. */
    ByteBuf fetch(long ledgerId, long entryId, Location location) throws IOException {
        return fetch(ledgerId, entryId, location, null);
    }

    /** As above; where the bytes are not in the journal's memory, from what was read ahead, if that may be. */
    ByteBuf fetch(long ledgerId, long entryId, Location location, ReadAhead ahead) throws IOException {
        int length = location.length();
        ByteBuf tail = length == 0 ? null : journal.tail(location.segmentId(), location.offset(), length);
        if (tail != null) {
            listener.read(true, 1, length);
            return tail;
        }
        ByteBuf near = ahead == null || length == 0 ? null : ahead.read(ledgerId, entryId, location);
        if (near != null) {
            listener.read(false, 1, length);
            return near;
        }
        ByteBuf target = allocator.directBuffer(RecordFormat.bytes(length));
        boolean good = false;
        try {
            journal.readRecord(location.segmentId(), location.offset(), length, ledgerId, entryId, target);
            good = true;
        } finally {
            if (!good) {
                target.release();
            }
        }
        listener.read(false, 1, length);
        if (length == 0) {
            target.release();
            return Unpooled.EMPTY_BUFFER;
        }
        return target;
    }

    /** Where the entries of a bucket are, those of them that a reader may see. */
    void bucket(Ledger ledger, long entryId, Bucket bucket) {
        while (true) {
            long stamp = publication.enter();
            if (ledger.ended()) {
                throw new NoSuchLedgerException(ledger.id());
            }
            long last = ledger.last();
            long bound = ledger.trimBound();
            try {
                view.bucket(ledger, entryId, bucket);
            } catch (IndexException e) {
                throw failed("lookup of ledger " + ledger.id() + ", entry " + entryId, e);
            }
            if (publication.validate(stamp)) {
                long base = Bucket.base(entryId);
                bucket.retain(bound - base, last - base);
                return;
            }
        }
    }

    /** The lowest id present from one on, -1: none. */
    long ceiling(Ledger ledger, long fromEntryId, IdWindow window) {
        while (true) {
            long stamp = publication.enter();
            if (ledger.ended()) {
                throw new NoSuchLedgerException(ledger.id());
            }
            long found;
            try {
                long from = Math.max(fromEntryId, ledger.trimBound());
                found = from > ledger.last() ? -1 : view.ceiling(ledger, from, window);
            } catch (IndexException e) {
                throw failed("lookup of ledger " + ledger.id() + " from entry " + fromEntryId, e);
            }
            if (publication.validate(stamp)) {
                return found;
            }
            // The window stays: filling it anew may take longer than the time between two changes of any ledger.
        }
    }

    /** Makes everything accepted visible to this reader. */
    public void awaitAll() {
        barrier.await(Barrier.ALL);
    }

    ReadAhead readAhead() {
        return new ReadAhead(journal, allocator);
    }

    void checkOpen() {
        state.checkOpen();
    }

    /** Makes what was accepted of a ledger visible to this reader. */
    void await(long ledgerId) {
        barrier.await(ledgerId);
    }
}
