package io.daybook.engine.model;

import static io.daybook.engine.model.Answers.failure;

import io.daybook.engine.Durability;
import io.daybook.engine.EngineFailedException;
import io.daybook.engine.EngineHealth;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/** Follows an engine of a random run, through crashes too. */
final class ModelFollowing extends Following {
    private final Course course;
    private final Subject subject;
    private final Excuses excuses;
    private final List<Watcher> watchers = new ArrayList<>();

    /** With those that a power loss must leave; with {@link Durability#SYNC} these are the acked ones, and this is not kept. */
    ModelState synced = new ModelState();

    int syncedAt;
    /** What the engine was opened with. */
    ModelState opened = new ModelState();

    long changeNumber;

    /** Is asked from outside, and must see each change as it is acknowledged. */
    interface Watcher {
        default void before(Step step) {}

        default void after(Change change) {}

        /** All that was told is in the acked state. */
        default void settled() {}

        /** The engine is closed. */
        default void ended() {}
    }

    ModelFollowing(Course course, Subject subject, Excuses excuses) {
        this.course = course;
        this.subject = subject;
        this.excuses = excuses;
    }

    void watch(Watcher watcher) {
        watchers.add(watcher);
    }

    /** Moves the acked state on with what was told, and checks those who wait. */
    void settle() {
        excuses.failed |= excuses.faulty && subject.engine.health().status() == EngineHealth.Status.RED;
        follow();
        checkSyncs();
        watchers.forEach(Watcher::settled);
    }

    @Override
    void acknowledge(Change change) {
        for (int i = 0; i < change.steps().size(); i++) {
            Step step = change.steps().get(i);
            watchers.forEach(watcher -> watcher.before(step));
            acked.apply(change, i);
        }
        watchers.forEach(watcher -> watcher.after(change));
    }

    @Override
    void failed(Change change, Throwable failure) {
        if (!(failure instanceof EngineFailedException) || !excuses.mayFail()) {
            throw problem("change " + change.number() + " failed", failure);
        }
        excuses.failed = true;
    }

    @Override
    AssertionError problem(String what, Throwable cause) {
        return course.fault(what, cause);
    }

    private void checkSyncs() {
        for (Iterator<Sync> all = syncs.iterator(); all.hasNext(); ) {
            Sync sync = all.next();
            if (!sync.future().isDone()) {
                continue;
            }
            all.remove();
            Throwable failure = failure(sync.future());
            if (failure != null) {
                if (!excuses.failed && !excuses.mayFail()) {
                    throw course.fault("sync failed", failure);
                }
                continue;
            }
            if (sync.upTo() > ackedAt) {
                throw course.fault("sync is done, change " + issued.get(ackedAt).number() + " before it is not");
            }
            if (subject.deferred) {
                for (; syncedAt < sync.upTo(); syncedAt++) {
                    synced.apply(issued.get(syncedAt));
                }
            }
        }
    }

    /** The ledger as a reader must have seen it just now. */
    ModelLedger seen(long ledger) {
        settle();
        boolean unknown = acked.get(ledger) == null && accepted.get(ledger) == null;
        if (subject.deferred && !excuses.failed && !excuses.mayFail() && !unknown) {
            for (int i = ackedAt; i < issued.size(); i++) {
                if (issued.get(i).touches(ledger)) {
                    throw course.fault("change " + issued.get(i).number() + " of ledger " + ledger
                            + " was accepted and is not visible");
                }
            }
        }
        return acked.get(ledger);
    }

    /** Futures are told for the last time: by the close or by the failure of what was killed. */
    void settleAtEnd() {
        watchers.forEach(Watcher::ended);
        boolean wasFaulty = excuses.faulty;
        excuses.faulty = true;
        settle();
        excuses.faulty = wasFaulty;
        requireAllTold();
    }

    @Override
    void certain(ModelState state) {
        super.certain(state);
        opened = state.copy();
        if (subject.deferred) {
            synced = state.copy();
        }
        syncedAt = 0;
    }
}
