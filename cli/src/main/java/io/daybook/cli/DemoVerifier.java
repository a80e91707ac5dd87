package io.daybook.cli;

import io.daybook.engine.CorruptEntryException;
import io.daybook.engine.EntryCursor;
import io.daybook.engine.LedgerEngine;
import io.daybook.engine.NoSuchLedgerException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;

/** Compares a store with what the demo's writer acknowledged before it was killed. */
final class DemoVerifier {
    private static final int PROBLEMS_TOLD = 10;

    private final LedgerEngine engine;
    private final long[] acknowledged;
    private final long seed;
    private final int entryBytes;
    private final AtomicLong present = new AtomicLong();
    private final AtomicLong survivors = new AtomicLong();
    private final AtomicLong wrong = new AtomicLong();
    private final List<String> problems = Collections.synchronizedList(new ArrayList<>());

    DemoVerifier(LedgerEngine engine, long[] acknowledged, long seed, int entryBytes) {
        this.engine = engine;
        this.acknowledged = acknowledged;
        this.seed = seed;
        this.entryBytes = entryBytes;
    }

    /** Checks all ledgers, on a few threads. */
    void run() {
        int threads = Math.max(1, Math.min(4, Runtime.getRuntime().availableProcessors()));
        ExecutorService pool = Executors.newFixedThreadPool(threads, task -> {
            Thread thread = new Thread(task, "daybook-verify");
            thread.setDaemon(true);
            return thread;
        });
        try {
            List<Future<?>> parts = new ArrayList<>();
            for (int ledger = 0; ledger < acknowledged.length; ledger++) {
                int each = ledger;
                parts.add(pool.submit(() -> check(each)));
            }
            for (Future<?> part : parts) {
                part.get();
            }
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException unchecked
                    ? unchecked
                    : CommandException.io(Failures.describe(e.getCause()), e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw CommandException.io("interrupted", e);
        } finally {
            pool.shutdownNow();
        }
    }

    /** Acknowledged entries that are there and right, so far. */
    long present() {
        return present.get();
    }

    /** Right entries that were not acknowledged in time, but reached the disk: allowed. */
    long survivors() {
        return survivors.get();
    }

    /** Entries that are missing, different or out of place. */
    long wrong() {
        return wrong.get();
    }

    /** The first few of them. */
    List<String> problems() {
        return List.copyOf(problems);
    }

    private void check(int ledger) {
        long next = 0;
        DemoContent content = new DemoContent(seed, entryBytes);
        try (EntryCursor cursor = engine.scan(ledger, 0, Long.MAX_VALUE - 1)) {
            while (true) {
                try {
                    if (!cursor.next()) {
                        break;
                    }
                } catch (CorruptEntryException e) {
                    problem("ledger " + ledger + " entry " + next + " is damaged: " + e.getMessage());
                    next++;
                    continue;
                }
                for (; next < cursor.entryId(); next++) {
                    problem("ledger " + ledger + " entry " + next + " is missing, before one that is there");
                }
                if (!content.matches(ledger, next, cursor.entry())) {
                    problem("ledger " + ledger + " entry " + next + " has other bytes than were appended");
                } else if (next < acknowledged[ledger]) {
                    present.incrementAndGet();
                } else {
                    survivors.incrementAndGet();
                }
                next++;
            }
        } catch (NoSuchLedgerException e) {
            if (acknowledged[ledger] == 0) {
                return;
            }
        }
        for (; next < acknowledged[ledger]; next++) {
            problem("ledger " + ledger + " entry " + next + " was acknowledged and is missing");
        }
    }

    private void problem(String what) {
        if (wrong.incrementAndGet() <= PROBLEMS_TOLD) {
            problems.add(what);
        }
    }
}
