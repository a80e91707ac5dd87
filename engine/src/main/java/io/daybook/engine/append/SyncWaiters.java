package io.daybook.engine.append;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Those who wait for the durable position to reach an LSN. <b>Thread-safe.</b> */
final class SyncWaiters {
    /** Guarded by this. */
    private final Deque<Waiter> waiting = new ArrayDeque<>();

    private record Waiter(long lsn, CompletableFuture<Void> future) {}

    synchronized void add(long lsn, CompletableFuture<Void> future) {
        waiting.addLast(new Waiter(lsn, future));
    }

    /** Takes out those that are served. LSNs come nearly in order, so the whole queue is looked at. */
    synchronized List<CompletableFuture<Void>> take(long durableLsn) {
        if (waiting.isEmpty()) {
            return List.of();
        }
        List<CompletableFuture<Void>> served = new ArrayList<>();
        Iterator<Waiter> all = waiting.iterator();
        while (all.hasNext()) {
            Waiter waiter = all.next();
            if (waiter.lsn() <= durableLsn) {
                served.add(waiter.future());
                all.remove();
            }
        }
        return served;
    }
}
