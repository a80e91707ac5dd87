package io.daybook.engine.model;

import static io.daybook.engine.model.Answers.failure;

import io.daybook.engine.DiskFullException;
import io.daybook.engine.EngineBusyException;
import io.daybook.engine.LedgerFencedException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Follows with the model what an engine accepted since a state that was certain, and what it has told of that. */
abstract class Following {
    /** With every change that a call accepted: decides what is accepted next. */
    ModelState accepted = new ModelState();
    /** With those whose futures completed: what readers must see. */
    ModelState acked = new ModelState();

    /** Accepted since the certain state. */
    final List<Change> issued = new ArrayList<>();
    /** So many of them were acknowledged. */
    int ackedAt;

    final List<Sync> syncs = new ArrayList<>();

    private final int[] refused = new int[Refused.values().length];

    /** Why an engine did not accept a change, as far as it counts that. */
    enum Refused {
        BUSY(EngineBusyException.class, "busy"),
        DISK_FULL(DiskFullException.class, "disk_full"),
        FENCED(LedgerFencedException.class, "fenced");

        private final Class<? extends Throwable> type;
        final String label;

        Refused(Class<? extends Throwable> type, String label) {
            this.type = type;
            this.label = label;
        }
    }

    /** A sync that was asked for when so many changes were accepted. */
    record Sync(CompletableFuture<Void> future, int upTo) {}

    /** Brings the acked state up to date. */
    void acknowledge(Change change) {
        acked.apply(change);
    }

    /** Throws if it must not have failed. */
    abstract void failed(Change change, Throwable failure);

    abstract AssertionError problem(String what, Throwable cause);

    /** Nothing that happens later takes any of this back. */
    void certain(ModelState state) {
        acked = state;
        accepted = state.copy();
        issued.clear();
        ackedAt = 0;
        Arrays.fill(refused, 0);
    }

    /** A change was not accepted. */
    final void refuse(Throwable why) {
        for (Refused each : Refused.values()) {
            refused[each.ordinal()] += each.type.isInstance(why) ? 1 : 0;
        }
    }

    /** So many were refused for a reason since the certain state. */
    final int refused(Refused why) {
        return refused[why.ordinal()];
    }

    void accept(Change change) {
        issued.add(change);
        accepted.apply(change);
    }

    void sync(CompletableFuture<Void> future) {
        syncs.add(new Sync(future, issued.size()));
    }

    /** Whether all that was accepted was acknowledged. */
    boolean isSettled() {
        return ackedAt == issued.size();
    }

    /** Moves the acked state on with what was told, which must come in order. */
    final void follow() {
        while (ackedAt < issued.size()) {
            Change change = issued.get(ackedAt);
            if (!change.future().isDone()) {
                break;
            }
            Throwable failure = failure(change.future());
            if (failure != null) {
                failed(change, failure);
                break;
            }
            if (change.givenId() >= 0 && (Long) change.future().join() != change.givenId()) {
                throw problem(
                        "change " + change.number() + " got id "
                                + change.future().join() + ", wanted " + change.givenId(),
                        null);
            }
            acknowledge(change);
            ackedAt++;
        }
        for (int i = ackedAt + 1; i < issued.size(); i++) {
            if (issued.get(i).future().isDone() && failure(issued.get(i).future()) == null) {
                throw problem(
                        "change " + issued.get(i).number() + " was told before "
                                + issued.get(ackedAt).number(),
                        null);
            }
        }
    }

    /** Behind the end of an engine: all was told, good or bad. */
    final void requireAllTold() {
        for (Change change : issued) {
            if (!change.future().isDone()) {
                throw problem("change " + change.number() + " is never told", null);
            }
        }
        for (Sync sync : syncs) {
            if (!sync.future().isDone()) {
                throw problem("a sync is never told: " + sync, null);
            }
        }
    }
}
