package io.daybook.engine.ledger;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Futures that wait for a ledger's last add confirmed or highest entry to pass a value. <b>Guarded by the lock of applying</b>;
 * futures are collected here and completed after the lock was given back.
 */
public final class Waiters {
    private final List<Waiter> waiting = new ArrayList<>();

    /** What is waited for. */
    public enum For {
        /** The last add confirmed. */
        LAST_ADD_CONFIRMED,
        /** The highest id present. */
        ENTRY
    }

    private record Waiter(For what, long after, CompletableFuture<Long> future) {}

    /** Nobody waits. */
    public Waiters() {}

    /** Waits. */
    public void add(For what, long after, CompletableFuture<Long> future) {
        waiting.removeIf(waiter -> waiter.future().isDone());
        waiting.add(new Waiter(what, after, future));
    }

    /** Moves those whose value has come to the list. */
    public void collect(Ledger ledger, Collection<Runnable> fired) {
        Iterator<Waiter> all = waiting.iterator();
        while (all.hasNext()) {
            Waiter waiter = all.next();
            long value = waiter.what() == For.ENTRY ? ledger.last() : ledger.lastAddConfirmed();
            if (value > waiter.after() || ledger.fenced()) {
                all.remove();
                fired.add(() -> waiter.future().complete(value));
            } else if (waiter.future().isDone()) {
                all.remove();
            }
        }
    }

    /** Ends all with a failure. */
    public void fail(RuntimeException cause, Collection<Runnable> fired) {
        for (Waiter waiter : waiting) {
            fired.add(() -> waiter.future().completeExceptionally(cause));
        }
        waiting.clear();
    }

    /** Whether nobody waits. */
    public boolean isEmpty() {
        return waiting.isEmpty();
    }
}
