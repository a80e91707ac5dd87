package io.daybook.engine.model;

import static io.daybook.engine.model.Answers.buffer;
import static io.daybook.engine.model.Answers.failure;

import io.daybook.engine.CorruptStoreException;
import io.daybook.engine.DiskFullException;
import io.daybook.engine.EngineFailedException;
import io.daybook.engine.EngineHealth;
import io.daybook.engine.LedgerException;
import io.daybook.engine.ShutdownReport;
import io.daybook.engine.TestEngines;
import io.daybook.engine.WriteBatch;
import io.daybook.journal.JournalException;
import io.daybook.storage.NoSpaceException;
import io.daybook.storage.Power;
import io.daybook.storage.SimStorage;
import io.daybook.storage.StorageFault;
import io.daybook.storage.StorageOp;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Runs a script on an engine of one thread over a simulated disk and an index in memory, and follows with the model what was
 * accepted, acknowledged and made durable. Each run of a script does the same operations, up to the first that fails.
 */
final class ScriptRun {
    static final int ENTRY_BYTES_MAX = 16 << 10;
    private static final long TAIL_JOURNAL_BYTES = 1 << 20;
    private static final int TAILS_MAX = 4;
    /** Kept free, on disks that can be full. */
    static final long RESERVE = 256 << 10;

    /** Told before each operation, with its number over all disks of the run. */
    @FunctionalInterface
    interface Watch {
        void before(ScriptRun run, long number, StorageOp op, String path) throws IOException;
    }

    /** An operation that fails, and each later one it fits if it is sticky. */
    record Fault(long operation, StorageFault fault, boolean sticky) {
        /** Nobody sees it but who counts bytes. */
        boolean isHidden() {
            return fault == StorageFault.SHORT_READ
                    || fault == StorageFault.SHORT_WRITE
                    || fault == StorageFault.ZERO_READ && !sticky;
        }
    }

    /** The script cannot go on: a fault kept the engine from opening. */
    private static final class Ended extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Ended(Throwable cause) {
            super(cause);
        }
    }

    private final Script script;
    /** Null: none. */
    private final Fault fault;

    private final MemoryIndexDouble index;
    private final Subject subject;
    private final ScriptDisks disks;
    private final ScriptFollowing following;

    private long environments;
    private boolean opening;
    private long firedAtOpen;
    private int failedOpens;
    private int failedEngines;

    /** On a disk of this size; nothing else fails. */
    static ScriptRun onSmallDisk(Script script, Rig rig, long capacityBytes) throws IOException {
        ScriptRun run = new ScriptRun(script, rig, null, null, false);
        run.capacity(capacityBytes);
        return run;
    }

    ScriptRun(Script script, Rig rig, Watch watch, Fault fault, boolean tracing) throws IOException {
        this.script = script;
        this.fault = fault;
        this.index = (MemoryIndexDouble) rig.indexes().make(script.seed());
        SimStorage first = SimStorage.create(script.seed());
        first.tracing(tracing);
        this.subject = subject(script, rig, first, index);
        this.disks = new ScriptDisks(this, subject, watch, fault);
        this.following = new ScriptFollowing(subject, disks);
    }

    /** What runs a script, and what opens what that left. */
    static Subject subject(Script script, Rig rig, SimStorage disk, MemoryIndexDouble index) {
        return new Subject(
                rig,
                index,
                disk,
                new UnpooledByteBufAllocator(true, true),
                Subject.smallest(script.durability(), ENTRY_BYTES_MAX)
                        .inFlightBytesMax(256 << 10)
                        .appendWaitMax(Duration.ofSeconds(30))
                        .diskReserveBytes(RESERVE),
                new Subject.Tails(script.tailEntries(), TAIL_JOURNAL_BYTES, TAILS_MAX));
    }

    /** Does all of the script; leaves the engine as it is then. */
    void run() throws Exception {
        try {
            script.body().run(this);
            following.settle();
        } catch (Ended e) {
            require(fault != null || following.limited, "ended without a fault", e);
        }
    }

    // ---- What a script does

    void open() throws IOException {
        tryOpen();
    }

    private void tryOpen() throws IOException {
        require(subject.engine == null, "opened twice", null);
        opening = true;
        firedAtOpen = disks.fired();
        ModelState seen;
        try {
            long seed = script.seed(1, ++environments);
            subject.open(() -> seed);
            seen = EngineView.of(subject.engine);
        } catch (IOException | RuntimeException e) {
            failedOpen(e);
            failedOpens++;
            if (following.limited || fault.sticky()) {
                throw new Ended(e);
            }
            // The fault is over.
            seen = null;
        } finally {
            opening = false;
        }
        if (seen == null) {
            tryOpen();
            return;
        }
        following.failed = false;
        disks.excuseFrom(firedAtOpen);
        List<ModelState> matching = history().matching(seen);
        following.certain(matching.size() == 1 ? matching.get(0) : byBounds(matching));
    }

    private void failedOpen(Throwable e) throws IOException {
        boolean full = e instanceof NoSpaceException || e instanceof DiskFullException;
        boolean nothingYet = following.hasNothing();
        boolean excused = following.limited && full && nothingYet
                || fault != null && !fault.isHidden() && (fault.sticky() || disks.fired() > firedAtOpen);
        require(excused, "cannot be opened", e);
        require(
                !(e instanceof JournalException) && !(e instanceof CorruptStoreException),
                "a fault that passes is taken for damage",
                e);
        if (subject.engine != null) {
            // Opened, and then a read failed.
            subject.engine.close();
            subject.forget();
        }
        requireNothingOpen();
    }

    /** States that look the same but will answer appends differently: the rows of the index tell which it is. */
    private ModelState byBounds(List<ModelState> states) {
        try {
            subject.engine.flush();
        } catch (EngineFailedException e) {
            require(disks.isExcused(), "flush failed", e);
            throw new Ended(e);
        }
        for (ModelState state : states) {
            if (EngineView.difference(state, index.rows()) == null) {
                return state;
            }
        }
        throw disks.problem("bounds in the index fit none of the states that look right: " + index.rows(), null);
    }

    void close() throws IOException {
        boolean wasFailed = following.failed || isRed();
        if (wasFailed) {
            checkFailed();
        }
        ShutdownReport report = subject.engine.shutdown();
        following.settle();
        following.requireAllTold();
        subject.forget();
        requireNothingOpen();
        boolean clean = report.clean() && !wasFailed && !following.failed;
        if (!clean) {
            require(disks.isExcused(), "not closed in order: " + report, null);
            return;
        }
        require(
                following.isSettled(),
                "closed, and " + (following.issued.size() - following.ackedAt) + " changes are pending",
                null);
        String difference = EngineView.difference(following.acked, index.rows());
        // On a disk that was full the index may wait for the next open.
        require(difference == null || disks.isExcused(), difference, null);
        following.certain(following.acked);
    }

    void kill() throws IOException {
        crash(Power.KILL);
    }

    /** Everything stops, and this much of the disk is there afterwards. */
    void crash(Power power) throws IOException {
        if (!subject.disk.isStopped()) {
            following.settle();
            if (subject.engine != null && (following.failed || isRed())) {
                checkFailed();
            }
        }
        History left = history().after(power != Power.KILL);
        SimStorage after = subject.disk.crash(power);
        leave();
        following.left(left);
        if (power == Power.KILL) {
            index.kill();
        } else {
            index.powerLoss(new SplittableRandom(script.seed(2, environments)));
        }
        disks.use(after);
    }

    /** The dead engine gives its memory back; its disk is gone, so it writes nothing any more. */
    private void leave() {
        subject.disk.onOperation(null);
        if (subject.engine != null) {
            subject.engine.close();
        }
        subject.forget();
        requireReleased();
        disks.leave();
    }

    /** Power fails in the middle of the next write to a file. */
    void crashInNextWrite(String path, Power power, Runnable calls) throws IOException {
        subject.disk.failAt(subject.disk.operations() + 1, StorageFault.STOP, false, at -> at.contains(path));
        stopIn(calls, power);
    }

    /** Everything stops so many operations later. */
    void crashAfter(int operations, Power power, Runnable calls) throws IOException {
        subject.disk.failAt(subject.disk.operations() + operations, StorageFault.STOP, false);
        stopIn(calls, power);
    }

    private void stopIn(Runnable calls, Power power) throws IOException {
        try {
            calls.run();
        } catch (RuntimeException | AssertionError e) {
            if (!subject.disk.isStopped()) {
                throw e;
            }
        }
        require(subject.disk.isStopped() || fault != null || following.limited, "the crash never came", null);
        crash(power);
    }

    /** The recovery itself is cut off after so many operations. */
    void crashInOpen(int operations, Power power) throws IOException {
        subject.disk.failAt(subject.disk.operations() + operations, StorageFault.STOP, false);
        try {
            long seed = script.seed(1, ++environments);
            TestEngines dead = TestEngines.open(subject.config, subject.environment(true, () -> seed));
            dead.engine().close();
        } catch (IOException | RuntimeException e) {
            if (!subject.disk.isStopped()) {
                requireNothingOpen();
                require(disks.isExcused(), "cannot be opened", e);
                throw new Ended(e);
            }
        }
        require(
                subject.disk.isStopped() || fault != null || following.limited,
                "the open was over before it was cut off",
                null);
        crash(power);
    }

    void sleep(long millis) {
        subject.nanos += millis * 1_000_000;
    }

    void pump() {
        subject.pump();
        following.settle();
        if (!following.failed && !subject.disk.isStopped()) {
            require(following.isSettled() || isRed(), "changes are pending after all work was done", null);
        }
    }

    void sync() {
        following.sync(subject.engine.sync());
        following.settle();
    }

    void flush() {
        try {
            subject.engine.flush();
        } catch (EngineFailedException e) {
            require(disks.isExcused(), "flush failed", e);
            following.failed = true;
        }
        following.settle();
    }

    void loseIndex() {
        index.lose();
    }

    void rememberIndex() {
        index.remember();
    }

    void setBackIndex() {
        require(index.setBack(new SplittableRandom(script.seed(3))), "no copy of the index was kept", null);
    }

    /** The room on the disk from now on. */
    void capacity(long bytes) {
        following.limited = true;
        subject.disk.capacityBytes(bytes);
    }

    long used() throws IOException {
        return subject.disk.totalBytes() - subject.disk.freeBytes();
    }

    boolean hasFiles(String part) {
        return subject.disk.files().stream().anyMatch(file -> file.contains(part));
    }

    int segments() {
        return (int) subject.disk.files().stream()
                .filter(file -> file.startsWith("journal/segment-"))
                .count();
    }

    /** Copies of the manifest that were written whole since crashes are of interest. */
    int manifests() {
        return disks.manifests();
    }

    /** The script is about something that must have come about, unless a fault kept it from that. */
    void mustHave(boolean happened, String what) {
        require(happened || fault != null || following.limited, "the script misses what it is about: " + what, null);
    }

    /** Crashes are of no interest yet. */
    void notYet() {
        disks.watchFrom(Long.MAX_VALUE);
    }

    /** Crashes are of interest from here on only. */
    void fromHere() {
        disks.watchFrom(disks.operations() + 1);
    }

    /** Reads everything, which must be what was acknowledged. */
    void read() {
        String difference;
        try {
            difference = following.acked.difference(EngineView.of(subject.engine));
        } catch (LedgerException e) {
            require(fault != null && fault.fault() == StorageFault.EIO_READ || disks.isExcused(), "read failed", e);
            return;
        }
        require(difference == null, difference, null);
    }

    // ---- Changes

    void append(long ledger, int bytes) {
        append(ledger, next(ledger), bytes);
    }

    void append(long ledger, long entry, int bytes) {
        change(entry(ledger, entry, bytes));
    }

    void appendAuto(long ledger, int bytes) {
        byte[] content = content(bytes);
        long id = next(ledger);
        following.accept(
                List.of(new Step(Step.Kind.ENTRY, ledger, id, content)),
                id,
                false,
                () -> subject.engine.append(ledger, buffer(content)));
    }

    void appendRecovery(long ledger, long entry, int bytes) {
        byte[] content = content(bytes);
        following.accept(
                List.of(new Step(Step.Kind.ENTRY, ledger, entry, content)),
                -1,
                true,
                () -> subject.engine.appendRecovery(ledger, entry, buffer(content)));
    }

    /** So many in one group. */
    void appends(int count, long ledger, int bytes) {
        for (int i = 0; i < count; i++) {
            append(ledger, bytes);
        }
    }

    /** Each in a group of its own. */
    void commits(int count, long ledger, int bytes) {
        for (int i = 0; i < count; i++) {
            append(ledger, bytes);
            pump();
        }
    }

    void fence(long ledger) {
        change(new Step(Step.Kind.FENCE, ledger, 0, null));
    }

    void confirm(long ledger, long entry) {
        change(new Step(Step.Kind.CONFIRM, ledger, entry, null));
    }

    void metadata(long ledger, int bytes) {
        change(new Step(Step.Kind.METADATA, ledger, 0, content(bytes)));
    }

    void truncate(long ledger, long entry) {
        change(new Step(Step.Kind.TRUNCATE, ledger, entry, null));
    }

    void trim(long ledger, long entry) {
        change(new Step(Step.Kind.TRIM, ledger, entry, null));
    }

    void delete(long ledger) {
        change(new Step(Step.Kind.DELETE, ledger, 0, null));
    }

    /** A change of a batch. */
    Step entry(long ledger, long entry, int bytes) {
        return new Step(Step.Kind.ENTRY, ledger, entry, content(bytes));
    }

    void write(Step... steps) {
        WriteBatch batch = new WriteBatch();
        for (Step step : steps) {
            step.addTo(batch);
        }
        following.accept(List.of(steps), -1, false, () -> subject.engine.write(batch));
    }

    private void change(Step step) {
        following.accept(List.of(step), -1, false, () -> step.on(subject.engine));
    }

    private long next(long ledger) {
        ModelLedger known = following.accepted.get(ledger);
        return known == null ? 0 : known.nextId;
    }

    private byte[] content(int bytes) {
        byte[] content = new byte[bytes];
        new SplittableRandom(script.seed(4, following.changeNumber, bytes)).nextBytes(content);
        return content;
    }

    /** What is promised just now, in the middle of a call too. */
    History history() {
        boolean running = subject.engine != null && !opening;
        boolean reverted = fault != null && fault.fault() == StorageFault.EIO_SYNC_REVERTED && disks.fired() > 0;
        return following.history(running, reverted);
    }

    CrashPoint point(long operation) {
        return new CrashPoint(operation, subject.disk.crashClone(Power.KILL, 0), index.crashClone(), history());
    }

    // ---- The end of a run with a fault

    /** The fault goes away, and then the engine must do what it can still promise. */
    void afterFault() throws IOException {
        subject.disk.clearFaults();
        subject.disk.capacityBytes(1L << 50);
        if (subject.engine == null) {
            return;
        }
        following.settle();
        if (isRed() || following.failed) {
            checkFailed();
            return;
        }
        subject.nanos += 2_000_000_000L;
        pump();
        int before = following.issued.size();
        append(7777, 20);
        require(following.issued.size() > before, "an append is refused though nothing is wrong any more", null);
        pump();
        require(
                following.isSettled() && !following.failed,
                "an append is not acknowledged though nothing is wrong any more",
                null);
        read();
    }

    /** It refuses changes, says so, and shows what it showed before. */
    private void checkFailed() {
        failedEngines++;
        require(isRed(), "changes failed, but health is " + subject.engine.health(), null);
        Throwable answer = refusalOfAppend();
        require(answer instanceof EngineFailedException, "an append on a failed engine", answer);
        if (!subject.deferred && !subject.disk.isStopped()) {
            subject.disk.clearFaults();
            following.settle();
            String difference = following.acked.difference(EngineView.of(subject.engine));
            require(difference == null, "a failed engine shows something else: " + difference, null);
            if (fault.sticky()) {
                subject.disk.failAt(1, fault.fault(), true);
            }
        }
    }

    /** How many engines stopped for good. */
    int failedEngines() {
        return failedEngines;
    }

    private Throwable refusalOfAppend() {
        try {
            return failure(subject.engine.append(7777, 0, buffer(new byte[1])));
        } catch (LedgerException e) {
            return e;
        }
    }

    /** Gives back what a run that found something has left. */
    void abandon() {
        subject.disk.onOperation(null);
        if (subject.engine != null) {
            subject.engine.close();
        }
    }

    /** How many changes were refused as the disk was full. */
    int refusedAsFull() {
        return following.refusedAsFull;
    }

    /** How often the fault kept the engine from opening. */
    int failedOpens() {
        return failedOpens;
    }

    /** Ends whatever is left, in order. */
    void end() throws IOException {
        if (subject.engine != null) {
            close();
        }
    }

    private boolean isRed() {
        return subject.engine != null && subject.engine.health().status() == EngineHealth.Status.RED;
    }

    long fired() {
        return disks.fired();
    }

    long operations() {
        return disks.operations();
    }

    boolean isDeferred() {
        return subject.deferred;
    }

    List<String> trace() {
        return disks.trace();
    }

    private void requireNothingOpen() {
        require(subject.leftOpen() == null, subject.leftOpen(), null);
        requireReleased();
    }

    private void requireReleased() {
        require(subject.unreleased() == null, subject.unreleased(), null);
    }

    private void require(boolean good, String what, Throwable cause) {
        disks.require(good, what, cause);
    }
}
