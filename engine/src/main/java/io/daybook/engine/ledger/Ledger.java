package io.daybook.engine.ledger;

import io.daybook.index.LedgerRow;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * One generation of a ledger: from the record that began it to the one that deletes it.
 *
 * <p>It has two states. The <em>intake</em> state is what has been accepted: it decides what is accepted next, and is guarded by
 * the journal's lock: {@link LedgerIntake}. The <em>visible</em> state is what has been committed: written by the applying thread alone, with
 * release, and read by anyone.
 */
public final class Ledger extends LedgerIntake {
    private static final VarHandle FIRST;
    private static final VarHandle LAST;
    private static final VarHandle COUNT;
    private static final VarHandle BYTES;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            FIRST = lookup.findVarHandle(Ledger.class, "first", long.class);
            LAST = lookup.findVarHandle(Ledger.class, "last", long.class);
            COUNT = lookup.findVarHandle(Ledger.class, "count", long.class);
            BYTES = lookup.findVarHandle(Ledger.class, "bytes", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** No entry. */
    public static final long NONE = -1;

    // Visible state, written by the applying thread.
    private long first = NONE;
    private long last = NONE;
    private long count;
    private long bytes;
    private long nextId;
    private volatile boolean fenced;
    private volatile boolean ended;
    private volatile long lastAddConfirmed = NONE;
    private volatile long trimBound;
    private volatile byte[] metadata;
    /** Written by the applying thread alone. */
    private volatile int removals;

    /** Applying thread: what the newest tail index knows of this ledger. */
    private Object tailPart;
    /** Applying thread: what the newest segment holds of this ledger. */
    private Object segmentPart;
    /** Applying thread: whether it is the ledger that its id stands for. */
    private boolean committed;
    /** Those who wait for this ledger; null: nobody. Guarded by the lock of applying. */
    private Waiters waiters;

    /**
     * A ledger that begins.
     *
     * @param handle short for id and generation, unique in this process
     */
    public Ledger(long id, long generation, int handle) {
        super(id, generation, handle);
    }

    /** A ledger as the index knows it. */
    public Ledger(LedgerRow row, int handle) {
        this(row.ledgerId(), row.generation(), handle);
        this.first = row.firstEntryId();
        this.last = row.lastEntryId();
        this.count = row.entryCount();
        this.bytes = row.bytes();
        this.nextId = row.nextEntryId();
        this.fenced = row.fenced();
        this.lastAddConfirmed = row.lastAddConfirmed();
        this.trimBound = row.trimBound();
        this.metadata = row.metadata();
    }

    /** After a replay the intake state is the visible one. */
    public void beginIntake() {
        beginIntake(fenced, trimBound, nextId);
    }

    /** Its state as a row of the index. Applying thread. */
    public LedgerRow row() {
        return new LedgerRow(
                id(), generation(), fenced, lastAddConfirmed, trimBound, first, last, count, bytes, nextId, metadata);
    }

    /** Returns the lowest id present, {@link #NONE}: empty. */
    public long first() {
        return (long) FIRST.getAcquire(this);
    }

    /** Returns the highest id present, {@link #NONE}: empty. */
    public long last() {
        return (long) LAST.getAcquire(this);
    }

    /** Returns the number of ids present. */
    public long count() {
        return (long) COUNT.getAcquire(this);
    }

    /** Returns the payload bytes present. */
    public long bytes() {
        return (long) BYTES.getAcquire(this);
    }

    /** Whether it is fenced. */
    public boolean fenced() {
        return fenced;
    }

    /** Whether it was deleted. */
    public boolean ended() {
        return ended;
    }

    /** Returns the last add confirmed, {@link #NONE}: none. */
    public long lastAddConfirmed() {
        return lastAddConfirmed;
    }

    /** Returns the trim bound. */
    public long trimBound() {
        return trimBound;
    }

    /** Returns the metadata, null: none. Never changed. */
    public byte[] metadata() {
        return metadata;
    }

    /** Returns a number that changes when ids were removed or got other bytes: who keeps locations must look again. */
    public int removals() {
        return removals;
    }

    /** Whether every id from the first to the last is present. */
    public boolean dense() {
        return count == 0 || count == last - first + 1;
    }

    /** A new id. Applying thread, as all that follows. */
    public void added(long entryId, int length) {
        if (count == 0 || entryId < first) {
            FIRST.setRelease(this, entryId);
        }
        if (entryId > last) {
            LAST.setRelease(this, entryId);
        }
        BYTES.setRelease(this, bytes + length);
        COUNT.setRelease(this, count + 1);
        nextId = Math.max(nextId, entryId + 1);
    }

    /** An id that was there has other bytes. */
    public void replaced(int oldLength, int length) {
        BYTES.setRelease(this, bytes + length - oldLength);
        removals = removals + 1;
    }

    /** Ids at an end are gone. */
    public void shrunk(long newFirst, long newLast, long newCount, long newBytes) {
        FIRST.setRelease(this, newFirst);
        LAST.setRelease(this, newLast);
        BYTES.setRelease(this, newBytes);
        COUNT.setRelease(this, newCount);
        removals = removals + 1;
    }

    /** Ids above are free again. */
    public void truncated(long lastEntryId) {
        nextId = Math.max(trimBound, Math.min(nextId, lastEntryId + 1));
        lastAddConfirmed = Math.min(lastAddConfirmed, lastEntryId);
    }

    /** Ids below are gone for good. */
    public void trimmed(long bound) {
        trimBound = Math.max(trimBound, bound);
        nextId = Math.max(nextId, trimBound);
    }

    /** In a rebuild, what older records said of them does not count. */
    void restore(long confirmed, long next) {
        lastAddConfirmed = confirmed;
        nextId = next;
    }

    /** Fenced. */
    public void fence() {
        fenced = true;
    }

    /** Deleted. */
    public void end() {
        ended = true;
    }

    /** Confirmed up to an entry. */
    public void confirm(long entryId) {
        lastAddConfirmed = Math.max(lastAddConfirmed, entryId);
    }

    /** Its metadata. */
    public void metadata(byte[] value) {
        metadata = value;
    }

    /** Whether it is the committed ledger of its id. */
    boolean committed() {
        return committed;
    }

    /** Sets whether it is the committed ledger of its id. */
    void committed(boolean value) {
        committed = value;
    }

    /** Returns what the newest tail index knows. */
    public Object tailPart() {
        return tailPart;
    }

    /** Sets what the newest tail index knows. */
    public void tailPart(Object part) {
        tailPart = part;
    }

    /** Returns what the newest segment holds. */
    public Object segmentPart() {
        return segmentPart;
    }

    /** Sets what the newest segment holds. */
    public void segmentPart(Object part) {
        segmentPart = part;
    }

    /** Returns those who wait, null: nobody. */
    public Waiters waiters() {
        return waiters;
    }

    /** Sets those who wait. */
    public void waiters(Waiters present) {
        waiters = present;
    }
}
