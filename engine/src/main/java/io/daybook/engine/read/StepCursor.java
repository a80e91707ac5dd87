package io.daybook.engine.read;

import io.daybook.engine.CorruptEntryException;
import io.daybook.engine.EntryCursor;
import io.daybook.engine.ledger.Ledger;
import io.daybook.index.Location;
import io.daybook.journal.JournalException;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.util.NoSuchElementException;

/** A cursor over the entries of a ledger; each step is a read of its own. <b>Confined to one thread at a time.</b> */
public final class StepCursor implements EntryCursor {
    private final ReadPath path;
    private final IdSteps steps;
    private final ReadAhead ahead;
    private ByteBuf entry;
    private boolean onEntry;
    private boolean closed;

    /** Before the first entry of a range. */
    public StepCursor(ReadPath path, Ledger ledger, long first, long last) {
        this.path = path;
        this.steps = new IdSteps(path, ledger, first, last);
        this.ahead = path.readAhead();
    }

    @Override
    public boolean next() {
        path.checkOpen();
        if (closed) {
            throw new IllegalStateException("cursor is closed");
        }
        release();
        path.await(steps.ledger().id());
        while (steps.next()) {
            onEntry = true;
            try {
                entry = fetch(steps.location());
            } catch (CorruptEntryException e) {
                // It stays damaged: the cursor stands on it, and goes on behind it.
                throw e;
            } catch (RuntimeException | Error e) {
                // The disk may give it the next time, or memory; going on behind it would leave out an entry that is
                // there.
                onEntry = false;
                steps.back();
                throw e;
            }
            if (entry != null) {
                return true;
            }
            // Truncated, trimmed or replaced since its bucket was looked up, and not there any more.
            onEntry = false;
        }
        return false;
    }

    private ByteBuf fetch(Location location) {
        Ledger ledger = steps.ledger();
        try {
            return path.fetch(ledger.id(), steps.entryId(), location, ahead);
        } catch (JournalException e) {
            Location now = path.locate(ledger, steps.entryId());
            return now == null ? null : path.read(ledger, steps.entryId());
        } catch (CorruptEntryException e) {
            throw e;
        } catch (IOException e) {
            throw path.failed("scan of ledger " + ledger.id() + " at entry " + steps.entryId(), e);
        }
    }

    @Override
    public long entryId() {
        if (!onEntry) {
            throw new NoSuchElementException("the cursor stands on no entry");
        }
        return steps.entryId();
    }

    @Override
    public ByteBuf entry() {
        if (entry == null) {
            throw new NoSuchElementException("the cursor stands on no entry");
        }
        return entry;
    }

    private void release() {
        onEntry = false;
        if (entry != null) {
            entry.release();
            entry = null;
        }
    }

    @Override
    public void close() {
        closed = true;
        release();
        ahead.close();
    }
}
