package io.daybook.engine.model;

import static io.daybook.engine.model.Answers.attempt;
import static io.daybook.engine.model.Answers.copy;
import static io.daybook.engine.model.Answers.taken;

import io.daybook.engine.CorruptEntryException;
import io.daybook.engine.EngineFailedException;
import io.daybook.engine.EntryCursor;
import java.util.Iterator;
import java.util.function.Supplier;

/** Asks an engine for everything, in several ways that must agree. */
final class Observation {
    private final Course course;
    private final Subject subject;
    private final Excuses excuses;
    private final ModelFollowing following;
    private final ModelReads reads;

    Observation(Situation now, ModelReads reads) {
        this.course = now.course();
        this.subject = now.subject();
        this.excuses = now.excuses();
        this.following = now.following();
        this.reads = reads;
    }

    /** Everything that can be asked of an engine; where something cannot be read for damage, that is undone and all is asked again. */
    ModelState observe() {
        boolean[] unread = new boolean[1];
        ModelState seen = look(unread);
        if (unread[0]) {
            course.note(() -> "healed, as something cannot be read");
            excuses.heal();
            unread[0] = false;
            seen = look(unread);
        }
        return seen;
    }

    /** What an engine shows of all ledgers; tells in {@code unread} whether some of it cannot be read for damage. */
    ModelState look(boolean[] unread) {
        ModelState seen = new ModelState();
        long before = -1;
        for (long id : subject.engine.ledgers().toArray()) {
            if (id <= before) {
                throw course.fault("ledgers are not ascending at " + id);
            }
            before = id;
            ModelLedger ledger = new ModelLedger(id, 0);
            unread[0] |= scan(ledger);
            ledger.fenced = subject.engine.isFenced(id);
            ledger.lastAddConfirmed = subject.engine.lastAddConfirmed(id);
            ledger.metadata = subject.engine.metadata(id).map(Answers::taken).orElse(null);
            if (!unread[0]) {
                consistent(ledger);
            }
            seen.ledgers.put(id, ledger);
        }
        return seen;
    }

    /** Reads all entries of a ledger; whether one could not be read. */
    private boolean scan(ModelLedger ledger) {
        boolean unread = false;
        try (EntryCursor cursor = subject.engine.scan(ledger.id, 0, Arguments.MAX_ENTRY)) {
            boolean more = true;
            while (more) {
                try {
                    more = cursor.next();
                    if (more) {
                        ledger.entries.put(cursor.entryId(), copy(cursor.entry()));
                    }
                } catch (CorruptEntryException | EngineFailedException e) {
                    if (subject.disk.isStopped() || !excuses.damaged || !excuses.isExcused(e)) {
                        throw e;
                    }
                    unread = true;
                    if (e instanceof EngineFailedException) {
                        // It fails again and again.
                        return true;
                    }
                }
            }
        }
        return unread;
    }

    /** Ways to ask the same must give the same. */
    private void consistent(ModelLedger ledger) {
        Supplier<String> what = () -> "ledger " + ledger.id + " with " + ledger.entries.keySet();
        String disagreement = EngineView.disagreement(subject.engine, ledger);
        if (disagreement != null) {
            throw course.fault(disagreement);
        }
        Iterator<Long> some = ledger.entries.keySet().iterator();
        while (some.hasNext()) {
            long id = some.next();
            if (course.random.nextInt(8) == 0 || !some.hasNext()) {
                reads.expectEntry(
                        attempt(() -> taken(subject.engine.read(ledger.id, id))),
                        ledger,
                        id,
                        () -> what.get() + " read of " + id);
            }
            if (!ledger.entries.containsKey(id + 1) && course.random.nextInt(4) == 0 && id < Arguments.MAX_ENTRY) {
                reads.expectEntry(
                        attempt(() -> taken(subject.engine.read(ledger.id, id + 1))),
                        ledger,
                        id + 1,
                        () -> what.get() + " read of a gap");
            }
        }
        reads.expectEntry(
                attempt(() -> taken(subject.engine.readLast(ledger.id))),
                ledger,
                ledger.last(),
                () -> what.get() + " readLast");
    }

    /** The engine shows what was acknowledged. */
    void compare(String when) {
        String difference = following.acked.difference(observe());
        if (difference != null) {
            throw course.fault(when + ": " + difference);
        }
    }
}
