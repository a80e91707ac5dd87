package io.daybook.engine.model;

import io.daybook.engine.CorruptEntryException;
import io.daybook.engine.EngineFailedException;

/** What was made to go wrong and is not over, and so what the engine may answer. */
final class Excuses {
    private final Course course;
    private final Subject subject;

    /** Something was made to fail, so the engine may. */
    boolean faulty;
    /** The index may refuse to take what is flushed at the end. */
    boolean indexFaulty;
    /** Changes fail from now on. */
    boolean failed;
    /** Reads may fail. */
    boolean readsFail;
    /** The disk may be full. */
    boolean full;
    /** Something is damaged, and not healed. */
    boolean damaged;
    /** What is damaged may be what a recovery takes for a torn tail. */
    boolean loose;
    /** A file that an operator has removed, null: none. */
    Gone gone;

    /** A file that was there. */
    record Gone(String file, byte[] content) {}

    Excuses(Course course, Subject subject) {
        this.course = course;
        this.subject = subject;
    }

    /** Whether changes and syncs may fail. */
    boolean mayFail() {
        return faulty || subject.disk.isStopped();
    }

    /** Whether a read may throw this for an entry that is there. */
    boolean isExcused(Throwable thrown) {
        if (thrown instanceof CorruptEntryException && damaged) {
            if (!thrown.getMessage().matches("(?s)entry [0-9]+ of ledger [0-9]+ is damaged: .* in .+ at [0-9]+.*")) {
                throw course.fault("damage without its place", thrown);
            }
            course.totals.corruptReads++;
            return true;
        }
        if (thrown instanceof EngineFailedException && readsFail) {
            course.totals.failedReads++;
            return true;
        }
        return false;
    }

    /** Undoes all damage. */
    void heal() {
        subject.disk.heal();
        damaged = false;
        readsFail = false;
    }

    /** An engine is open again, on a disk with nothing wrong but what is damaged. */
    void opened() {
        failed = false;
        faulty = false;
        indexFaulty = false;
        full = false;
        gone = null;
    }
}
