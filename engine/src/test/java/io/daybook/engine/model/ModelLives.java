package io.daybook.engine.model;

import static io.daybook.engine.model.Answers.attempt;
import static io.daybook.engine.model.Answers.buffer;

import io.daybook.engine.CorruptStoreException;
import io.daybook.engine.EngineClosedException;
import io.daybook.engine.LedgerEngine;
import io.daybook.engine.NotAStoreException;
import io.daybook.engine.ShutdownReport;
import io.daybook.engine.UnsupportedFormatException;
import io.daybook.journal.JournalException;
import io.daybook.storage.FaultId;
import io.daybook.storage.NoSpaceException;
import io.daybook.storage.Power;
import io.daybook.storage.SimStorage;
import io.daybook.storage.StorageFault;
import java.io.IOException;

/** Ends an engine, in order or not, and opens the next one. */
final class ModelLives {
    private final Course course;
    private final Subject subject;
    private final Excuses excuses;
    private final ModelFollowing following;
    private final ModelFaults faults;
    private final Walks walks;
    private final Observation observation;
    private final Prefixes prefixes;
    private int crashes;

    ModelLives(Situation now, ModelFaults faults, Walks walks, Observation observation) {
        this.course = now.course();
        this.subject = now.subject();
        this.excuses = now.excuses();
        this.following = now.following();
        this.faults = faults;
        this.walks = walks;
        this.observation = observation;
        this.prefixes = new Prefixes(now);
    }

    /** Ends in one of several ways, and opens again. */
    void restart() throws IOException {
        switch (course.random.nextInt(3)) {
            case 0 -> {
                if (course.random.nextInt(3) == 0) {
                    course.note(() -> "armed: STOP in the close");
                    subject.disk.failAt(
                            subject.disk.operations() + 1 + course.random.nextInt(25), StorageFault.STOP, false);
                }
                boolean healthy = !excuses.failed && !excuses.faulty && !excuses.damaged;
                close();
                if (!subject.disk.isStopped()) {
                    if (healthy) {
                        faults.removeFile();
                    }
                    reopen(false);
                }
            }
            case 1 -> crash(Power.KILL);
            default -> crash(Power.ANY);
        }
    }

    /** Closes in order. */
    void close() throws IOException {
        course.note(() -> "close");
        course.totals.cleanCloses++;
        ShutdownReport report = subject.engine.shutdown();
        following.settleAtEnd();
        if (subject.disk.isStopped()) {
            return;
        }
        boolean healthy = !excuses.failed && !excuses.faulty;
        if (healthy && !following.isSettled()) {
            throw course.fault("closed, and change "
                    + following.issued.get(following.ackedAt).number() + " is pending");
        }
        if (healthy && !excuses.indexFaulty && !report.clean()) {
            throw course.fault("not closed in order: " + report);
        }
        walks.requireClosed();
        course.expect(
                attempt(() -> subject.engine.read(0, 0)), EngineClosedException.class, () -> "read after the close");
        course.expect(
                attempt(() -> subject.engine.append(0, 0, buffer(new byte[1]))),
                EngineClosedException.class,
                () -> "append closed");
        released();
        String left = subject.leftOpen();
        if (left != null) {
            throw course.fault(left);
        }
        if (healthy && !excuses.indexFaulty) {
            checkRows();
        }
    }

    /** Nobody holds anything of the engine that has ended, which has given back all its memory. */
    void released() {
        walks.endAll();
        String unreleased = subject.unreleased();
        if (unreleased != null) {
            throw course.fault(unreleased);
        }
    }

    /** What the index says of ledgers after an orderly close is what the model says. */
    private void checkRows() throws IOException {
        String difference = EngineView.difference(following.acked, subject.index.rows());
        if (difference != null) {
            throw course.fault(difference);
        }
        long bytes = following.acked.bytes();
        long live = subject.index.liveBytes();
        if (live >= 0 && live != bytes) {
            throw course.fault("index counts " + live + " live bytes, wanted " + bytes);
        }
    }

    /** The process or the machine stops here. */
    void crash(Power power) throws IOException {
        crashes++;
        if (!subject.disk.isStopped()) {
            following.settle();
        }
        course.note(() -> "crash: " + power);
        boolean lost = power != Power.KILL;
        SimStorage after = subject.disk.crash(power);
        stopped(lost);
        subject.disk = after;
        reopen(lost);
    }

    /** The dead engine gives its memory back; it cannot write any more, as its disk is gone. */
    private void stopped(boolean lost) throws IOException {
        if (lost) {
            course.totals.powerLosses++;
        } else {
            course.totals.kills++;
        }
        LedgerEngine dead = subject.engine;
        if (dead != null) {
            dead.close();
            following.settleAtEnd();
        }
        subject.forget();
        released();
        if (lost) {
            subject.index.powerLoss(course.random);
        } else {
            subject.index.kill();
        }
    }

    /** Somebody may do something to the index or to the directory before. */
    private void reopen(boolean lost) throws IOException {
        int die = course.random.nextInt(100);
        if (die < 8) {
            course.note(() -> "the index is lost");
            course.totals.indexesLost++;
            course.totals.faults.add(FaultId.F17);
            subject.index.lose();
        } else if (die < 20 && subject.index.setBack(course.random)) {
            course.note(() -> "the index is set back");
            course.totals.indexesSetBack++;
            course.totals.faults.add(FaultId.F17);
        }
        faults.addFiles();
        recover(lost);
        if (course.random.nextInt(10) == 0) {
            // Right behind a recovery, before anything else was written.
            crash(course.random.nextInt(3) == 0 ? Power.KILL : Power.ANY);
        }
    }

    /** Opens until it goes well, and finds out what is there. */
    void recover(boolean lostPower) throws IOException {
        boolean lost = lostPower || excuses.faulty;
        subject.disk.clearFaults();
        if (course.random.nextBoolean() || excuses.wantsRoom()) {
            subject.disk.capacityBytes(SimStorage.UNLIMITED_BYTES);
        }
        ModelState seen = null;
        for (int attempt = 0; seen == null; attempt++) {
            long before = subject.disk.faultsFired();
            boolean excused = attempt < 3 && faults.armForOpen();
            subject.forget();
            excuses.opens();
            try {
                subject.open(course::nextLong);
                if (excused) {
                    subject.disk.clearFaults();
                }
                seen = observation.observe();
            } catch (IOException | RuntimeException | AssertionError e) {
                if (!subject.disk.isStopped()) {
                    notOpened(e, excused && subject.disk.faultsFired() > before);
                }
            }
            if (subject.disk.isStopped()) {
                Power power = course.random.nextBoolean() ? Power.KILL : Power.ANY;
                course.note(() -> "crash during recovery: " + power);
                course.totals.crashesAtOpen++;
                boolean again = power != Power.KILL;
                lost |= again;
                SimStorage after = subject.disk.crash(power);
                stopped(again);
                subject.disk = after;
                seen = null;
            }
        }
        subject.disk.clearFaults();
        subject.disk.capacityBytes(SimStorage.UNLIMITED_BYTES);
        course.totals.failures += excuses.faulty && excuses.failed ? 1 : 0;
        excuses.opened();
        prefixes.match(seen, lost);
        if (excuses.damaged && course.random.nextBoolean() && !excuses.wouldBringBack()) {
            course.note(() -> "healed");
            excuses.heal();
        }
        excuses.readsFail = excuses.damaged;
    }

    /** An open was refused or failed: what the model allows of that, and what is put right before the next. */
    private void notOpened(Throwable e, boolean excused) throws IOException {
        course.note(() -> "not opened: " + e);
        boolean refused = e instanceof JournalException damage && damage.kind() == JournalException.Kind.DAMAGED
                || e instanceof CorruptStoreException;
        boolean noRoom = e instanceof NoSpaceException && subject.disk.totalBytes() < SimStorage.UNLIMITED_BYTES;
        boolean unread = e instanceof IOException && !refused && excuses.damaged;
        String back = refused && !excuses.damaged && excuses.gone == null ? excuses.foundBehindTheEnd(e) : null;
        boolean another = e instanceof NotAStoreException || e instanceof UnsupportedFormatException;
        if (e instanceof AssertionError
                || another
                || !(refused && (excuses.damaged || excuses.gone != null || back != null)
                        || excused
                        || noRoom
                        || unread)) {
            throw course.fault("cannot be opened: " + e.getMessage(), e);
        }
        if (refused && !excuses.damaged && excuses.gone == null && back == null) {
            throw course.fault("what passes is taken for damage: " + e.getMessage(), e);
        }
        if (subject.engine != null) {
            throw course.fault("opened, and a read failed: " + e.getMessage(), e);
        }
        String left = subject.leftOpen();
        if (left != null) {
            throw course.fault("a failed open: " + left, e);
        }
        if (refused) {
            course.totals.refusals++;
            requirePlace(e);
        } else {
            course.totals.failedOpens++;
        }
        subject.disk.clearFaults();
        if (noRoom) {
            subject.disk.capacityBytes(SimStorage.UNLIMITED_BYTES);
        }
        if (back != null) {
            course.note(() -> "removed: " + back);
            subject.disk.remove(back);
        }
        if (unread && excuses.wouldBringBack()) {
            subject.disk.healReads();
        } else if (refused || unread) {
            excuses.heal();
            if (excuses.gone != null) {
                subject.disk.put(excuses.gone.file(), excuses.gone.content());
                excuses.gone = null;
            }
        }
    }

    /** A refusal names a file and, where there is one, the offset. */
    private void requirePlace(Throwable refusal) {
        boolean named = refusal.getMessage().matches("(?s).*(segment-[0-9]+\\.journal|manifest-[12]|STORE).*");
        boolean at = refusal.getMessage().matches("(?s).* at [0-9]+.*|.*missing.*|.*belongs to.*");
        if (!named || !at) {
            throw course.fault("a refusal without a place: " + refusal.getMessage(), refusal);
        }
    }

    /** Crashes so far, without those during recovery. */
    int crashes() {
        return crashes;
    }
}
