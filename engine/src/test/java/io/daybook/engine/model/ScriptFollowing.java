package io.daybook.engine.model;

import static io.daybook.engine.model.Answers.failure;

import io.daybook.engine.DiskFullException;
import io.daybook.engine.EngineBusyException;
import io.daybook.engine.EngineFailedException;
import io.daybook.engine.LedgerException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** Follows the engine of a script, so that at each place it can be told what is promised. */
final class ScriptFollowing extends Following {
    private final Subject subject;
    private final ScriptDisks disks;

    /** Before all that was issued. */
    private ModelState base = new ModelState();
    /** The call that is being made, null: none. */
    private Change calling;

    private int syncedAt;
    long changeNumber;

    /** Changes fail from now on. */
    boolean failed;
    /** The disk may be full. */
    boolean limited;
    /** Changes that were refused as it was. */
    int refusedAsFull;

    ScriptFollowing(Subject subject, ScriptDisks disks) {
        this.subject = subject;
        this.disks = disks;
    }

    @Override
    void certain(ModelState state) {
        base = state.copy();
        super.certain(state);
        syncedAt = 0;
        syncs.clear();
    }

    /** Whether nothing was ever accepted. */
    boolean hasNothing() {
        return base.ledgers.isEmpty() && issued.isEmpty();
    }

    /** Makes a call that changes something: it is refused as the model says, or becomes the next change. */
    void accept(List<Step> steps, long givenId, boolean recovery, Supplier<CompletableFuture<?>> call) {
        ModelState.Refusal refusal = accepted.refusal(steps, recovery);
        calling = new Change(++changeNumber, steps, new CompletableFuture<>(), givenId);
        Throwable refused;
        CompletableFuture<?> future = null;
        try {
            future = call.get();
            refused = failure(future);
        } catch (LedgerException | IllegalArgumentException e) {
            refused = e;
        } finally {
            calling = null;
        }
        if (refused == null) {
            disks.require(refusal == null, steps + " was accepted, must be refused: " + refusal, null);
            accept(new Change(changeNumber, steps, future, givenId));
            return;
        }
        if (refused instanceof EngineFailedException) {
            disks.require(disks.isExcused(), steps + " was refused", refused);
            failed = true;
            return;
        }
        if (refused instanceof DiskFullException && (disks.isExcused() || limited)) {
            refusedAsFull++;
            return;
        }
        if (refused instanceof EngineBusyException && disks.isExcused()) {
            return;
        }
        Class<?> wanted = refusal == null ? null : refusal.exception;
        disks.require(refused.getClass() == wanted, steps + " was refused, wanted " + wanted, refused);
    }

    /** Moves on with what was told. */
    void settle() {
        follow();
        syncedAt = syncedNow();
    }

    @Override
    void failed(Change change, Throwable failure) {
        disks.require(
                failure instanceof EngineFailedException && disks.isExcused(),
                "change " + change.number() + " failed",
                failure);
        failed = true;
    }

    @Override
    AssertionError problem(String what, Throwable cause) {
        return disks.problem(what, cause);
    }

    private int ackedNow() {
        int at = ackedAt;
        while (at < issued.size()
                && issued.get(at).future().isDone()
                && failure(issued.get(at).future()) == null) {
            at++;
        }
        return at;
    }

    private int syncedNow() {
        if (!subject.deferred) {
            return ackedNow();
        }
        int at = syncedAt;
        for (Sync sync : syncs) {
            if (sync.future().isDone() && failure(sync.future()) == null) {
                at = Math.max(at, sync.upTo());
            }
        }
        return at;
    }

    /**
     * What is promised just now, in the middle of a call too.
     *
     * @param running whether there is an engine that may have promised more
     * @param reverted whether what was not synced may be gone though nothing crashed
     */
    History history(boolean running, boolean reverted) {
        List<Change> all = new ArrayList<>(issued);
        if (calling != null) {
            all.add(calling);
        }
        int acked = running ? ackedNow() : ackedAt;
        int synced = Math.min(acked, running ? syncedNow() : syncedAt);
        return new History(base, all, reverted ? synced : acked, synced);
    }

    /** So much of it is promised behind a crash. */
    void left(History left) {
        ackedAt = left.acked();
        syncedAt = left.synced();
    }
}
