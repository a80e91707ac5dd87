package io.daybook.engine.model;

import static io.daybook.engine.model.Answers.attempt;
import static io.daybook.engine.model.Answers.describe;
import static io.daybook.engine.model.Answers.failure;

import io.daybook.engine.NoSuchLedgerException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** Those who wait for an entry or for the last add confirmed, and what must come of it. */
final class Waiters implements ModelFollowing.Watcher {
    /** Somebody who waits, and what must come of it. */
    private static final class Waiter {
        final long ledger;
        final long generation;
        final boolean forEntry;
        final long after;
        final CompletableFuture<Long> future;
        boolean over;
        /** Null: an exception. */
        Long value;

        Waiter(long ledger, long generation, boolean forEntry, long after, CompletableFuture<Long> future) {
            this.ledger = ledger;
            this.generation = generation;
            this.forEntry = forEntry;
            this.after = after;
            this.future = future;
        }
    }

    private final Course course;
    private final Subject subject;
    private final Excuses excuses;
    private final ModelFollowing following;
    private final Arguments arguments;
    private final List<Waiter> waiters = new ArrayList<>();

    Waiters(Situation now) {
        this.course = now.course();
        this.subject = now.subject();
        this.excuses = now.excuses();
        this.following = now.following();
        this.arguments = now.arguments();
        following.watch(this);
    }

    void await() {
        long ledger = arguments.ledger();
        boolean forEntry = course.random.nextBoolean();
        ModelLedger before = following.acked.get(ledger);
        long now = before == null ? -1 : forEntry ? before.last() : before.lastAddConfirmed;
        long after = Math.max(-1, Arguments.above(now, course.random.nextInt(8) - 2));
        Object answer = attempt(() -> forEntry
                ? subject.engine.awaitEntry(ledger, after)
                : subject.engine.awaitLastAddConfirmed(ledger, after));
        ModelLedger known = following.seen(ledger);
        course.note(() -> "await " + (forEntry ? "entry" : "last add confirmed") + " of " + ledger + " after " + after);
        if (!(answer instanceof CompletableFuture<?> future)) {
            throw course.fault("await failed", (Throwable) answer);
        }
        if (known == null) {
            course.expect(failure(future), NoSuchLedgerException.class, () -> "await of ledger " + ledger);
            return;
        }
        @SuppressWarnings("unchecked")
        Waiter waiter = new Waiter(ledger, known.generation, forEntry, after, (CompletableFuture<Long>) future);
        if (excuses.failed) {
            if (!future.isDone()) {
                throw course.fault("waits on a failed engine");
            }
            return;
        }
        decide(waiter);
        waiters.add(waiter);
    }

    /** Whether a waiter's time has come, by the acked state. */
    private void decide(Waiter waiter) {
        ModelLedger known = following.acked.get(waiter.ledger);
        if (known == null || known.generation != waiter.generation) {
            waiter.over = true;
            return;
        }
        long value = waiter.forEntry ? known.last() : known.lastAddConfirmed;
        if (value > waiter.after || known.fenced) {
            waiter.over = true;
            waiter.value = value;
        }
    }

    void cancel() {
        if (!waiters.isEmpty()) {
            Waiter waiter = waiters.remove(course.random.nextInt(waiters.size()));
            course.note(() -> "cancel of a waiter");
            waiter.future.cancel(false);
        }
    }

    @Override
    public void settled() {
        for (Iterator<Waiter> all = waiters.iterator(); all.hasNext(); ) {
            Waiter waiter = all.next();
            Supplier<String> what = () -> "waiter for " + (waiter.forEntry ? "entry" : "last add confirmed")
                    + " of ledger " + waiter.ledger + " after " + waiter.after;
            if (waiter.over != waiter.future.isDone()) {
                if (excuses.failed) {
                    all.remove();
                    continue;
                }
                throw course.fault(what.get()
                        + (waiter.over
                                ? " is not told " + waiter.value
                                : " was told too early: " + describe(attempt(waiter.future::join))));
            }
            if (waiter.over) {
                all.remove();
                Throwable failure = failure(waiter.future);
                if (waiter.value == null) {
                    if (!(failure instanceof NoSuchLedgerException)) {
                        throw course.fault(
                                what.get() + " must be told of the deletion, was told " + waiter.future, failure);
                    }
                } else if (failure != null || !waiter.future.join().equals(waiter.value)) {
                    throw course.fault(what.get() + " was told " + waiter.future + " "
                            + (failure == null ? waiter.future.join() : failure) + ", wanted " + waiter.value);
                }
            }
        }
    }

    @Override
    public void after(Change change) {
        for (Waiter waiter : waiters) {
            if (!waiter.over && change.touches(waiter.ledger)) {
                decide(waiter);
            }
        }
    }

    @Override
    public void ended() {
        for (Waiter waiter : waiters) {
            if (!waiter.future.isDone()) {
                throw course.fault("a waiter is forgotten by the close");
            }
        }
        waiters.clear();
    }
}
