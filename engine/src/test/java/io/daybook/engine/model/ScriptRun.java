package io.daybook.engine.model;

import io.daybook.engine.CorruptStoreException;
import io.daybook.engine.DiskFullException;
import io.daybook.engine.Durability;
import io.daybook.engine.EngineBusyException;
import io.daybook.engine.EngineConfig;
import io.daybook.engine.EngineFailedException;
import io.daybook.engine.EngineHealth;
import io.daybook.engine.LedgerEngine;
import io.daybook.engine.LedgerException;
import io.daybook.engine.LedgerFencedException;
import io.daybook.engine.NoSuchLedgerException;
import io.daybook.engine.ShutdownReport;
import io.daybook.engine.TestEngines;
import io.daybook.engine.WriteBatch;
import io.daybook.engine.lifecycle.Environment;
import io.daybook.journal.JournalException;
import io.daybook.storage.NoSpaceException;
import io.daybook.storage.Power;
import io.daybook.storage.SimStorage;
import io.daybook.storage.Storage;
import io.daybook.storage.StorageFault;
import io.daybook.storage.StorageOp;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;

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
    private final Rig rig;
    private final Watch watch;
    /** Null: none. */
    private final Fault fault;

    private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(true, true);
    private final MemoryIndexDouble index;
    private final boolean deferred;
    private final EngineConfig config;
    private final List<String> trace = new ArrayList<>();

    private SimStorage disk;
    private TestEngines handle;
    private LedgerEngine engine;
    private long nanos;
    private long environments;
    /** Operations of disks that are gone. */
    private long operationsBefore;

    private long firedBefore;
    private long watchedFrom;

    private ModelState base = new ModelState();
    private ModelState accepted = new ModelState();
    private ModelState acked = new ModelState();
    private List<Change> issued = new ArrayList<>();
    /** The call that is being made, null: none. */
    private Change calling;

    private int ackedAt;
    private int syncedAt;
    private final List<Sync> syncs = new ArrayList<>();
    private long changeNumber;
    private boolean failed;
    private boolean opening;
    private long firedAtOpen;
    /** Faults that fired before are over and excuse nothing any more. */
    private long excusedFrom;

    private boolean limited;
    private int failedOpens;
    private int failedEngines;
    private int manifests;
    private int refusedAsFull;

    private record Sync(CompletableFuture<Void> future, int upTo) {}

    /** On a disk of this size; nothing else fails. */
    static ScriptRun onSmallDisk(Script script, Rig rig, long capacityBytes) throws IOException {
        ScriptRun run = new ScriptRun(script, rig, null, null, false);
        run.capacity(capacityBytes);
        return run;
    }

    ScriptRun(Script script, Rig rig, Watch watch, Fault fault, boolean tracing) throws IOException {
        this.script = script;
        this.rig = rig;
        this.watch = watch;
        this.fault = fault;
        this.index = (MemoryIndexDouble) rig.indexes().make(script.seed());
        this.deferred = script.durability() == Durability.DEFERRED;
        this.config = config(script, allocator);
        SimStorage first = SimStorage.create(script.seed());
        first.tracing(tracing);
        use(first);
    }

    static EngineConfig config(Script script, UnpooledByteBufAllocator allocator) {
        return EngineConfig.builder(Path.of("/script"))
                .durability(script.durability())
                .memoryBudget(EngineConfig.MEMORY_BUDGET_MIN)
                .segmentBytes(EngineConfig.SEGMENT_BYTES_MIN)
                .entryBytesMax(ENTRY_BYTES_MAX)
                .inFlightBytesMax(256 << 10)
                .appendWaitMax(Duration.ofSeconds(30))
                .diskReserveBytes(RESERVE)
                .allocator(allocator)
                .build();
    }

    static Environment environment(
            Script script, Rig rig, SimStorage disk, MemoryIndexDouble index, long seed, Supplier<Long> nanos)
            throws IOException {
        Storage root = rig.disk().apply(disk);
        Storage journal = rig.disk().apply((SimStorage) disk.directory("journal", true));
        return new Environment(
                root,
                journal,
                index,
                nanos::get,
                new SeededRandom(seed),
                false,
                script.tailEntries(),
                TAIL_JOURNAL_BYTES,
                TAILS_MAX);
    }

    /** Does all of the script; leaves the engine as it is then. */
    void run() throws Exception {
        try {
            script.body().run(this);
            settle();
        } catch (Ended e) {
            require(fault != null || limited, "ended without a fault", e);
        }
    }

    // ---- What a script does

    void open() throws IOException {
        tryOpen();
    }

    private void tryOpen() throws IOException {
        require(engine == null, "opened twice", null);
        opening = true;
        firedAtOpen = fired();
        ModelState seen;
        try {
            handle = TestEngines.open(
                    config, environment(script, rig, disk, index, script.seed(1, ++environments), () -> nanos));
            engine = rig.engine().apply(handle.engine());
            seen = EngineView.of(engine);
        } catch (IOException | RuntimeException e) {
            failedOpen(e);
            failedOpens++;
            if (limited || fault.sticky()) {
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
        failed = false;
        excusedFrom = firedAtOpen;
        List<ModelState> matching = history().matching(seen);
        certain(matching.size() == 1 ? matching.get(0) : byBounds(matching));
    }

    private void failedOpen(Throwable e) throws IOException {
        boolean full = e instanceof NoSpaceException || e instanceof DiskFullException;
        boolean nothingYet = base.ledgers.isEmpty() && issued.isEmpty();
        boolean excused = limited && full && nothingYet
                || fault != null && !fault.isHidden() && (fault.sticky() || fired() > firedAtOpen);
        require(excused, "cannot be opened", e);
        require(
                !(e instanceof JournalException) && !(e instanceof CorruptStoreException),
                "a fault that passes is taken for damage",
                e);
        if (engine != null) {
            // Opened, and then a read failed.
            engine.close();
            engine = null;
        }
        requireNothingOpen();
    }

    /** States that look the same but will answer appends differently: the rows of the index tell which it is. */
    private ModelState byBounds(List<ModelState> states) {
        try {
            engine.flush();
        } catch (EngineFailedException e) {
            require(excusedNow(), "flush failed", e);
            throw new Ended(e);
        }
        for (ModelState state : states) {
            if (EngineView.difference(state, index.rows()) == null) {
                return state;
            }
        }
        throw problem("bounds in the index fit none of the states that look right: " + index.rows(), null);
    }

    /** Nothing that happens later takes any of this back. */
    private void certain(ModelState state) {
        base = state;
        accepted = state.copy();
        acked = state.copy();
        issued = new ArrayList<>();
        ackedAt = 0;
        syncedAt = 0;
        syncs.clear();
    }

    void close() throws IOException {
        boolean wasFailed = failed || isRed();
        if (wasFailed) {
            checkFailed();
        }
        ShutdownReport report = engine.shutdown();
        settle();
        for (Change change : issued) {
            require(change.future().isDone(), "change " + change.number() + " is never told", null);
        }
        for (Sync sync : syncs) {
            require(sync.future().isDone(), "a sync is never told", null);
        }
        engine = null;
        handle = null;
        requireNothingOpen();
        boolean clean = report.clean() && !wasFailed && !failed;
        if (!clean) {
            require(excusedNow(), "not closed in order: " + report, null);
            return;
        }
        require(ackedAt == issued.size(), "closed, and " + (issued.size() - ackedAt) + " changes are pending", null);
        syncedAt = issued.size();
        String difference = EngineView.difference(acked, index.rows());
        // On a disk that was full the index may wait for the next open.
        require(difference == null || excusedNow(), difference, null);
        certain(acked);
    }

    void kill() throws IOException {
        crash(Power.KILL);
    }

    /** Everything stops, and this much of the disk is there afterwards. */
    void crash(Power power) throws IOException {
        if (!disk.isStopped()) {
            settle();
            if (engine != null && (failed || isRed())) {
                checkFailed();
            }
        }
        History left = history().after(power != Power.KILL);
        SimStorage after = disk.crash(power);
        leave();
        ackedAt = left.acked();
        syncedAt = left.synced();
        if (power == Power.KILL) {
            index.kill();
        } else {
            index.powerLoss(new SplittableRandom(script.seed(2, environments)));
        }
        use(after);
    }

    /** The dead engine gives its memory back; its disk is gone, so it writes nothing any more. */
    private void leave() {
        disk.onOperation(null);
        if (engine != null) {
            engine.close();
        }
        engine = null;
        handle = null;
        requireReleased();
        operationsBefore += disk.operations();
        firedBefore += disk.faultsFired();
        trace.addAll(disk.trace());
    }

    private void use(SimStorage next) {
        disk = next;
        disk.onOperation(this::before);
        if (fault != null && fault.sticky() && operationsBefore >= fault.operation()) {
            disk.failAt(1, fault.fault(), true);
        }
    }

    private void before(long number, StorageOp op, String path) throws IOException {
        long all = operationsBefore + number;
        if (all >= watchedFrom && op == StorageOp.RENAME && path.contains("manifest")) {
            manifests++;
        }
        if (watch != null && all >= watchedFrom) {
            watch.before(this, all, op, path);
        }
        if (fault != null && all == fault.operation()) {
            disk.failAt(number, fault.fault(), fault.sticky());
        }
    }

    /** Power fails in the middle of the next write to a file. */
    void crashInNextWrite(String path, Power power, Runnable calls) throws IOException {
        disk.failAt(disk.operations() + 1, StorageFault.STOP, false, at -> at.contains(path));
        stopIn(calls, power);
    }

    /** Everything stops so many operations later. */
    void crashAfter(int operations, Power power, Runnable calls) throws IOException {
        disk.failAt(disk.operations() + operations, StorageFault.STOP, false);
        stopIn(calls, power);
    }

    private void stopIn(Runnable calls, Power power) throws IOException {
        try {
            calls.run();
        } catch (RuntimeException | AssertionError e) {
            if (!disk.isStopped()) {
                throw e;
            }
        }
        require(disk.isStopped() || fault != null || limited, "the crash never came", null);
        crash(power);
    }

    /** The recovery itself is cut off after so many operations. */
    void crashInOpen(int operations, Power power) throws IOException {
        disk.failAt(disk.operations() + operations, StorageFault.STOP, false);
        try {
            TestEngines dead = TestEngines.open(
                    config, environment(script, rig, disk, index, script.seed(1, ++environments), () -> nanos));
            dead.engine().close();
        } catch (IOException | RuntimeException e) {
            if (!disk.isStopped()) {
                requireNothingOpen();
                require(excusedNow(), "cannot be opened", e);
                throw new Ended(e);
            }
        }
        require(disk.isStopped() || fault != null || limited, "the open was over before it was cut off", null);
        crash(power);
    }

    void sleep(long millis) {
        nanos += millis * 1_000_000;
    }

    void pump() {
        handle.pump();
        settle();
        if (!failed && !disk.isStopped()) {
            require(ackedAt == issued.size() || isRed(), "changes are pending after all work was done", null);
        }
    }

    void sync() {
        syncs.add(new Sync(engine.sync(), issued.size()));
        settle();
    }

    void flush() {
        try {
            engine.flush();
        } catch (EngineFailedException e) {
            require(excusedNow(), "flush failed", e);
            failed = true;
        }
        settle();
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
        limited = true;
        disk.capacityBytes(bytes);
    }

    long used() throws IOException {
        return disk.totalBytes() - disk.freeBytes();
    }

    boolean hasFiles(String part) {
        return disk.files().stream().anyMatch(file -> file.contains(part));
    }

    int segments() {
        return (int) disk.files().stream()
                .filter(file -> file.startsWith("journal/segment-"))
                .count();
    }

    /** Copies of the manifest that were written whole since crashes are of interest. */
    int manifests() {
        return manifests;
    }

    /** The script is about something that must have come about, unless a fault kept it from that. */
    void mustHave(boolean happened, String what) {
        require(happened || fault != null || limited, "the script misses what it is about: " + what, null);
    }

    /** Crashes are of no interest yet. */
    void notYet() {
        watchedFrom = Long.MAX_VALUE;
    }

    /** Crashes are of interest from here on only. */
    void fromHere() {
        watchedFrom = operationsBefore + disk.operations() + 1;
    }

    /** Reads everything, which must be what was acknowledged. */
    void read() {
        String difference;
        try {
            difference = acked.difference(EngineView.of(engine));
        } catch (LedgerException e) {
            require(fault != null && fault.fault() == StorageFault.EIO_READ || excusedNow(), "read failed", e);
            return;
        }
        require(difference == null, difference, null);
    }

    // ---- Changes

    void append(long ledger, int bytes) {
        append(ledger, next(ledger), bytes);
    }

    void append(long ledger, long entry, int bytes) {
        byte[] content = content(bytes);
        accept(
                List.of(new Step(Step.Kind.ENTRY, ledger, entry, content)),
                -1,
                false,
                () -> engine.append(ledger, entry, Unpooled.wrappedBuffer(content)));
    }

    void appendAuto(long ledger, int bytes) {
        byte[] content = content(bytes);
        long id = next(ledger);
        accept(
                List.of(new Step(Step.Kind.ENTRY, ledger, id, content)),
                id,
                false,
                () -> engine.append(ledger, Unpooled.wrappedBuffer(content)));
    }

    void appendRecovery(long ledger, long entry, int bytes) {
        byte[] content = content(bytes);
        accept(
                List.of(new Step(Step.Kind.ENTRY, ledger, entry, content)),
                -1,
                true,
                () -> engine.appendRecovery(ledger, entry, Unpooled.wrappedBuffer(content)));
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
        one(new Step(Step.Kind.FENCE, ledger, 0, null), () -> engine.fence(ledger));
    }

    void confirm(long ledger, long entry) {
        one(new Step(Step.Kind.CONFIRM, ledger, entry, null), () -> engine.setLastAddConfirmed(ledger, entry));
    }

    void metadata(long ledger, int bytes) {
        byte[] content = content(bytes);
        one(
                new Step(Step.Kind.METADATA, ledger, 0, content),
                () -> engine.putMetadata(ledger, Unpooled.wrappedBuffer(content)));
    }

    void truncate(long ledger, long entry) {
        one(new Step(Step.Kind.TRUNCATE, ledger, entry, null), () -> engine.truncateAfter(ledger, entry));
    }

    void trim(long ledger, long entry) {
        one(new Step(Step.Kind.TRIM, ledger, entry, null), () -> engine.trimBefore(ledger, entry));
    }

    void delete(long ledger) {
        one(new Step(Step.Kind.DELETE, ledger, 0, null), () -> engine.delete(ledger));
    }

    /** A change of a batch. */
    Step entry(long ledger, long entry, int bytes) {
        return new Step(Step.Kind.ENTRY, ledger, entry, content(bytes));
    }

    void write(Step... steps) {
        WriteBatch batch = new WriteBatch();
        for (Step step : steps) {
            switch (step.kind()) {
                case ENTRY -> batch.append(step.ledger(), step.entry(), Unpooled.wrappedBuffer(step.bytes()));
                case METADATA -> batch.putMetadata(step.ledger(), Unpooled.wrappedBuffer(step.bytes()));
                case FENCE -> batch.fence(step.ledger());
                case CONFIRM -> batch.setLastAddConfirmed(step.ledger(), step.entry());
                case TRUNCATE -> batch.truncateAfter(step.ledger(), step.entry());
                case TRIM -> batch.trimBefore(step.ledger(), step.entry());
                case DELETE -> batch.delete(step.ledger());
            }
        }
        accept(List.of(steps), -1, false, () -> engine.write(batch));
    }

    private void one(Step step, Supplier<CompletableFuture<?>> call) {
        accept(List.of(step), -1, false, call);
    }

    private long next(long ledger) {
        ModelLedger known = accepted.get(ledger);
        return known == null ? 0 : known.nextId;
    }

    private byte[] content(int bytes) {
        byte[] content = new byte[bytes];
        new SplittableRandom(script.seed(4, changeNumber, bytes)).nextBytes(content);
        return content;
    }

    /** Makes a call that changes something: it is refused as the model says, or becomes the next change. */
    private void accept(List<Step> steps, long givenId, boolean recovery, Supplier<CompletableFuture<?>> call) {
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
            require(refusal == null, steps + " was accepted, must be refused: " + refusal, null);
            Change change = new Change(changeNumber, steps, future, givenId);
            issued.add(change);
            accepted.apply(change);
            return;
        }
        if (refused instanceof EngineFailedException) {
            require(excusedNow(), steps + " was refused", refused);
            failed = true;
            return;
        }
        if (refused instanceof DiskFullException && (excusedNow() || limited)) {
            refusedAsFull++;
            return;
        }
        if (refused instanceof EngineBusyException && excusedNow()) {
            return;
        }
        Class<?> wanted = refusal == null
                ? null
                : switch (refusal) {
                    case FENCED -> LedgerFencedException.class;
                    case NO_SUCH_LEDGER -> NoSuchLedgerException.class;
                    case BELOW_TRIM_BOUND -> IllegalArgumentException.class;
                };
        require(refused.getClass() == wanted, steps + " was refused, wanted " + wanted, refused);
    }

    private static Throwable failure(CompletableFuture<?> future) {
        if (!future.isCompletedExceptionally()) {
            return null;
        }
        try {
            future.join();
            return null;
        } catch (CompletionException e) {
            return e.getCause();
        }
    }

    /** Moves on with what was told. */
    private void settle() {
        while (ackedAt < issued.size() && issued.get(ackedAt).future().isDone()) {
            Change change = issued.get(ackedAt);
            Throwable failure = failure(change.future());
            if (failure != null) {
                require(
                        failure instanceof EngineFailedException && (excusedNow() || disk.isStopped()),
                        "change " + change.number() + " failed",
                        failure);
                failed = true;
                break;
            }
            require(
                    change.givenId() < 0
                            || change.givenId() == (Long) change.future().join(),
                    "change " + change.number() + " got another id",
                    null);
            acked.apply(change);
            ackedAt++;
        }
        for (int i = ackedAt + 1; i < issued.size(); i++) {
            Change change = issued.get(i);
            require(
                    !change.future().isDone() || failure(change.future()) != null,
                    "change " + change.number() + " was told before one that came earlier",
                    null);
        }
        syncedAt = syncedAt();
    }

    private int ackedAt() {
        int at = ackedAt;
        while (at < issued.size()
                && issued.get(at).future().isDone()
                && failure(issued.get(at).future()) == null) {
            at++;
        }
        return at;
    }

    private int syncedAt() {
        if (!deferred) {
            return ackedAt();
        }
        int at = syncedAt;
        for (Sync sync : syncs) {
            if (sync.future().isDone() && failure(sync.future()) == null) {
                at = Math.max(at, sync.upTo());
            }
        }
        return at;
    }

    /** What is promised just now, in the middle of a call too. */
    History history() {
        List<Change> all = new ArrayList<>(issued);
        if (calling != null) {
            all.add(calling);
        }
        boolean running = engine != null && !opening;
        int ackedNow = running ? ackedAt() : ackedAt;
        int syncedNow = Math.min(ackedNow, running ? syncedAt() : syncedAt);
        boolean reverted = fault != null && fault.fault() == StorageFault.EIO_SYNC_REVERTED && fired() > 0;
        return new History(base, all, reverted ? syncedNow : ackedNow, syncedNow);
    }

    CrashPoint point(long operation) {
        return new CrashPoint(operation, disk.crashClone(Power.KILL, 0), index.crashClone(), history());
    }

    // ---- The end of a run with a fault

    /** The fault goes away, and then the engine must do what it can still promise. */
    void afterFault() throws IOException {
        disk.clearFaults();
        disk.capacityBytes(1L << 50);
        if (engine == null) {
            return;
        }
        settle();
        if (isRed() || failed) {
            checkFailed();
            return;
        }
        nanos += 2_000_000_000L;
        pump();
        append(7777, 20);
        pump();
        require(ackedAt == issued.size() && !failed, "it takes no appends though nothing is wrong any more", null);
        read();
    }

    /** It refuses changes, says so, and shows what it showed before. */
    private void checkFailed() {
        failedEngines++;
        require(isRed(), "changes failed, but health is " + engine.health(), null);
        Throwable answer = refusalOfAppend();
        require(answer instanceof EngineFailedException, "an append on a failed engine", answer);
        if (!deferred && !disk.isStopped()) {
            disk.clearFaults();
            settle();
            String difference = acked.difference(EngineView.of(engine));
            require(difference == null, "a failed engine shows something else: " + difference, null);
            if (fault.sticky()) {
                disk.failAt(1, fault.fault(), true);
            }
        }
    }

    /** How many engines stopped for good. */
    int failedEngines() {
        return failedEngines;
    }

    private Throwable refusalOfAppend() {
        try {
            return failure(engine.append(7777, 0, Unpooled.wrappedBuffer(new byte[1])));
        } catch (LedgerException e) {
            return e;
        }
    }

    /** Gives back what a run that found something has left. */
    void abandon() {
        disk.onOperation(null);
        if (engine != null) {
            engine.close();
        }
    }

    /** How many changes were refused as the disk was full. */
    int refusedAsFull() {
        return refusedAsFull;
    }

    /** How often the fault kept the engine from opening. */
    int failedOpens() {
        return failedOpens;
    }

    /** Ends whatever is left, in order. */
    void end() throws IOException {
        if (engine != null) {
            close();
        }
    }

    private boolean isRed() {
        return engine != null && engine.health().status() == EngineHealth.Status.RED;
    }

    private boolean excusedNow() {
        return disk.isStopped() || fault != null && !fault.isHidden() && fired() > (fault.sticky() ? 0 : excusedFrom);
    }

    long fired() {
        return firedBefore + disk.faultsFired();
    }

    long operations() {
        return operationsBefore + disk.operations();
    }

    boolean isDeferred() {
        return deferred;
    }

    List<String> trace() {
        List<String> all = new ArrayList<>(trace);
        all.addAll(disk.trace());
        return all;
    }

    private void requireNothingOpen() {
        require(disk.openFiles().isEmpty(), "left open: " + disk.openFiles(), null);
        require(disk.locks() == 0, disk.locks() + " locks are left", null);
        requireReleased();
    }

    private void requireReleased() {
        long used = allocator.metric().usedDirectMemory() + allocator.metric().usedHeapMemory();
        require(used == 0, used + " bytes of buffers were not released", null);
    }

    private void require(boolean good, String what, Throwable cause) {
        if (!good) {
            throw problem(what, cause);
        }
    }

    private AssertionError problem(String what, Throwable cause) {
        return new AssertionError(
                "at operation " + operations() + ": " + what + (cause == null ? "" : ": " + cause), cause);
    }
}
