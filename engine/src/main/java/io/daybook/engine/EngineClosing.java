package io.daybook.engine;

import io.daybook.engine.append.Commits;
import io.daybook.engine.flush.IndexFlusher;
import io.daybook.engine.lifecycle.EngineState;
import io.daybook.engine.lifecycle.Progress;
import io.daybook.engine.lifecycle.Shutdown;
import io.daybook.engine.lifecycle.Stage;
import io.daybook.engine.lifecycle.StoreDirectory;
import io.daybook.index.LocationIndex;
import io.daybook.journal.Journal;
import io.daybook.lease.Lease;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/** What each stage of a shutdown does, and who keeps it when it overruns. Used by the threads that run the stages. */
record EngineClosing(
        EngineConfig config,
        EngineState state,
        Journal journal,
        LocationIndex index,
        IndexFlusher flusher,
        ReentrantLock applying,
        Commits commits,
        EngineThreads threads,
        Progress progress,
        Lease statsLease,
        Runnable markDamages,
        StoreDirectory directory) {

    void define(Shutdown shutdown) {
        shutdown.stage(Stage.STOP_INTAKE, this::stopIntake);
        shutdown.stage(Stage.DRAIN_APPENDS, this::drain, this::undrained);
        shutdown.stage(Stage.STOP_BACKGROUND, this::stopBackground, this::running);
        shutdown.stage(Stage.SYNC_JOURNAL, this::syncJournal);
        shutdown.stage(Stage.DEREGISTER_STATS, this::deregisterStats, this::users);
        shutdown.stage(Stage.FLUSH_INDEX, this::flushIndex);
        shutdown.stage(Stage.CLOSE_NATIVE, this::closeNative);
        shutdown.stage(Stage.RELEASE_DIRECTORY, this::releaseDirectory);
    }

    private String stopIntake(long patienceNanos) {
        // The state says closing by now; who passed its check before holds this lock until its place is reserved.
        journal.lock();
        journal.unlock();
        journal.wakeAll();
        progress.moved();
        return "";
    }

    /**
     * Until everything is synced and told; then those go who wait for what will not come. At three quarters of the deadline
     * those in flight are told that their outcome is unknown: nobody waits for ever.
     */
    private String drain(long patienceNanos) throws Shutdown.Overrun, IOException {
        boolean failedBefore = journal.failure() != null;
        long from = journal.completedLsn();
        long start = System.nanoTime();
        long inPeace = Math.min(patienceNanos, config.stageDeadline().toNanos() / 4 * 3);
        journal.requestSync(journal.acceptedLsn());
        if (!progress.await(this::isDrained, inPeace)) {
            String found = undrained();
            int untold = commits.abandon(journal.takeUntold(), state.abandoned(), state.closed());
            boolean over = progress.await(this::isDrained, patienceNanos - (System.nanoTime() - start));
            throw new Shutdown.Overrun(untold + " appends were told that their outcome is unknown; " + found, over);
        }
        if (journal.failure() == null) {
            commits.served(journal.durableLsn());
        }
        commits.failWaiters(state.closed());
        requireWorked(failedBefore, "not all that was accepted is durable");
        return Math.max(0, journal.completedLsn() - from) + " records completed meanwhile";
    }

    private boolean isDrained() {
        return journal.isDrained() && (journal.durableLsn() >= journal.acceptedLsn() || journal.failure() != null);
    }

    private String undrained() {
        return (journal.acceptedLsn() - journal.completedLsn()) + " records are not completed; " + threads.describe();
    }

    private String stopBackground(long patienceNanos) throws Shutdown.Overrun {
        long inPeace = Math.min(patienceNanos, config.stageDeadline().toNanos() / 2);
        if (!threads.stop(inPeace)) {
            // A compaction, or a write that RocksDB holds back.
            index.hurry();
            if (!threads.stop(patienceNanos - inPeace)) {
                throw new Shutdown.Overrun(running(), false);
            }
        }
        return "";
    }

    private String running() {
        return "still running: " + threads.describe();
    }

    private String syncJournal(long patienceNanos) throws IOException {
        boolean failedBefore = journal.failure() != null;
        journal.close();
        requireWorked(failedBefore, "the journal is not sealed");
        return "";
    }

    /** Whoever closes is told of a failure that nobody else hears of, as no change waits for it. */
    private void requireWorked(boolean failedBefore, String what) throws IOException {
        Throwable failure = journal.failure();
        if (!failedBefore && failure != null) {
            throw new IOException(what + ": " + failure.getMessage(), failure);
        }
    }

    /** No new uses of the index, then the metrics leave as an ending of its lease, then the present uses end. */
    private String deregisterStats(long patienceNanos) throws Shutdown.Overrun {
        Duration patience = Duration.ofNanos(patienceNanos);
        boolean drained;
        boolean statsDrained;
        try {
            drained =
                    index.lease().isEmpty() || index.lease().get().end(patience).drained();
        } finally {
            // An ending of the index's lease where it has one; in any case the metrics leave.
            statsDrained = statsLease.end(patience).drained();
        }
        if (!(drained & statsDrained)) {
            throw new Shutdown.Overrun(users(), false);
        }
        return "";
    }

    private String users() {
        List<String> holders = new ArrayList<>();
        index.lease().ifPresent(lease -> holders.addAll(lease.holders()));
        holders.addAll(statsLease.holders());
        return "in use: native memory is left alone and the directory stays locked until it is not. Held: "
                + String.join("; ", holders);
    }

    /** By the owner, without a hold: one that somebody does not give back must not cost the flush. */
    private String flushIndex(long patienceNanos) {
        if (config.readOnly()) {
            return "read-only";
        }
        if (state.failure() != null) {
            markDamages.run();
            return "not flushed, the engine failed: the next open replays the journal";
        }
        int[] tails = new int[1];
        index.asOwner(() -> {
            applying.lock();
            try {
                flusher.swap();
            } finally {
                applying.unlock();
            }
            try {
                while (flusher.flushOnce()) {
                    tails[0]++;
                }
                index.sync();
            } finally {
                flusher.close();
            }
        });
        return tails[0] + " tails written";
    }

    private String closeNative(long patienceNanos) throws Shutdown.Overrun {
        index.close();
        if (!index.isFreed()) {
            throw new Shutdown.Overrun(
                    "the index is in use: its native memory is leaked and the directory stays locked", false);
        }
        return "";
    }

    private String releaseDirectory(long patienceNanos) throws IOException {
        try {
            journal.closeReaders();
        } finally {
            directory.release();
            state.closedNow();
        }
        return "";
    }
}
