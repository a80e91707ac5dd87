package io.daybook.engine.ledger;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/** What appending threads write at each append; guarded by the journal's lock. */
abstract class LedgerIntakeState {
    boolean intakeFenced;
    boolean intakeEnded;
    long intakeTrimBound;
    long intakeNextId;

    /** Read by anyone: LSN of the newest accepted change. */
    long acceptedLsn;
}

/**
 * What never changes, and room: fields of a superclass come first, so this keeps what appending threads write and what the
 * applying thread writes a cache line apart.
 */
abstract class LedgerConstants extends LedgerIntakeState {
    final long id;
    final long generation;
    final int handle;
    long p0, p1, p2, p3, p4;

    LedgerConstants(long id, long generation, int handle) {
        this.id = id;
        this.generation = generation;
        this.handle = handle;
    }
}

/** The intake state of a ledger: what has been accepted. <b>Guarded by the journal's lock</b>, but for {@link #acceptedLsn}. */
abstract class LedgerIntake extends LedgerConstants {
    private static final VarHandle ACCEPTED;

    static {
        try {
            ACCEPTED = MethodHandles.lookup().findVarHandle(LedgerIntakeState.class, "acceptedLsn", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    LedgerIntake(long id, long generation, int handle) {
        super(id, generation, handle);
    }

    /** Returns the ledger id. */
    public long id() {
        return id;
    }

    /** Returns the LSN of the record that began it. */
    public long generation() {
        return generation;
    }

    /** Returns a number that stands for id and generation in this process. */
    public int handle() {
        return handle;
    }

    /** Begins with what is visible. */
    final void beginIntake(boolean fenced, long trimBound, long nextId) {
        intakeFenced = fenced;
        intakeTrimBound = trimBound;
        intakeNextId = nextId;
    }

    /** Whether ordinary appends are refused from now on. */
    public boolean intakeFenced() {
        return intakeFenced;
    }

    /** Refuses them. */
    public void intakeFence() {
        intakeFenced = true;
    }

    /** Whether its deletion was accepted. */
    public boolean intakeEnded() {
        return intakeEnded;
    }

    /** Accepts its deletion. */
    public void intakeEnd() {
        intakeEnded = true;
    }

    /** Returns the accepted trim bound. */
    public long intakeTrimBound() {
        return intakeTrimBound;
    }

    /** Returns the id that an append without one gets. */
    public long intakeNextId() {
        return intakeNextId;
    }

    /** An entry was accepted. */
    public void intakeEntry(long entryId) {
        intakeNextId = Math.max(intakeNextId, entryId + 1);
    }

    /** A truncation was accepted. */
    public void intakeTruncate(long lastEntryId) {
        intakeNextId = Math.max(intakeTrimBound, Math.min(intakeNextId, lastEntryId + 1));
    }

    /** A trim was accepted. */
    public void intakeTrim(long bound) {
        intakeTrimBound = Math.max(intakeTrimBound, bound);
        intakeNextId = Math.max(intakeNextId, intakeTrimBound);
    }

    /** A change was accepted. */
    public void accepted(long lsn) {
        ACCEPTED.setRelease(this, lsn);
    }

    /** Returns the LSN of the newest accepted change, 0: none since the open. */
    public long acceptedLsn() {
        return (long) ACCEPTED.getAcquire(this);
    }
}
