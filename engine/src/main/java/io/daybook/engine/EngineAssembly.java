package io.daybook.engine;

import io.daybook.engine.append.AppendPath;
import io.daybook.engine.append.Commits;
import io.daybook.engine.flush.IndexFlusher;
import io.daybook.engine.flush.Pace;
import io.daybook.engine.flush.Recovery;
import io.daybook.engine.ledger.Ledger;
import io.daybook.engine.ledger.LedgerState;
import io.daybook.engine.ledger.Ledgers;
import io.daybook.engine.ledger.LedgersAsOf;
import io.daybook.engine.ledger.Publication;
import io.daybook.engine.ledger.RecordApplier;
import io.daybook.engine.ledger.SegmentTally;
import io.daybook.engine.lifecycle.CommitTurns;
import io.daybook.engine.lifecycle.EngineState;
import io.daybook.engine.lifecycle.Environment;
import io.daybook.engine.lifecycle.Progress;
import io.daybook.engine.lifecycle.Shutdown;
import io.daybook.engine.lifecycle.Stage;
import io.daybook.engine.lifecycle.StoreDirectory;
import io.daybook.engine.lifecycle.Worker;
import io.daybook.engine.read.ReadPath;
import io.daybook.engine.read.Tail;
import io.daybook.engine.read.View;
import io.daybook.engine.reclaim.ReclaimSchedule;
import io.daybook.engine.reclaim.Reclaimer;
import io.daybook.engine.scrub.Scrubber;
import io.daybook.index.IndexException;
import io.daybook.index.LocationIndex;
import io.daybook.index.RocksLocationIndex;
import io.daybook.journal.Frame;
import io.daybook.journal.FrameSink;
import io.daybook.journal.Journal;
import io.daybook.journal.JournalOpening;
import io.daybook.journal.JournalOptions;
import io.daybook.journal.Waiting;
import io.daybook.journal.Wakeup;
import io.daybook.lease.Lease;
import io.daybook.stats.EngineGauge;
import io.daybook.stats.EngineMetrics;
import io.daybook.storage.NoSpaceException;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Puts an engine together: directories, journal, index, replay, threads, metrics, shutdown. When a step throws, what was
 * opened before is closed in reverse order. Used once, by one thread.
 */
final class EngineAssembly {
    private static final System.Logger LOG = System.getLogger(LedgerEngine.class.getName());
    private static final long IDLE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long SECOND_NANOS = TimeUnit.SECONDS.toNanos(1);
    /** Between two lines in the log of how far an open is. */
    private static final long PROGRESS_NANOS = TimeUnit.SECONDS.toNanos(3);

    private static final long DEFERRED_SYNC_BYTES = 64L << 20;
    /** More than a tail completes of a hundred ledgers: fewer would leave ever more of them in two pieces. */
    private static final int HOT_ROWS_A_FLUSH = 256;

    private static final int CHUNK_BYTES_MAX = 4 << 20;
    private static final int CHUNK_BYTES_MIN = 64 << 10;
    private static final int BLOCK = 4096;

    /** Looks at the index of a writer that changes it each time. */
    private static final int INDEX_TRIES_MAX = 10;
    /** The one that is filled, and the one that is flushed: no reason to hurry. */
    private static final int TAILS_IN_PEACE = 2;

    final EngineConfig config;
    final Environment environment;
    final EngineState state;
    private final StoreTools.Progress opened;
    final Ledgers ledgers = new Ledgers();
    final ReentrantLock applying = new ReentrantLock();
    final EngineThreads threads;
    final Progress progress;
    final Shutdown shutdown;
    private final CommitTurns turns = new CommitTurns();
    private final Wakeup housekeeping = new Wakeup();
    /** Damage of the index is still to be noted. */
    private volatile boolean indexToMark;

    final Journal.Wakeups wakeups = new Journal.Wakeups(turns.committer(), turns.teller(), housekeeping);
    final Waiting waiting;
    private final Lease statsLease;
    private final Publication publication = new Publication();
    private final SegmentTally tally = new SegmentTally();

    Journal journal;
    AppendPath appends;
    ReadPath reads;
    Commits commits;
    IndexFlusher flusher;
    private Pace pace = Pace.NONE;
    private StoreDirectory directory;
    private JournalOpening opening;
    private LocationIndex index;
    private View view;
    EngineMetrics metrics;
    private EngineMeasures measures;
    final SpaceKeeping space;
    /** Null: read-only. */
    private ReclaimSchedule reclaims;
    /** Null: read-only. */
    Scrubber scrubber;

    private boolean journalStarted;
    long recoveredRecords;
    private double recoverySeconds;
    private long lastSecondNanos;
    private long replayNanos;
    private long toldNanos;
    private Thread hook;

    EngineAssembly(EngineConfig config, Environment environment, StoreTools.Progress opened) {
        this.opened = opened;
        this.config = config;
        this.environment = environment;
        this.state = new EngineState(config.name());
        this.space = new SpaceKeeping(
                state,
                environment.root(),
                environment.journal(),
                config.readOnly() ? 0 : environment.index().reserveBytes());
        this.threads = new EngineThreads(environment.threads());
        this.waiting = environment.threads()
                ? Waiting.BLOCKING
                : (condition, nanos) -> {
                    threads.pump();
                };
        this.progress = new Progress(waiting);
        this.statsLease = new Lease(config.name() + " stats");
        this.shutdown = new Shutdown(config.name(), config.stageDeadline(), environment.threads(), (stage, seconds) -> {
            if (metrics != null) {
                metrics.shutdownStage(stage, seconds);
            }
        });
    }

    DaybookEngine open() throws IOException {
        try {
            LOG.log(System.Logger.Level.DEBUG, "opening\n{0}", config);
            metrics = new EngineMetrics(config.metricsRegistry().orElse(null), config.name(), statsLease);
            measures = new EngineMeasures(metrics, state, progress, environment.clock());
            openDirectories();
            openIndexAndReplay();
            startJournal();
            registerMetrics();
            defineShutdown();
            DaybookEngine engine = new DaybookEngine(this);
            threads.start();
            if (config.shutdownHook()) {
                hook = new Thread(engine::close, "daybook-" + config.name() + "-hook");
                Runtime.getRuntime().addShutdownHook(hook);
            }
            return engine;
        } catch (Throwable e) {
            closeHalfOpened(e);
            if (e instanceof IndexException failure) {
                throw translated(failure);
            }
            throw e;
        }
    }

    private LedgerException translated(IndexException e) {
        String message = environment.root().description() + ": index cannot be opened: " + e.getMessage();
        return e.kind() == IndexException.Kind.NO_SPACE
                ? new DiskFullException(message, e)
                : new EngineFailedException(message, e);
    }

    private void openDirectories() throws IOException {
        if (config.readOnly()) {
            // Its journal is read when its index is open.
            directory = StoreDirectory.unlocked(environment.root(), environment.journal());
            directory.checkStore();
        } else {
            directory = StoreDirectory.lock(environment.root(), environment.journal());
            opening = openJournal();
            journalFound();
        }
    }

    private void journalFound() {
        LOG.log(System.Logger.Level.DEBUG, "engine {0}: {1}", config.name(), opening.summary());
    }

    /** What a crash left is written again, which takes room; for that there is a reserve. */
    private JournalOpening openJournal() throws IOException {
        while (true) {
            try {
                return directory.openJournal(environment.random());
            } catch (NoSpaceException e) {
                if (!space.spend()) {
                    throw e;
                }
                LOG.log(
                        System.Logger.Level.WARNING,
                        "engine {0}: the disk is full, a reserve is spent to open",
                        config.name());
            }
        }
    }

    /** Opens and loads the index; its checkpoint, and why it cannot be used. */
    private Recovery.Usable openIndex() throws IOException {
        if (config.readOnly()) {
            return openIndexBesideWriter();
        }
        return loaded(Recovery.open(new WaitingIndex.Store(environment.index(), space), opening));
    }

    /**
     * The index first: what it holds when it is opened was covered by a durable watermark before, so a look at the journal
     * behind that finds all of it, and an index that is ahead of the journal all the same is foreign. In the other order the
     * writer flushes in between.
     *
     * <p>What is wrong may still be the writer's doing: it deletes files of the index, or gives segments back, between two looks. Only
     * what is the same twice is so.
     */
    private Recovery.Usable openIndexBesideWriter() throws IOException {
        String before = null;
        for (int tries = 1; ; tries++) {
            Recovery.Usable usable = Recovery.find(environment.index());
            index = usable.index();
            if (index != null || usable.unusable().equals(before)) {
                readJournal();
                usable = index == null ? usable : loaded(Recovery.judge(index, opening));
            }
            if (usable.unusable() == null || usable.unusable().equals(before)) {
                return usable;
            }
            if (tries == INDEX_TRIES_MAX) {
                throw new IndexException(
                        IndexException.Kind.FAILED, "it changes whenever it is looked at: " + usable.unusable(), null);
            }
            before = usable.unusable();
            if (index != null) {
                index.close();
                index = null;
            }
        }
    }

    private void readJournal() throws IOException {
        if (opening != null) {
            opening.close();
        }
        opening = directory.readJournal(environment.random());
        journalFound();
    }

    private Recovery.Usable loaded(Recovery.Usable usable) {
        index = usable.index();
        if (usable.unusable() != null) {
            return usable;
        }
        view = new View(index, environment.tailEntries(), publication);
        String unreadable = Recovery.load(index, ledgers, view);
        return unreadable == null ? usable : new Recovery.Usable(index, 0, unreadable);
    }

    private void openIndexAndReplay() throws IOException {
        Recovery.Usable usable = openIndex();
        long checkpoint = usable.checkpointLsn();
        String unusable = usable.unusable();
        boolean rebuild = unusable != null;
        if (rebuild) {
            checkpoint = 0;
            beginRebuild(unusable);
        }
        RecordApplier applier = new RecordApplier(ledgers, view, tally, publication);
        if (rebuild) {
            LedgersAsOf dropped = new LedgersAsOf(opening.ledgersAsOfLsn());
            opening.ledgers((ledgerId, state) -> dropped.add(LedgerState.decode(ledgerId, state)));
            applier.beginWith(dropped);
        }
        if (index instanceof WaitingIndex waiting) {
            waiting.onReady(() ->
                    LOG.log(System.Logger.Level.INFO, "engine {0}: the index is open for writing", config.name()));
        }
        flusher = new IndexFlusher(view, tally, applying, this::covered, this::flushed, lsn -> progress.moved());
        if (environment.threads()) {
            pace = new Pace(() -> view.tailCount() > TAILS_IN_PEACE || progress.isAwaited() || !state.isOpen());
        }
        flusher.store(opening.storeId().high(), opening.storeId().low(), opening::incarnation, checkpoint);
        long start = System.nanoTime();
        replayNanos = start;
        toldNanos = start;
        long records = Recovery.replay(
                opening,
                checkpoint,
                applier,
                flusher,
                applying,
                new Recovery.Means(
                        !config.readOnly(),
                        environment.threads(),
                        environment.tailsMax(),
                        environment.tailJournalBytes()),
                this::replayed);
        if (rebuild && !config.readOnly()) {
            endRebuild();
        }
        if (config.readOnly()) {
            opening.checkStillListed(environment.root());
        }
        ledgers.beginIntake();
        recoveredRecords = records;
        recoverySeconds = (System.nanoTime() - start) / 1e9;
        LOG.log(
                System.Logger.Level.DEBUG,
                "engine {0}: {1} records replayed after LSN {2} in {3} ms",
                config.name(),
                records,
                checkpoint,
                (long) (recoverySeconds * 1000));
        commits = new Commits(
                applying,
                applier,
                ledgers,
                flusher,
                index,
                state,
                this::fail,
                measures.commits(flusher, threads::wakeFlush),
                environment.tailJournalBytes(),
                config.durability() == Durability.SYNC ? Commits.PART : Commits.WHOLE);
    }

    private void replayed(long done, long total) {
        opened.progress("replay", done, total);
        long now = System.nanoTime();
        boolean over = done == total && toldNanos != replayNanos;
        if (now - toldNanos >= PROGRESS_NANOS || over) {
            toldNanos = now;
            double seconds = Math.max(1, now - replayNanos) / 1e9;
            LOG.log(
                    System.Logger.Level.INFO,
                    "engine {0}: {1} of {2} MiB replayed, {3} MiB/s",
                    config.name(),
                    Long.toString(done >> 20),
                    Long.toString(total >> 20),
                    Long.toString((long) (done / seconds) >> 20));
        }
    }

    private void beginRebuild(String reason) throws IOException {
        LOG.log(System.Logger.Level.INFO, "engine {0}: index is rebuilt: {1}", config.name(), reason);
        if (index != null) {
            index.close();
            index = null;
        }
        index = config.readOnly() ? new NoIndex() : environment.index().openFresh();
        view = new View(index, environment.tailEntries(), publication);
    }

    private void endRebuild() throws IOException {
        applying.lock();
        try {
            flusher.swap();
        } finally {
            applying.unlock();
        }
        flushReplayed();
        LocationIndex fresh = index;
        index = null;
        index = environment.index().replaceBy(fresh);
        view.index(index);
    }

    /** Everything that was replayed. */
    private void flushReplayed() {
        boolean more = true;
        while (more) {
            try {
                more = flusher.flushOnce();
            } catch (IndexException e) {
                // An index that lacks a part is none: without room it cannot be built.
                if (e.kind() != IndexException.Kind.NO_SPACE || !space.spend()) {
                    throw e;
                }
            }
        }
    }

    /** Before the journal starts all of it is durable and sealed. */
    private boolean covered(long lsn) {
        if (journal == null || journal.coveredLsn() >= lsn) {
            return true;
        }
        journal.cover(lsn);
        return false;
    }

    private void flushed(int entries, long bytes, long nanos) {
        metrics.indexFlushed(nanos / 1e9, entries, bytes);
        if (journal != null) {
            journal.wakeAll();
        }
    }

    private void startJournal() {
        journal = opening.start(options(), new Sink(), measures.journal(), environment.clock(), wakeups);
        journalStarted = true;
        space.watch(journal);
        journal.footers(segmentId -> {
            applying.lock();
            try {
                if (state.failure() != null) {
                    // What completed since then was not applied: no footer may be made of the rest.
                    throw new IllegalStateException("the engine has failed", state.failure());
                }
                return tally.take(segmentId);
            } finally {
                applying.unlock();
            }
        });
        if (!config.readOnly()) {
            scrubber = new Scrubber(journal, state, environment.clock(), measures.scrub());
            Reclaimer reclaimer =
                    new Reclaimer(journal.reclaim(), ledgers, () -> index, flusher::flushedLsn, metrics::reclaimed);
            reclaims = new ReclaimSchedule(reclaimer, journal, flusher, view, applying, state, environment.clock());
        }
        appends = new AppendPath(
                journal,
                ledgers,
                state,
                waiting,
                privileged -> view.tailCount() > environment.tailsMax() * (privileged ? 4 : 1),
                config.appendWaitMax().toNanos(),
                measures.appends());
        reads = new ReadPath(
                journal,
                ledgers,
                view,
                publication,
                state,
                config.durability() == Durability.DEFERRED ? this::awaitAccepted : ledgerId -> {},
                config.allocator(),
                measures.reads(this::markIndexDamaged));
        String prefix = "daybook-" + config.name() + "-";
        Worker flush = threads.add(prefix + "flush", new Wakeup(), this::flushStep, () -> IDLE_NANOS, this::fail);
        threads.flush(flush);
        threads.add(prefix + "housekeeping", housekeeping, this::housekeep, () -> IDLE_NANOS, this::fail);
        Worker first = threads.add(turn(prefix, 0), this::commitStep);
        threads.sampler(
                new Worker(prefix + "stats", new Wakeup(), measures::sample, () -> SECOND_NANOS, this::fail),
                measures::sample);
        turns.start(new CommitWork(), first, threads.add(turn(prefix, 1), journal::completeOnce));
    }

    /** What those do who commit and tell. */
    private final class CommitWork implements CommitTurns.Work {
        @Override
        public boolean commit() {
            return commitStep();
        }

        @Override
        public boolean tell() {
            return journal.completeOnce();
        }

        @Override
        public boolean waits() {
            return journal.hasWork();
        }

        @Override
        public boolean isUntold() {
            return journal.hasUntold();
        }

        @Override
        public boolean mayChange() {
            return config.durability() == Durability.SYNC;
        }
    }

    private Worker turn(String prefix, int number) {
        return new Worker(
                prefix + "commit-" + (number + 1),
                turns.wakeup(number),
                () -> turns.step(number),
                () -> turns.commits(number) ? Math.min(SECOND_NANOS, journal.commitSleepNanos()) : SECOND_NANOS,
                this::fail);
    }

    private JournalOptions options() {
        long segment = config.segmentBytes() & -BLOCK;
        long reserve = config.diskReserveBytes();
        try {
            long total = environment.journal().totalBytes();
            segment = Math.max(EngineConfig.SEGMENT_BYTES_MIN, Math.min(segment, total / 16 & -BLOCK));
            reserve = Math.min(reserve, total / 16);
        } catch (IOException e) {
            LOG.log(System.Logger.Level.WARNING, "size of the file system is not known", e);
        }
        long eighth = config.inFlightBytesMax() / 8 & -BLOCK;
        int chunk = (int) Math.max(CHUNK_BYTES_MIN, Math.min(CHUNK_BYTES_MAX, eighth));
        long frame = Math.max(chunk, config.entryBytesMax() + 2L * BLOCK);
        return new JournalOptions(
                config.durability() == Durability.DEFERRED,
                segment,
                chunk,
                (int) Math.min(frame, segment - 2L * BLOCK),
                config.inFlightBytesMax(),
                Math.max(2L * chunk, config.memoryBudget() / 4),
                config.groupWaitMax().toNanos(),
                DEFERRED_SYNC_BYTES,
                SECOND_NANOS,
                IDLE_NANOS,
                reserve);
    }

    /** In a deferred engine what was accepted is visible, so a reader waits until it is committed: a write away. */
    private void awaitAccepted(long ledgerId) {
        long lsn;
        if (ledgerId == ReadPath.Barrier.ALL) {
            lsn = journal.acceptedLsn();
        } else {
            Ledger accepted = ledgers.accepted(ledgerId);
            lsn = accepted != null
                    ? accepted.acceptedLsn()
                    : ledgers.committed(ledgerId) != null ? journal.acceptedLsn() : 0;
        }
        if (journal.completedLsn() < lsn && !journal.isCompleting()) {
            progress.await(
                    () -> journal.completedLsn() >= lsn || journal.failure() != null || !state.isOpen(),
                    Long.MAX_VALUE);
            if (journal.completedLsn() < lsn) {
                // An answer now would leave out what was accepted.
                state.checkOpen();
            }
        }
    }

    private boolean commitStep() {
        long wait = journal.groupWaitNanos();
        if (wait > 0 && environment.threads()) {
            // Not a sleep, which an interrupt by user code would fail.
            LockSupport.parkNanos(this, wait);
        }
        return journal.commitOnce();
    }

    /**
     * Flushes a tail and gives dead segments back: the second also where the first finds no room. Neither once the engine has
     * failed, be it that a write of the index did: the same one would only fail again.
     */
    private boolean flushStep() throws IOException {
        if (config.readOnly() || state.failure() != null) {
            // A replay leaves full tails behind in a read-only engine too, where they stay.
            return false;
        }
        boolean worked = false;
        boolean more = false;
        try {
            worked = flusher.flushOnce(pace);
            if (worked) {
                space.indexWrote();
                progress.moved();
            }
            if (worked && rocks() != null) {
                metrics.indexRowsRewritten(rocks().rewriteHotRows(HOT_ROWS_A_FLUSH));
            }
        } catch (IndexException e) {
            indexRefused(e);
        }
        try {
            more = reclaims != null && reclaims.step(worked);
        } catch (IndexException e) {
            indexRefused(e);
        }
        if (scrubber != null && environment.threads()) {
            // Where there are none, a caller says when.
            scrubber.scrubWhenDue();
        }
        return worked || more;
    }

    /** Throws what is final. */
    private void indexRefused(IndexException e) {
        if (!state.isOpen() && e.kind() == IndexException.Kind.CLOSED) {
            return;
        }
        metrics.indexFlushFailed();
        if (!space.indexWaits(e, reclaims != null && reclaims.hasRemovals())) {
            throw e;
        }
        progress.moved();
    }

    /** Null: the index is none in RocksDB, or not open for writing. */
    private RocksLocationIndex rocks() {
        LocationIndex writable = index instanceof WaitingIndex waiting ? waiting.openForWriting() : index;
        return !config.readOnly() && writable instanceof RocksLocationIndex rocks ? rocks : null;
    }

    private boolean housekeep() throws IOException {
        markDamages();
        boolean worked = journal.failure() == null && journal.housekeepOnce();
        long now = environment.clock().nanoTime();
        if (now - lastSecondNanos >= SECOND_NANOS) {
            lastSecondNanos = now;
            if (!config.readOnly()) {
                space.check();
            }
            clearDropped();
        }
        return worked;
    }

    private void clearDropped() {
        RocksLocationIndex rocks = rocks();
        if (rocks == null || state.failure() != null || !state.isOpen()) {
            return;
        }
        try {
            rocks.clearDropped(1000);
        } catch (IndexException e) {
            // What it clears is dead; later will do.
            if (e.kind() != IndexException.Kind.NO_SPACE) {
                throw e;
            }
            LOG.log(System.Logger.Level.DEBUG, "no room to clear rows of dropped generations", e);
        }
    }

    private void markIndexDamaged() {
        try {
            environment.index().markDamaged();
        } catch (IOException | RuntimeException e) {
            LOG.log(System.Logger.Level.WARNING, "damage of the index could not be noted", e);
        }
    }

    /** Notes what the engine failed of, if that was damage of the index: by a thread that may wait for the device. */
    private void markDamages() {
        if (indexToMark) {
            indexToMark = false;
            markIndexDamaged();
        }
    }

    private void fail(Throwable cause) {
        if (!state.isOpen() && cause instanceof IndexException failure && View.isClosed(failure)) {
            return;
        }
        state.fail(cause);
        if (journal != null) {
            journal.fail(cause);
        }
        if (cause instanceof IndexException damage && damage.kind() == IndexException.Kind.DAMAGED) {
            // Met by a compaction, perhaps: it would be met again at each.
            indexToMark = true;
            housekeeping.signal();
        }
        progress.moved();
    }

    private void registerMetrics() {
        metrics.recovered(recoverySeconds, recoveredRecords, opening.tornBytes());
        metrics.gauge(EngineGauge.IN_FLIGHT_BYTES, journal::inFlightBytes);
        metrics.gauge(EngineGauge.QUEUE_RECORDS, () -> Math.max(0, journal.acceptedLsn() - journal.completedLsn()));
        metrics.gauge(EngineGauge.TAIL_INDEX_ENTRIES, view::tailEntries);
        metrics.gauge(EngineGauge.TAIL_INDEX_BYTES, () -> view.tailEntries() * Tail.BYTES_PER_ENTRY);
        metrics.gauge(EngineGauge.TAIL_INDEX_TAILS, view::tailCount);
        metrics.gauge(EngineGauge.INDEX_LAG_BYTES, view::tailJournalBytes);
        metrics.gauge(EngineGauge.TAIL_CACHE_BYTES, journal::tailCacheBytes);
        metrics.gauge(EngineGauge.LEDGERS, ledgers::size);
        metrics.gauge(EngineGauge.SEGMENTS, journal::segments);
        metrics.gauge(EngineGauge.DISK_FULL, () -> journal.isDiskFull() ? 1 : 0);
        measures.showSampled(index, journal, environment.journal());
    }

    private void defineShutdown() {
        new EngineClosing(
                        config,
                        state,
                        journal,
                        index,
                        flusher,
                        applying,
                        commits,
                        threads,
                        progress,
                        statsLease,
                        this::markDamages,
                        directory)
                .define(shutdown);
        shutdown.atEnd(this::atEnd);
        // The metrics leave before the last use of the database does, and so before the database.
        index.lease()
                .ifPresent(lease ->
                        lease.onEnd("metrics of engine " + config.name(), () -> statsLease.end(Duration.ZERO)));
    }

    private void atEnd() {
        removeHook();
        if (environment.threads() && !shutdown.hasEnded(Stage.DRAIN_APPENDS)) {
            Thread rest = new Thread(this::tellRest, "daybook-" + config.name() + "-rest");
            rest.setDaemon(true);
            try {
                rest.start();
            } catch (OutOfMemoryError e) {
                LOG.log(System.Logger.Level.WARNING, "no thread to tell those who wait that the engine is closed", e);
            }
        }
    }

    /** Whom the stage tells that should tell all may be the one that holds it up: then others tell the rest, one after the other. */
    private void tellRest() {
        commits.endWaiters(state.closed());
        while (commits.hasUntold()) {
            Thread teller = new Thread(commits::tellRest, "daybook-" + config.name() + "-teller");
            teller.setDaemon(true);
            teller.start();
            try {
                teller.join(Math.max(1, config.stageDeadline().toMillis()));
            } catch (InterruptedException e) {
                LOG.log(System.Logger.Level.DEBUG, "who waits for the rest to be told is told to hurry", e);
            }
        }
    }

    private void removeHook() {
        if (hook != null && Thread.currentThread() != hook) {
            try {
                Runtime.getRuntime().removeShutdownHook(hook);
            } catch (IllegalStateException e) {
                LOG.log(System.Logger.Level.TRACE, "the JVM is ending, its hook stays", e);
            }
        }
    }

    private void closeHalfOpened(Throwable cause) {
        boolean stopped = threads.stop(config.stageDeadline().toNanos());
        if (!stopped) {
            cause.addSuppressed(new IllegalStateException(
                    "the directory stays locked, as threads are still running: " + threads.describe()));
        }
        step(cause, () -> statsLease.end(config.stageDeadline()));
        step(cause, () -> {
            if (index != null) {
                index.close();
            }
        });
        step(cause, () -> {
            if (journalStarted) {
                journal.closeReaders();
            }
            if (opening != null) {
                opening.close();
            }
        });
        step(cause, () -> {
            if (directory != null && stopped) {
                directory.release();
            }
        });
    }

    /** Something that may fail while a failed open is undone. */
    @FunctionalInterface
    private interface Undo {
        void run() throws IOException;
    }

    private static void step(Throwable cause, Undo undo) {
        try {
            undo.run();
        } catch (Throwable e) {
            cause.addSuppressed(e);
        }
    }

    /** The journal was made before its sink. */
    private final class Sink implements FrameSink {
        @Override
        public void committed(Frame frame) {
            commits.committed(frame);
        }

        @Override
        public void failed(Frame frame, Throwable cause) {
            commits.failed(frame, cause);
        }

        @Override
        public void advanced(long durableLsn) {
            commits.advanced(durableLsn);
        }
    }
}
