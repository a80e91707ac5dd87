package io.daybook.engine.model;

import io.daybook.engine.CorruptEntryException;
import io.daybook.engine.EngineFailedException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What was made to go wrong and is not over, and so what the engine may answer. */
final class Excuses {
    private static final Pattern BEHIND_THE_END = Pattern.compile(
            "(?s)segment that the manifest does not list holds LSN .* in (journal/segment-[0-9]+\\.journal) at [0-9]+.*");

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
    /** A sync may have told that it did what it did not: what a recovery then finds may be in the page cache alone. */
    boolean lied;
    /** So many blocks of segments that may be open were damaged since the last open. */
    int hitsAtTheEnd;
    /** A file that an operator has removed, null: none. */
    Gone gone;
    /** A recovery has looked at what may be taken for a torn tail, and may have cut it; that a file is gone need not be durable. */
    private boolean lookedAt;
    /** What a recovery has cut may be whole again, in a file that no manifest lists. */
    private boolean back;

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

    /**
     * Whether the next open must have room: without, it lists nothing of what it finds and of what it cuts for damage, so that after
     * the next power loss, or when the damage is undone, an open may find less or more.
     */
    boolean wantsRoom() {
        return lied || loose || hitsAtTheEnd > 0;
    }

    /** An engine is about to open. */
    void opens() {
        // The last frame proves those before, but nothing proves it: damaged by itself it is cut, too.
        lookedAt |= loose || hitsAtTheEnd > 0;
    }

    /** Whether something that was cut would be there again if all damage were undone. */
    boolean wouldBringBack() {
        return lookedAt;
    }

    /** Undoes all damage, also of what was cut for it. */
    void heal() {
        back |= lookedAt;
        subject.disk.heal();
        damaged = false;
        readsFail = false;
    }

    /**
     * The file in which an open has found records from behind the end of the journal, if that may be: who opens again without
     * the file must find all that was acknowledged. Null: it may not be.
     */
    String foundBehindTheEnd(Throwable refusal) {
        Matcher said = BEHIND_THE_END.matcher(refusal.getMessage());
        return back && said.matches() ? said.group(1) : null;
    }

    /** An engine is open again, on a disk with nothing wrong but what is damaged. */
    void opened() {
        failed = false;
        faulty = false;
        indexFaulty = false;
        full = false;
        gone = null;
        hitsAtTheEnd = 0;
        lied = false;
    }
}
