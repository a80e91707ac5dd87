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
import io.daybook.lease.EndReport;
import io.daybook.lease.Lease;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/** What each stage of a shutdown does. Used by the thread that runs the stages. */
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
        StoreDirectory directory,
        Runnable removeHook) {

    void define(Shutdown shutdown) {
        shutdown.stage(Stage.STOP_INTAKE, this::stopIntake);
        shutdown.stage(Stage.DRAIN_APPENDS, this::drain);
        shutdown.stage(Stage.STOP_BACKGROUND, this::stopBackground);
        shutdown.stage(Stage.SYNC_JOURNAL, this::syncJournal);
        shutdown.stage(Stage.DEREGISTER_STATS, this::deregisterStats);
        shutdown.stage(Stage.FLUSH_INDEX, this::flushIndex);
        shutdown.stage(Stage.CLOSE_NATIVE, this::closeNative);
        shutdown.stage(Stage.RELEASE_DIRECTORY, this::releaseDirectory);
    }

    /** Not {@code Duration.dividedBy}, which calculates with big decimals. */
    private Duration share(int parts) {
        return Duration.ofNanos(config.stageDeadline().toNanos() / parts);
    }

    private String stopIntake() {
        // The state says closing by now; who passed its check before holds this lock until its place is reserved.
        journal.lock();
        journal.unlock();
        journal.wakeAll();
        progress.moved();
        return "";
    }

    private String drain() throws Shutdown.Overrun {
        long from = journal.completedLsn();
        long mostNanos = config.stageDeadline().toNanos() / 10 * 9;
        if (!progress.await(journal::isDrained, mostNanos)) {
            throw new Shutdown.Overrun((journal.acceptedLsn() - journal.completedLsn()) + " records are not completed");
        }
        return Math.max(0, journal.completedLsn() - from) + " records completed meanwhile";
    }

    private String stopBackground() throws Shutdown.Overrun {
        List<String> alive = threads.stop(share(5));
        if (!alive.isEmpty()) {
            throw new Shutdown.Overrun("still running: " + String.join(", ", alive));
        }
        commits.failWaiters(state.closed());
        return "";
    }

    private String syncJournal() throws java.io.IOException {
        journal.close();
        return "";
    }

    private String deregisterStats() throws Shutdown.Overrun {
        EndReport report = statsLease.end(share(2));
        if (!report.drained()) {
            throw new Shutdown.Overrun("scrapes still running: " + report.holders());
        }
        return "";
    }

    private String flushIndex() {
        if (config.readOnly()) {
            return "read-only";
        }
        if (state.failure() != null) {
            return "not flushed, the engine failed: the next open replays the journal";
        }
        applying.lock();
        try {
            flusher.swap();
        } finally {
            applying.unlock();
        }
        int tails = 0;
        while (flusher.flushOnce()) {
            tails++;
        }
        index.sync();
        flusher.close();
        return tails + " tails written";
    }

    private String closeNative() {
        index.close();
        return "";
    }

    private String releaseDirectory() throws java.io.IOException {
        journal.closeReaders();
        directory.release();
        state.closedNow();
        removeHook.run();
        return "";
    }
}
