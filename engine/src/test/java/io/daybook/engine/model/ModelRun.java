package io.daybook.engine.model;

import io.daybook.engine.CorruptEntryException;
import io.daybook.engine.CorruptStoreException;
import io.daybook.engine.DirectoryLockedException;
import io.daybook.engine.DiskFullException;
import io.daybook.engine.Durability;
import io.daybook.engine.EngineBusyException;
import io.daybook.engine.EngineClosedException;
import io.daybook.engine.EngineConfig;
import io.daybook.engine.EngineFailedException;
import io.daybook.engine.EngineHealth;
import io.daybook.engine.EntryCursor;
import io.daybook.engine.LedgerEngine;
import io.daybook.engine.LedgerException;
import io.daybook.engine.LedgerFencedException;
import io.daybook.engine.NoSuchEntryException;
import io.daybook.engine.NoSuchLedgerException;
import io.daybook.engine.NotAStoreException;
import io.daybook.engine.ShutdownReport;
import io.daybook.engine.TestEngines;
import io.daybook.engine.UnsupportedFormatException;
import io.daybook.engine.WriteBatch;
import io.daybook.engine.lifecycle.Environment;
import io.daybook.index.IndexException;
import io.daybook.index.LedgerRow;
import io.daybook.journal.JournalException;
import io.daybook.journal.JournalTools;
import io.daybook.storage.FaultId;
import io.daybook.storage.NoSpaceException;
import io.daybook.storage.Power;
import io.daybook.storage.Rot;
import io.daybook.storage.SimStorage;
import io.daybook.storage.Storage;
import io.daybook.storage.StorageFault;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.PrimitiveIterator;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;

/**
 * One seed: random calls of the whole contract on an engine of one thread and on the model, crashes among them, everything
 * compared. All that happens depends on the seed alone.
 *
 * <p>The model is three states of the same history. {@code accepted} has every change that a call accepted, and decides what is
 * accepted next. {@code acked} has those whose futures completed, and is what readers must see. {@code synced} has those that a
 * power loss must leave; with {@link Durability#SYNC} these are the acked ones. After a crash the engine must show the state
 * after some prefix of the accepted changes that holds all of the promised ones; the run goes on from there.
 */
final class ModelRun {
    private static final long MAX_ENTRY = Long.MAX_VALUE - 1;
    private static final long[] LEDGERS = {0, 1, 2, 3, 7, 1000, Long.MAX_VALUE};
    private static final int ENTRY_BYTES_MAX = 4096;
    static final int OPERATIONS = 200;
    private static final long SLOW_NANOS = 30_000_000_000L;
    /** What a disk may hold beside what it holds, when others fill it. */
    private static final int ROOM_BYTES_MAX = 512 << 10;
    /** An open after the last fault takes fewer storage operations, or something goes round in circles. */
    private static final long OPERATIONS_TO_OPEN_MAX = 2_000;

    private final long seed;
    private final Rig rig;
    private final Totals totals;
    /** Null: none is kept. */
    private final List<String> trace;

    private final Kept kept;
    private final EnumSet<Trouble> troubles;
    /** At these operations it crashes, whatever else. */
    private final int[] crashesAt;

    /** Of the operation that is done now. */
    private SplittableRandom random;

    private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(true, true);
    private final IndexDouble index;
    private final boolean deferred;
    private final boolean waits;
    private final EngineConfig config;
    private final int tailEntries;
    private final long tailJournalBytes;
    private final int tailsMax;

    private SimStorage disk;
    private TestEngines handle;
    private LedgerEngine engine;
    private long nanos;
    private int operation;
    private int crashes;

    private ModelState accepted = new ModelState();
    private ModelState acked = new ModelState();
    private ModelState synced = new ModelState();
    /** What the engine was opened with. */
    private ModelState opened = new ModelState();

    private int ackedAt;
    private int syncedAt;
    private long changeNumber;
    /** Accepted since the last open. */
    private final List<Change> issued = new ArrayList<>();

    private final List<Sync> syncs = new ArrayList<>();
    private final List<Waiter> waiters = new ArrayList<>();
    private final List<Walk> walks = new ArrayList<>();

    /** Something was made to fail, so the engine may. */
    private boolean faulty;
    /** The index may refuse to take what is flushed at the end. */
    private boolean indexFaulty;
    /** Changes fail from now on. */
    private boolean failed;
    /** Reads may fail. */
    private boolean readsFail;
    /** The disk may be full. */
    private boolean full;
    /** Something is damaged, and not healed. */
    private boolean damaged;
    /** What is damaged may be what a recovery takes for a torn tail. */
    private boolean loose;
    /** A file that an operator has removed, null: none. */
    private Gone gone;

    private record Gone(String file, byte[] content) {}

    private record Sync(CompletableFuture<Void> future, int upTo) {}

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

    /** A cursor or an iterator of ids that is still open. */
    private static final class Walk {
        final long ledger;
        final long generation;
        final long end;
        final EntryCursor cursor;
        final PrimitiveIterator.OfLong ids;
        long at;
        /** Came out of order since this was opened: may be met or not. */
        final Set<Long> optional = new java.util.HashSet<>();

        Walk(ModelLedger of, long first, long end, EntryCursor cursor, PrimitiveIterator.OfLong ids) {
            this.ledger = of.id;
            this.generation = of.generation;
            this.at = first - 1;
            this.end = end;
            this.cursor = cursor;
            this.ids = ids;
        }
    }

    ModelRun(long seed, Rig rig, Totals totals, List<String> trace) throws IOException {
        this(seed, rig, Kept.upTo(OPERATIONS), totals, trace);
    }

    ModelRun(long seed, Rig rig, Kept kept, Totals totals, List<String> trace) throws IOException {
        this.seed = seed;
        this.kept = kept;
        this.rig = rig;
        this.totals = totals;
        this.trace = trace;
        this.random = new SplittableRandom(seed);
        this.index = rig.indexes().make(seed);
        this.troubles = Trouble.draw(random);
        int quarter = OPERATIONS / 4;
        this.crashesAt = new int[] {quarter + random.nextInt(quarter), 5 * quarter / 2 + random.nextInt(quarter)};
        this.deferred = random.nextInt(3) == 0;
        // With a full disk nothing but the clock of this machine would end a wait.
        boolean room = !troubles.contains(Trouble.NO_SPACE) && !troubles.contains(Trouble.DISK_SHRINKS);
        this.waits = random.nextInt(4) != 0 && room;
        this.config = config(random.nextBoolean());
        this.tailEntries = new int[] {8, 64, 64, 300}[random.nextInt(4)];
        this.tailJournalBytes = random.nextInt(3) == 0 ? 8 << 10 : 1 << 20;
        this.tailsMax = 2 + random.nextInt(4);
        this.disk = SimStorage.create(random.nextLong());
        this.disk.onSlowSync(() -> nanos += SLOW_NANOS);
    }

    /** Random numbers of its own for each operation, so that one that is left out changes none of the others. */
    private void begin(int number) {
        operation = number;
        long mixed = (seed + 1) * 0x9E3779B97F4A7C15L + number * 0xD1B54A32D192ED03L;
        random = new SplittableRandom(new SplittableRandom(mixed).nextLong());
        disk.reseed(random.nextLong());
    }

    private EngineConfig config(boolean small) {
        return EngineConfig.builder(Path.of("/model"))
                .durability(deferred ? Durability.DEFERRED : Durability.SYNC)
                .memoryBudget(EngineConfig.MEMORY_BUDGET_MIN)
                .segmentBytes(EngineConfig.SEGMENT_BYTES_MIN)
                .entryBytesMax(ENTRY_BYTES_MAX)
                .inFlightBytesMax(small ? 16 << 10 : 48 << 10)
                .appendWaitMax(waits ? Duration.ofSeconds(30) : Duration.ZERO)
                .diskReserveBytes(0)
                .allocator(allocator)
                .build();
    }

    /** Runs all of it; throws what it finds. */
    void run() throws Exception {
        try {
            begin(0);
            recover(false);
            for (int number = 1; number <= OPERATIONS; number++) {
                if (!kept.contains(number)) {
                    continue;
                }
                begin(number);
                totals.operations++;
                nanos += random.nextInt(8) == 0 ? random.nextInt(1_500_000_000) : random.nextInt(1_000_000);
                try {
                    step();
                    settle();
                } catch (RuntimeException | AssertionError e) {
                    if (!disk.isStopped()) {
                        throw e;
                    }
                }
                if (disk.isStopped()) {
                    crash(random.nextInt(3) == 0 ? Power.KILL : Power.ANY);
                }
            }
            begin(OPERATIONS + 1);
            finish();
            totals.fewestCrashes = Math.min(totals.fewestCrashes, crashes);
            totals.faults.add(disk.faults());
        } finally {
            if (engine != null) {
                engine.close();
            }
            index.close();
        }
    }

    // ---- What can happen

    private void step() throws IOException {
        int die = random.nextInt(984 + rig.mix().restarts);
        boolean over = random.nextInt(4) == 0;
        if (operation == crashesAt[0] || operation == crashesAt[1]) {
            crash(over ? Power.KILL : Power.ANY);
            return;
        }
        if (failed && over) {
            restart();
            return;
        }
        if (die < 250) {
            append(false);
        } else if (die < 290) {
            appendAuto();
        } else if (die < 310) {
            burst();
        } else if (die < 345) {
            append(true);
        } else if (die < 395) {
            batch();
        } else if (die < 410) {
            change(new Step(Step.Kind.FENCE, ledger(), 0, null));
        } else if (die < 440) {
            change(new Step(Step.Kind.CONFIRM, ledger(), lowId(), null));
        } else if (die < 465) {
            change(new Step(Step.Kind.METADATA, ledger(), 0, bytes(60)));
        } else if (die < 485) {
            long ledger = ledger();
            change(new Step(Step.Kind.TRUNCATE, ledger, truncation(ledger), null));
        } else if (die < 500) {
            long ledger = ledger();
            change(new Step(Step.Kind.TRIM, ledger, trim(ledger), null));
        } else if (die < 515) {
            change(new Step(Step.Kind.DELETE, ledger(), 0, null));
        } else if (die < 600) {
            pump();
        } else if (die < 615) {
            sync();
        } else if (die < 635) {
            flush();
        } else if (die < 705) {
            read();
        } else if (die < 735) {
            readLast();
        } else if (die < 775) {
            readRange();
        } else if (die < 815) {
            walk();
        } else if (die < 850) {
            step(random.nextInt(4) + 1);
        } else if (die < 900) {
            ask();
        } else if (die < 930) {
            await();
        } else if (die < 935) {
            cancel();
        } else if (die < 945) {
            misuse();
        } else if (die < 955) {
            note(() -> "the index is remembered");
            index.remember();
        } else if (die < 984) {
            fault();
        } else {
            restart();
        }
    }

    private void restart() throws IOException {
        switch (random.nextInt(3)) {
            case 0 -> {
                if (random.nextInt(3) == 0) {
                    note(() -> "armed: STOP in the close");
                    disk.failAt(disk.operations() + 1 + random.nextInt(25), StorageFault.STOP, false);
                }
                boolean healthy = !failed && !faulty && !damaged;
                close();
                if (!disk.isStopped()) {
                    if (healthy) {
                        removeFile();
                    }
                    reopen(false);
                }
            }
            case 1 -> crash(Power.KILL);
            default -> crash(Power.ANY);
        }
    }

    private void append(boolean recovery) {
        long ledger = ledger();
        long entry = entryId(ledger);
        byte[] bytes = entryBytes();
        Step step = new Step(Step.Kind.ENTRY, ledger, entry, bytes);
        if (recovery) {
            accept(List.of(step), -1, true, () -> engine.appendRecovery(ledger, entry, buffer(bytes)));
        } else if (random.nextInt(4) == 0) {
            accept(List.of(step), -1, false, () -> appendWithCallback(ledger, entry, bytes));
        } else {
            accept(List.of(step), -1, false, () -> engine.append(ledger, entry, buffer(bytes)));
        }
    }

    private CompletableFuture<?> appendWithCallback(long ledger, long entry, byte[] bytes) {
        CompletableFuture<Object> future = new CompletableFuture<>();
        engine.append(
                ledger,
                entry,
                buffer(bytes),
                (ledgerId, entryId, failure, context) -> {
                    boolean good = ledgerId == ledger && entryId == entry && context == bytes;
                    boolean first = !good
                            ? future.completeExceptionally(
                                    new AssertionError("callback for " + ledgerId + ", " + entryId))
                            : failure == null ? future.complete(null) : future.completeExceptionally(failure);
                    if (!first) {
                        future.obtrudeException(new AssertionError("callback told twice"));
                    }
                },
                bytes);
        return future;
    }

    private void appendAuto() {
        long ledger = ledger();
        ModelLedger known = accepted.get(ledger);
        long next = known == null ? 0 : known.nextId;
        byte[] bytes = entryBytes();
        if (next == Long.MAX_VALUE && !known.fenced) {
            expect(
                    attempt(() -> engine.append(ledger, buffer(bytes))),
                    IllegalArgumentException.class,
                    () -> "no id is left");
            return;
        }
        accept(
                List.of(new Step(Step.Kind.ENTRY, ledger, next, bytes)),
                next,
                false,
                () -> engine.append(ledger, buffer(bytes)));
    }

    /** Many at once, so that frames, tails and segments fill. */
    private void burst() {
        long ledger = ledger();
        int count = 2 + random.nextInt(30);
        for (int i = 0; i < count; i++) {
            ModelLedger known = accepted.get(ledger);
            long entry = known == null ? 0 : Math.min(known.nextId, MAX_ENTRY);
            byte[] bytes = entryBytes();
            accept(
                    List.of(new Step(Step.Kind.ENTRY, ledger, entry, bytes)),
                    -1,
                    false,
                    () -> engine.append(ledger, entry, buffer(bytes)));
        }
    }

    private void change(Step step) {
        accept(List.of(step), -1, false, () -> switch (step.kind()) {
            case FENCE -> engine.fence(step.ledger());
            case CONFIRM -> engine.setLastAddConfirmed(step.ledger(), step.entry());
            case METADATA -> engine.putMetadata(step.ledger(), buffer(step.bytes()));
            case TRUNCATE -> engine.truncateAfter(step.ledger(), step.entry());
            case TRIM -> engine.trimBefore(step.ledger(), step.entry());
            case DELETE -> engine.delete(step.ledger());
            case ENTRY -> engine.append(step.ledger(), step.entry(), buffer(step.bytes()));
        });
    }

    private void batch() {
        List<Step> steps = new ArrayList<>();
        WriteBatch batch = new WriteBatch();
        int count = 1 + random.nextInt(12);
        long favourite = ledger();
        for (int i = 0; i < count; i++) {
            long ledger = random.nextBoolean() ? favourite : ledger();
            int die = random.nextInt(100);
            Step.Kind kind = die < 60
                    ? Step.Kind.ENTRY
                    : die < 70
                            ? Step.Kind.METADATA
                            : die < 74
                                    ? Step.Kind.FENCE
                                    : die < 82
                                            ? Step.Kind.CONFIRM
                                            : die < 90
                                                    ? Step.Kind.TRUNCATE
                                                    : die < 95 ? Step.Kind.TRIM : Step.Kind.DELETE;
            steps.add(add(batch, kind, ledger));
        }
        accept(steps, -1, false, () -> engine.write(batch));
        if (random.nextBoolean()) {
            batch.clear();
        }
    }

    private Step add(WriteBatch batch, Step.Kind kind, long ledger) {
        Step step = new Step(
                kind,
                ledger,
                switch (kind) {
                    case ENTRY -> entryId(ledger);
                    case CONFIRM -> lowId();
                    case TRUNCATE -> truncation(ledger);
                    case TRIM -> trim(ledger);
                    default -> 0;
                },
                kind == Step.Kind.ENTRY ? bytes(300) : kind == Step.Kind.METADATA ? bytes(60) : null);
        switch (kind) {
            case ENTRY -> batch.append(ledger, step.entry(), buffer(step.bytes()));
            case METADATA -> batch.putMetadata(ledger, buffer(step.bytes()));
            case FENCE -> batch.fence(ledger);
            case CONFIRM -> batch.setLastAddConfirmed(ledger, step.entry());
            case TRUNCATE -> batch.truncateAfter(ledger, step.entry());
            case TRIM -> batch.trimBefore(ledger, step.entry());
            case DELETE -> batch.delete(ledger);
        }
        return step;
    }

    /** Makes a call that changes something: it is refused as the model says, or becomes the next change. */
    private void accept(List<Step> steps, long givenId, boolean recovery, Supplier<CompletableFuture<?>> call) {
        ModelState.Refusal refusal = accepted.refusal(steps, recovery);
        boolean wasIdle = ackedAt == issued.size();
        Object answer = attempt(call::get);
        Throwable refused = answer instanceof Throwable thrown ? thrown : failure((CompletableFuture<?>) answer);
        if (refused == null) {
            Change change = new Change(++changeNumber, steps, (CompletableFuture<?>) answer, givenId);
            issued.add(change);
            accepted.apply(change);
            totals.changes++;
            note(() -> change.number() + " accepted: " + steps);
            if (refusal != null) {
                throw fault(steps + " was accepted, must be refused: " + refusal);
            }
            return;
        }
        note(() -> "refused: " + steps + ": " + refused);
        if (refused instanceof EngineFailedException && (failed || faulty || disk.isStopped())) {
            failed = true;
            return;
        }
        if (refusal == null && refused instanceof EngineBusyException && !waits && (!wasIdle || indexFaulty || full)) {
            return;
        }
        if (refusal == null && refused instanceof DiskFullException && full) {
            totals.refusedAsFull++;
            return;
        }
        Class<?> wanted = refusal == null
                ? null
                : switch (refusal) {
                    case FENCED -> LedgerFencedException.class;
                    case NO_SUCH_LEDGER -> NoSuchLedgerException.class;
                    case BELOW_TRIM_BOUND -> IllegalArgumentException.class;
                };
        boolean thrown = answer instanceof Throwable;
        if (refused.getClass() != wanted || thrown != (refusal == ModelState.Refusal.BELOW_TRIM_BOUND)) {
            throw fault(steps + " was refused" + (thrown ? ", thrown" : "") + ", expected " + wanted, refused);
        }
    }

    private void pump() {
        note(() -> "pump");
        handle.pump();
        settle();
        if (!failed && ackedAt < issued.size()) {
            throw fault("change " + issued.get(ackedAt).number() + " is pending after all work was done");
        }
    }

    private void sync() {
        note(() -> "sync");
        Object answer = attempt(() -> engine.sync());
        if (answer instanceof CompletableFuture<?> future) {
            @SuppressWarnings("unchecked")
            CompletableFuture<Void> sync = (CompletableFuture<Void>) future;
            syncs.add(new Sync(sync, issued.size()));
        } else {
            throw fault("sync threw", (Throwable) answer);
        }
    }

    private void flush() {
        if (full) {
            // It would wait for room.
            return;
        }
        note(() -> "flush");
        Object answer = attempt(() -> {
            engine.flush();
            return null;
        });
        if (answer instanceof EngineFailedException && (faulty || disk.isStopped())) {
            failed = true;
        } else if (answer != null) {
            throw fault("flush threw", (Throwable) answer);
        }
    }

    private void fault() throws IOException {
        int die = random.nextInt(24);
        int later = 1 + random.nextInt(30);
        Trouble trouble = Trouble.values()[random.nextInt(Trouble.values().length)];
        if (die < 3) {
            note(() -> "armed: STOP");
            disk.failAt(disk.operations() + later, StorageFault.STOP, false);
        } else if (troubles.contains(trouble)) {
            note(() -> "trouble: " + trouble);
            make(trouble, later);
        }
    }

    private void make(Trouble trouble, int later) throws IOException {
        switch (trouble) {
            case SHORT_CALLS -> {
                arm(StorageFault.SHORT_WRITE, later);
                arm(random.nextBoolean() ? StorageFault.SHORT_READ : StorageFault.ZERO_READ, 1);
            }
            case INDEX_FULL -> {
                indexFaulty = true;
                index.failWrites(IndexException.Kind.NO_SPACE, 1 + random.nextInt(3));
            }
            case INDEX_FAILS -> {
                faulty = true;
                index.failWrites(IndexException.Kind.FAILED, 1);
            }
            case NO_BYTES_WRITTEN -> fail(StorageFault.ZERO_WRITE, later);
            case WRITE_FAILS -> fail(StorageFault.EIO_WRITE, later);
            case SYNC_FAILS ->
                fail(
                        switch (random.nextInt(3)) {
                            case 0 -> StorageFault.EIO_SYNC_KEPT;
                            // What is reverted may have been read in a deferred engine, which then has it no more.
                            case 1 -> deferred ? StorageFault.EIO_SYNC_KEPT : StorageFault.EIO_SYNC_REVERTED;
                            default -> StorageFault.EIO_SYNC_DIRECTORY;
                        },
                        later);
            case SYNC_FAILS_LATE -> {
                damaged = true;
                loose = true;
                fail(StorageFault.EIO_SYNC_LATE, later);
            }
            case READ_FAILS -> {
                readsFail = true;
                arm(StorageFault.EIO_READ, 1 + later / 8);
            }
            case SECTOR_FAILS -> spoil();
            case NO_SPACE -> {
                full = true;
                fail(
                        switch (random.nextInt(3)) {
                            case 0 -> StorageFault.NO_SPACE_WRITE;
                            case 1 -> StorageFault.NO_SPACE_CREATE;
                            default -> StorageFault.NO_SPACE_SYNC;
                        },
                        later);
            }
            case DISK_SHRINKS -> {
                if (full) {
                    grow();
                } else {
                    shrink();
                }
            }
            case NO_DESCRIPTORS -> {
                readsFail = true;
                fail(StorageFault.TOO_MANY_FILES, later);
            }
            case ROT -> rot();
            case SLOW_SYNC -> arm(StorageFault.SLOW_SYNC, 1 + later / 4);
            case SECOND_OPEN -> openTwice();
            case FILE_GONE, EXTRA_FILES -> {
                // Between a close and an open.
            }
        }
    }

    private void arm(StorageFault fault, int later) {
        note(() -> "armed: " + fault + " from operation " + (disk.operations() + later) + " on");
        disk.failAt(disk.operations() + later, fault, false);
    }

    /** The engine may fail of it. */
    private void fail(StorageFault fault, int later) {
        faulty = true;
        arm(fault, later);
    }

    /** Others fill the disk, so that room that was promised is gone: a write of the journal may fail. */
    private void shrink() throws IOException {
        faulty = true;
        full = true;
        long used = disk.totalBytes() - disk.freeBytes();
        disk.capacityBytes(used + random.nextInt(ROOM_BYTES_MAX));
    }

    /** There is room again, and the engine notices by itself. */
    private void grow() {
        disk.clearFaults();
        disk.capacityBytes(SimStorage.UNLIMITED_BYTES);
        nanos += 2_000_000_000L;
        pump();
        if (!failed) {
            full = false;
        }
    }

    /** Damages what is durable; mostly such that a watermark covers it, where a recovery must not take it for a torn tail. */
    private void rot() throws IOException {
        boolean covered = random.nextInt(4) != 0;
        Rot kind = Rot.values()[random.nextInt(Rot.values().length)];
        int times = 1 + random.nextInt(3);
        if (covered && !full && !indexFaulty && !failed) {
            pump();
            flush();
        }
        covered &= !full && !indexFaulty && !failed && !disk.isStopped();
        for (int i = 0; i < times && !disk.isStopped(); i++) {
            String file = someFile();
            long bytes = file == null ? 0 : disk.durableContent(file).length;
            if (bytes > 0 && disk.rot(file, kind, place(file, bytes))) {
                note(() -> kind + " in " + file);
                damaged = true;
                loose |= !covered;
            }
        }
    }

    private void spoil() throws IOException {
        String file = someFile();
        long bytes = file == null ? 0 : disk.content(file).length;
        if (bytes > 0) {
            long at = place(file, bytes);
            note(() -> "sector of " + file + " at " + at + " cannot be read");
            disk.spoil(file, at - at % 512, 512);
            readsFail = true;
            damaged = true;
        }
    }

    /** Mostly a segment, as most files are not. */
    private String someFile() {
        List<String> files = disk.files();
        List<String> segments = files.stream()
                .filter(file -> file.startsWith("journal/segment-"))
                .toList();
        List<String> from = segments.isEmpty() || random.nextInt(4) == 0 ? files : segments;
        return from.isEmpty() ? null : from.get(random.nextInt(from.size()));
    }

    /** Mostly where something is: behind it are zeros that were written ahead. */
    private long place(String file, long bytes) throws IOException {
        long most = bytes;
        if (random.nextInt(8) != 0) {
            byte[] content = disk.content(file);
            int end = content.length;
            while (end > 1 && content[end - 1] == 0) {
                end--;
            }
            most = Math.min(bytes, end);
        }
        return random.nextLong(most);
    }

    private void heal() {
        disk.heal();
        damaged = false;
        readsFail = false;
    }

    private void openTwice() throws IOException {
        Environment second = environment(false);
        Object answer = attempt(() -> {
            try {
                return TestEngines.open(config, second);
            } catch (IOException e) {
                return e;
            }
        });
        if (!disk.isStopped()) {
            expect(answer, DirectoryLockedException.class, () -> "a second open");
            totals.faults.add(FaultId.F16);
        }
    }

    private void misuse() {
        byte[] tooLong = new byte[ENTRY_BYTES_MAX + 1];
        long ledger = ledger();
        Object answer = attempt(() -> switch (random.nextInt(9)) {
            case 0 -> engine.append(-1, 0, buffer(new byte[1]));
            case 1 -> engine.append(ledger, Long.MAX_VALUE, buffer(new byte[1]));
            case 2 -> engine.append(ledger, 0, buffer(tooLong));
            case 3 -> engine.read(ledger, -1);
            case 4 -> engine.truncateAfter(ledger, -2);
            case 5 -> engine.write(new WriteBatch());
            case 6 -> engine.write(new WriteBatch().append(ledger, 0, buffer(tooLong)));
            case 7 -> engine.read(ledger, 0, 0, 1);
            default -> {
                ByteBuf released = buffer(new byte[1]);
                released.release();
                yield engine.append(ledger, 0, released);
            }
        });
        expect(answer, IllegalArgumentException.class, () -> "misuse");
    }

    // ---- Reads

    private void read() {
        long ledger = ledger();
        long entry = readId(ledger);
        Object answer = attempt(() -> taken(engine.read(ledger, entry)));
        ModelLedger known = seen(ledger);
        note(() -> "read(" + ledger + ", " + entry + ") " + describe(answer));
        expectEntry(answer, known, entry, () -> "read of ledger " + ledger + ", entry " + entry);
    }

    private void readLast() {
        long ledger = ledger();
        Object answer = attempt(() -> taken(engine.readLast(ledger)));
        ModelLedger known = seen(ledger);
        note(() -> "readLast(" + ledger + ") " + describe(answer));
        expectEntry(answer, known, known == null ? 0 : known.last(), () -> "readLast of ledger " + ledger);
    }

    private void expectEntry(Object answer, ModelLedger known, long entry, Supplier<String> what) {
        if (known == null) {
            expect(answer, NoSuchLedgerException.class, what);
            return;
        }
        byte[] wanted = known.entries.get(entry);
        if (wanted == null) {
            expect(answer, NoSuchEntryException.class, what);
        } else if (!(answer instanceof byte[] got)) {
            if (!isExcused((Throwable) answer)) {
                throw fault(what.get() + " is wanted: " + ModelLedger.text(wanted), (Throwable) answer);
            }
        } else if (!Arrays.equals(wanted, got)) {
            throw fault(what.get() + " gave " + ModelLedger.text(got) + ", wanted " + ModelLedger.text(wanted));
        }
    }

    /** Whether a read may throw this for an entry that is there. */
    private boolean isExcused(Throwable thrown) {
        if (thrown instanceof CorruptEntryException && damaged) {
            if (!thrown.getMessage().matches("(?s)entry [0-9]+ of ledger [0-9]+ is damaged: .* in .+ at [0-9]+.*")) {
                throw fault("damage without its place", thrown);
            }
            totals.corruptReads++;
            return true;
        }
        if (thrown instanceof EngineFailedException && readsFail) {
            totals.failedReads++;
            return true;
        }
        return false;
    }

    private void readRange() {
        long ledger = ledger();
        long first = readId(ledger);
        int most = 1 + random.nextInt(20);
        long bytesMax = random.nextBoolean() ? Long.MAX_VALUE : 1 + random.nextInt(2000);
        Object answer = attempt(() -> {
            List<byte[]> all = new ArrayList<>();
            for (ByteBuf each : engine.read(ledger, first, most, bytesMax)) {
                all.add(taken(each));
            }
            return all;
        });
        ModelLedger known = seen(ledger);
        Supplier<String> what = () -> "read(" + ledger + ", " + first + ", " + most + ", " + bytesMax + ")";
        note(what);
        if (known == null) {
            expect(answer, NoSuchLedgerException.class, what);
            return;
        }
        if (!(answer instanceof List<?> got)) {
            if (known.entries.tailMap(first, true).isEmpty() || !isExcused((Throwable) answer)) {
                throw fault(what.get() + " failed", (Throwable) answer);
            }
            return;
        }
        int at = 0;
        long sum = 0;
        for (byte[] wanted : known.entries.tailMap(first, true).values()) {
            sum += wanted.length;
            if (at == most || sum > bytesMax && at > 0) {
                break;
            }
            if (at == got.size() && at > 0 && damaged) {
                // The next one is damaged, and the call that begins there says so.
                return;
            }
            if (at == got.size() || !Arrays.equals(wanted, (byte[]) got.get(at))) {
                throw fault(what.get() + " is wrong at place " + at);
            }
            at++;
        }
        if (at != got.size()) {
            throw fault(what.get() + " gave " + got.size() + " entries, wanted " + at);
        }
    }

    /** Opens a cursor or an iterator, and goes on with it now and perhaps later. */
    private void walk() {
        long ledger = ledger();
        boolean cursor = random.nextInt(3) != 0;
        long first = cursor && random.nextBoolean() ? readId(ledger) : 0;
        long end = cursor && random.nextBoolean() ? Math.max(-1, readId(ledger)) : MAX_ENTRY;
        Object answer = attempt(() -> cursor ? engine.scan(ledger, first, end) : engine.entries(ledger));
        ModelLedger known = seen(ledger);
        note(() -> (cursor ? "scan(" : "entries(") + ledger + ", " + first + ", " + end + ")");
        if (known == null) {
            expect(answer, NoSuchLedgerException.class, () -> "scan of ledger " + ledger);
            return;
        }
        if (answer instanceof Throwable thrown) {
            throw fault("scan failed", thrown);
        }
        Walk walk = new Walk(
                known,
                first,
                end,
                cursor ? (EntryCursor) answer : null,
                cursor ? null : (PrimitiveIterator.OfLong) answer);
        if (walks.size() == 4) {
            end(walks.remove(0));
        }
        walks.add(walk);
        int steps = random.nextBoolean() ? readsFail ? 40 : Integer.MAX_VALUE : random.nextInt(6);
        boolean more = true;
        for (int i = 0; i < steps && more; i++) {
            more = advance(walk);
        }
        if (!more && (!cursor || random.nextBoolean())) {
            walks.remove(walk);
            end(walk);
        }
    }

    private void step(int steps) {
        if (walks.isEmpty()) {
            return;
        }
        Walk walk = walks.get(random.nextInt(walks.size()));
        boolean more = true;
        for (int i = 0; i < steps && more; i++) {
            more = advance(walk);
        }
        if (!more && (walk.cursor == null || random.nextInt(3) == 0) || random.nextInt(10) == 0) {
            walks.remove(walk);
            end(walk);
        }
    }

    private static void end(Walk walk) {
        if (walk.cursor != null) {
            walk.cursor.close();
        }
    }

    /** One step of a walk; false at its end. */
    private boolean advance(Walk walk) {
        Object answer = attempt(() -> {
            if (walk.cursor != null) {
                return walk.cursor.next() ? walk.cursor.entryId() : -1L;
            }
            return walk.ids.hasNext() ? walk.ids.nextLong() : -1L;
        });
        ModelLedger known = seen(walk.ledger);
        Supplier<String> what = () -> "step behind " + walk.at + " up to " + walk.end + " in ledger " + walk.ledger;
        note(() -> what.get() + " " + describe(answer));
        if (known == null || known.generation != walk.generation) {
            expect(answer, NoSuchLedgerException.class, what);
            return false;
        }
        boolean corrupt = answer instanceof CorruptEntryException;
        if (answer instanceof Throwable thrown && (walk.cursor == null || !isExcused(thrown))) {
            throw fault(what.get() + " failed", thrown);
        }
        if (answer instanceof EngineFailedException) {
            // The next step tries again.
            return true;
        }
        long got = corrupt ? walk.cursor.entryId() : (Long) answer;
        long met = -1;
        if (walk.at < walk.end) {
            for (long id :
                    known.entries.subMap(walk.at + 1, true, walk.end, true).keySet()) {
                if (id == got || !walk.optional.contains(id)) {
                    met = id;
                    break;
                }
            }
        }
        if (met != got) {
            throw fault(what.get() + " met " + got + ", wanted " + met + " of " + known.entries.keySet() + ", optional "
                    + walk.optional);
        }
        if (got < 0) {
            return false;
        }
        walk.at = got;
        if (walk.cursor != null && !corrupt && !Arrays.equals(known.entries.get(got), copy(walk.cursor.entry()))) {
            throw fault(what.get() + " met " + got + " with " + ModelLedger.text(copy(walk.cursor.entry()))
                    + ", wanted " + ModelLedger.text(known.entries.get(got)));
        }
        return true;
    }

    private void ask() {
        long ledger = ledger();
        int which = random.nextInt(8);
        Object answer = attempt(() -> switch (which) {
            case 0 -> engine.exists(ledger);
            case 1 -> engine.entryCount(ledger);
            case 2 -> engine.firstEntryId(ledger);
            case 3 -> engine.lastEntryId(ledger);
            case 4 -> engine.isFenced(ledger);
            case 5 -> engine.lastAddConfirmed(ledger);
            case 6 -> engine.metadata(ledger).map(ModelRun::taken);
            default -> engine.ledgers().boxed().toList();
        });
        ModelLedger known = seen(ledger);
        Supplier<String> what = () -> "question " + which + " about ledger " + ledger;
        note(() -> what.get() + " " + describe(answer));
        if (which == 7) {
            same(answer, List.copyOf(acked.ledgers.keySet()), () -> "ledgers");
        } else if (which == 0) {
            same(answer, known != null, what);
        } else if (known == null) {
            expect(answer, NoSuchLedgerException.class, what);
        } else if (which == 6) {
            byte[] got = (byte[]) ((Optional<?>) value(answer, what)).orElse(null);
            if (!Arrays.equals(got, known.metadata)) {
                throw fault(
                        what.get() + " gave " + ModelLedger.text(got) + ", wanted " + ModelLedger.text(known.metadata));
            }
        } else {
            same(
                    answer,
                    switch (which) {
                        case 1 -> (long) known.entries.size();
                        case 2 -> optional(known.first());
                        case 3 -> optional(known.last());
                        case 4 -> known.fenced;
                        default -> known.lastAddConfirmed;
                    },
                    what);
        }
    }

    private static OptionalLong optional(long id) {
        return id == ModelLedger.NONE ? OptionalLong.empty() : OptionalLong.of(id);
    }

    private void await() {
        long ledger = ledger();
        boolean forEntry = random.nextBoolean();
        ModelLedger before = acked.get(ledger);
        long now = before == null ? -1 : forEntry ? before.last() : before.lastAddConfirmed;
        long after = Math.max(-1, above(now, random.nextInt(8) - 2));
        Object answer = attempt(
                () -> forEntry ? engine.awaitEntry(ledger, after) : engine.awaitLastAddConfirmed(ledger, after));
        ModelLedger known = seen(ledger);
        note(() -> "await " + (forEntry ? "entry" : "last add confirmed") + " of " + ledger + " after " + after);
        if (known == null) {
            expect(answer, NoSuchLedgerException.class, () -> "await of ledger " + ledger);
            return;
        }
        if (!(answer instanceof CompletableFuture<?> future)) {
            throw fault("await failed", (Throwable) answer);
        }
        @SuppressWarnings("unchecked")
        Waiter waiter = new Waiter(ledger, known.generation, forEntry, after, (CompletableFuture<Long>) future);
        if (failed) {
            if (!future.isDone()) {
                throw fault("waits on a failed engine");
            }
            return;
        }
        decide(waiter);
        waiters.add(waiter);
    }

    /** Whether a waiter's time has come, by the acked state. */
    private void decide(Waiter waiter) {
        ModelLedger known = acked.get(waiter.ledger);
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

    private void cancel() {
        if (!waiters.isEmpty()) {
            Waiter waiter = waiters.remove(random.nextInt(waiters.size()));
            note(() -> "cancel of a waiter");
            waiter.future.cancel(false);
        }
    }

    // ---- Following the engine

    /** Moves the acked state on with what was told, and checks those who wait. */
    private void settle() {
        failed |= faulty && engine.health().status() == EngineHealth.Status.RED;
        while (ackedAt < issued.size()) {
            Change change = issued.get(ackedAt);
            if (!change.future().isDone()) {
                break;
            }
            Throwable failure = failure(change.future());
            if (failure != null) {
                if (!(failure instanceof EngineFailedException) || !(faulty || disk.isStopped())) {
                    throw fault("change " + change.number() + " failed", failure);
                }
                failed = true;
                break;
            }
            if (change.givenId() >= 0 && (Long) change.future().join() != change.givenId()) {
                throw fault("change " + change.number() + " got id "
                        + change.future().join() + ", wanted " + change.givenId());
            }
            acknowledge(change);
            ackedAt++;
        }
        for (int i = ackedAt + 1; i < issued.size(); i++) {
            if (issued.get(i).future().isDone() && failure(issued.get(i).future()) == null) {
                throw fault("change " + issued.get(i).number() + " was told before "
                        + issued.get(ackedAt).number());
            }
        }
        checkSyncs();
        checkWaiters();
    }

    private void acknowledge(Change change) {
        for (int i = 0; i < change.steps().size(); i++) {
            Step step = change.steps().get(i);
            if (step.kind() == Step.Kind.ENTRY && !walks.isEmpty()) {
                cameOutOfOrder(step);
            }
            acked.apply(change, i);
        }
        for (Waiter waiter : waiters) {
            if (!waiter.over && change.touches(waiter.ledger)) {
                decide(waiter);
            }
        }
    }

    private void cameOutOfOrder(Step step) {
        ModelLedger ledger = acked.get(step.ledger());
        if (ledger != null && step.entry() < ledger.last() && !ledger.entries.containsKey(step.entry())) {
            for (Walk walk : walks) {
                if (walk.ledger == ledger.id) {
                    walk.optional.add(step.entry());
                }
            }
        }
    }

    private void checkSyncs() {
        for (Iterator<Sync> all = syncs.iterator(); all.hasNext(); ) {
            Sync sync = all.next();
            if (!sync.future().isDone()) {
                continue;
            }
            all.remove();
            Throwable failure = failure(sync.future());
            if (failure != null) {
                if (!failed && !faulty && !disk.isStopped()) {
                    throw fault("sync failed", failure);
                }
                continue;
            }
            if (sync.upTo() > ackedAt) {
                throw fault("sync is done, change " + issued.get(ackedAt).number() + " before it is not");
            }
            if (deferred) {
                for (; syncedAt < sync.upTo(); syncedAt++) {
                    synced.apply(issued.get(syncedAt));
                }
            }
        }
    }

    private void checkWaiters() {
        for (Iterator<Waiter> all = waiters.iterator(); all.hasNext(); ) {
            Waiter waiter = all.next();
            Supplier<String> what = () -> "waiter for " + (waiter.forEntry ? "entry" : "last add confirmed")
                    + " of ledger " + waiter.ledger + " after " + waiter.after;
            if (waiter.over != waiter.future.isDone()) {
                if (failed) {
                    all.remove();
                    continue;
                }
                throw fault(what
                        + (waiter.over
                                ? " is not told " + waiter.value
                                : " was told too early: " + describe(attempt(waiter.future::join))));
            }
            if (waiter.over) {
                all.remove();
                Throwable failure = failure(waiter.future);
                if (waiter.value == null) {
                    if (!(failure instanceof NoSuchLedgerException)) {
                        throw fault(what.get() + " must be told of the deletion, was told " + waiter.future, failure);
                    }
                } else if (failure != null || !waiter.future.join().equals(waiter.value)) {
                    throw fault(what.get() + " was told " + waiter.future + " "
                            + (failure == null ? waiter.future.join() : failure) + ", wanted " + waiter.value);
                }
            }
        }
    }

    /** The ledger as a reader must have seen it just now. */
    private ModelLedger seen(long ledger) {
        settle();
        boolean unknown = acked.get(ledger) == null && accepted.get(ledger) == null;
        if (deferred && !failed && !faulty && !disk.isStopped() && !unknown) {
            for (int i = ackedAt; i < issued.size(); i++) {
                if (issued.get(i).touches(ledger)) {
                    throw fault("change " + issued.get(i).number() + " of ledger " + ledger
                            + " was accepted and is not visible");
                }
            }
        }
        return acked.get(ledger);
    }

    // ---- Ends and beginnings

    private Environment environment() throws IOException {
        return environment(true);
    }

    private Environment environment(boolean create) throws IOException {
        Storage root = rig.disk().apply(disk);
        Storage journal = rig.disk().apply((SimStorage) disk.directory("journal", create));
        return new Environment(
                root,
                journal,
                index,
                () -> nanos,
                new SeededRandom(random.nextLong()),
                false,
                tailEntries,
                tailJournalBytes,
                tailsMax);
    }

    /** Closes in order. */
    private void close() throws IOException {
        note(() -> "close");
        totals.cleanCloses++;
        ShutdownReport report = engine.shutdown();
        settleAtEnd();
        if (disk.isStopped()) {
            return;
        }
        boolean healthy = !failed && !faulty;
        if (healthy && ackedAt < issued.size()) {
            throw fault("closed, and change " + issued.get(ackedAt).number() + " is pending");
        }
        if (healthy && !indexFaulty && !report.clean()) {
            throw fault("not closed in order: " + report);
        }
        for (Walk walk : walks) {
            Object answer = attempt(() -> walk.cursor != null ? walk.cursor.next() : walk.ids.hasNext());
            expect(answer, EngineClosedException.class, () -> "step after the close");
        }
        expect(attempt(() -> engine.read(0, 0)), EngineClosedException.class, () -> "read after the close");
        expect(
                attempt(() -> engine.append(0, 0, buffer(new byte[1]))),
                EngineClosedException.class,
                () -> "append closed");
        released();
        if (!disk.openFiles().isEmpty() || disk.locks() != 0) {
            throw fault("left open: " + disk.openFiles() + ", " + disk.locks() + " locks");
        }
        if (healthy && !indexFaulty) {
            checkRows();
        }
    }

    /** Futures are told for the last time: by the close or by the failure of what was killed. */
    private void settleAtEnd() {
        for (Waiter waiter : waiters) {
            if (!waiter.future.isDone()) {
                throw fault("a waiter is forgotten by the close");
            }
        }
        List<Waiter> ended = new ArrayList<>(waiters);
        waiters.clear();
        boolean wasFaulty = faulty;
        faulty = true;
        settle();
        faulty = wasFaulty;
        for (Change change : issued) {
            if (!change.future().isDone()) {
                throw fault("change " + change.number() + " is never told");
            }
        }
        for (Sync sync : syncs) {
            throw fault("a sync is never told: " + sync);
        }
        ended.clear();
    }

    private void released() {
        for (Walk walk : walks) {
            end(walk);
        }
        walks.clear();
        long used = allocator.metric().usedDirectMemory() + allocator.metric().usedHeapMemory();
        if (used != 0) {
            throw fault(used + " bytes of buffers were not released");
        }
    }

    /** What the index says of ledgers after an orderly close is what the model says. */
    private void checkRows() throws IOException {
        List<LedgerRow> rows = index.rows();
        if (rows.size() != acked.ledgers.size()) {
            throw fault("index has " + rows.size() + " ledgers, wanted " + acked.ledgers.keySet());
        }
        long bytes = 0;
        for (LedgerRow row : rows) {
            ModelLedger ledger = acked.get(row.ledgerId());
            bytes += ledger == null ? 0 : ledger.bytes();
            if (ledger == null
                    || row.fenced() != ledger.fenced
                    || row.lastAddConfirmed() != ledger.lastAddConfirmed
                    || row.trimBound() != ledger.trimBound
                    || row.nextEntryId() != ledger.nextId
                    || row.firstEntryId() != ledger.first()
                    || row.lastEntryId() != ledger.last()
                    || row.entryCount() != ledger.entries.size()
                    || row.bytes() != ledger.bytes()
                    || !Arrays.equals(row.metadata(), ledger.metadata)) {
                throw fault("row " + row + ", wanted "
                        + (ledger == null
                                ? "none"
                                : ledger.entries.keySet() + ", next " + ledger.nextId + ", trim " + ledger.trimBound
                                        + ", " + ledger.bytes() + " bytes"));
            }
        }
        long live = index.liveBytes();
        if (live >= 0 && live != bytes) {
            throw fault("index counts " + live + " live bytes, wanted " + bytes);
        }
    }

    /** The process or the machine stops here. */
    private void crash(Power power) throws IOException {
        crashes++;
        if (!disk.isStopped()) {
            settle();
        }
        note(() -> "crash: " + power);
        boolean lost = power != Power.KILL;
        SimStorage after = disk.crash(power);
        stopped(lost);
        disk = after;
        reopen(lost);
    }

    /** The dead engine gives its memory back; it cannot write any more, as its disk is gone. */
    private void stopped(boolean lost) throws IOException {
        if (lost) {
            totals.powerLosses++;
        } else {
            totals.kills++;
        }
        LedgerEngine dead = engine;
        if (dead != null) {
            dead.close();
            settleAtEnd();
        }
        engine = null;
        handle = null;
        released();
        if (lost) {
            index.powerLoss(random);
        } else {
            index.kill();
        }
    }

    private void reopen(boolean lost) throws IOException {
        int die = random.nextInt(100);
        if (die < 8) {
            note(() -> "the index is lost");
            totals.indexesLost++;
            totals.faults.add(FaultId.F17);
            index.lose();
        } else if (die < 20 && index.setBack(random)) {
            note(() -> "the index is set back");
            totals.indexesSetBack++;
            totals.faults.add(FaultId.F17);
        }
        addFiles();
        recover(lost);
        if (random.nextInt(10) == 0) {
            // Right behind a recovery, before anything else was written.
            crash(random.nextInt(3) == 0 ? Power.KILL : Power.ANY);
        }
    }

    /** Somebody takes a file away, between a close in order and an open. */
    private void removeFile() throws IOException {
        int die = random.nextInt(4);
        String file = someFile();
        if (die == 0 && file != null && troubles.contains(Trouble.FILE_GONE)) {
            note(() -> "gone: " + file);
            gone = new Gone(file, disk.content(file));
            disk.remove(file);
            totals.faults.add(FaultId.F17);
        }
    }

    /** Somebody leaves files that are none of the store's. */
    private void addFiles() throws IOException {
        int die = random.nextInt(16);
        byte[] junk = bytes(300);
        if (die < 2 && troubles.contains(Trouble.EXTRA_FILES)) {
            long id = 1_000_000 + random.nextInt(1000);
            String file = die == 0 ? "journal/notes.txt" : "journal/segment-" + String.format("%010d", id) + ".journal";
            note(() -> "extra file " + file);
            disk.put(file, junk);
            totals.faults.add(FaultId.F17);
        }
    }

    private void recover(boolean lostPower) throws IOException {
        boolean lost = lostPower || faulty;
        disk.clearFaults();
        if (random.nextBoolean()) {
            disk.capacityBytes(SimStorage.UNLIMITED_BYTES);
        }
        ModelState seen = null;
        for (int attempt = 0; seen == null; attempt++) {
            long before = disk.faultsFired();
            boolean excused = attempt < 3 && armForOpen();
            engine = null;
            try {
                handle = TestEngines.open(config, environment());
                engine = rig.engine().apply(handle.engine());
                if (excused) {
                    disk.clearFaults();
                }
                seen = observe();
            } catch (IOException | RuntimeException | AssertionError e) {
                if (!disk.isStopped()) {
                    notOpened(e, excused && disk.faultsFired() > before);
                }
            }
            if (disk.isStopped()) {
                Power power = random.nextBoolean() ? Power.KILL : Power.ANY;
                note(() -> "crash during recovery: " + power);
                totals.crashesAtOpen++;
                boolean again = power != Power.KILL;
                lost |= again;
                SimStorage after = disk.crash(power);
                stopped(again);
                disk = after;
                seen = null;
            }
        }
        disk.clearFaults();
        disk.capacityBytes(SimStorage.UNLIMITED_BYTES);
        totals.failures += faulty && failed ? 1 : 0;
        failed = false;
        faulty = false;
        indexFaulty = false;
        full = false;
        gone = null;
        match(seen, lost);
        if (damaged && random.nextBoolean()) {
            note(() -> "healed");
            heal();
        }
        readsFail = damaged;
    }

    /** Arms what shall meet the open; whether it is something that the open may fail of and that passes. */
    private boolean armForOpen() {
        int die = random.nextInt(24);
        int later = 1 + random.nextInt(60);
        if (die < 3) {
            disk.failAt(disk.operations() + later, StorageFault.STOP, false);
            return false;
        }
        StorageFault fault = switch (die) {
            case 3 -> troubles.contains(Trouble.READ_FAILS) ? StorageFault.EIO_READ : null;
            case 4 -> troubles.contains(Trouble.NO_DESCRIPTORS) ? StorageFault.TOO_MANY_FILES : null;
            case 5 -> troubles.contains(Trouble.NO_SPACE) ? StorageFault.NO_SPACE_WRITE : null;
            case 6 -> troubles.contains(Trouble.NO_SPACE) ? StorageFault.NO_SPACE_CREATE : null;
            case 7 -> troubles.contains(Trouble.WRITE_FAILS) ? StorageFault.EIO_WRITE : null;
            case 8 -> troubles.contains(Trouble.SYNC_FAILS) ? StorageFault.EIO_SYNC_KEPT : null;
            case 9 -> troubles.contains(Trouble.SYNC_FAILS) ? StorageFault.EIO_SYNC_DIRECTORY : null;
            default -> null;
        };
        if (fault != null) {
            arm(fault, later);
        }
        return fault != null;
    }

    /** An open was refused or failed: what the model allows of that, and what is put right before the next. */
    private void notOpened(Throwable e, boolean excused) throws IOException {
        note(() -> "not opened: " + e);
        boolean refused = e instanceof JournalException damage && damage.kind() == JournalException.Kind.DAMAGED
                || e instanceof CorruptStoreException;
        boolean noRoom = e instanceof NoSpaceException && disk.totalBytes() < SimStorage.UNLIMITED_BYTES;
        boolean unread = e instanceof IOException && !refused && damaged;
        boolean another = e instanceof NotAStoreException || e instanceof UnsupportedFormatException;
        if (e instanceof AssertionError
                || another
                || !(refused && (damaged || gone != null) || excused || noRoom || unread)) {
            throw fault("cannot be opened: " + e.getMessage(), e);
        }
        if (refused && !damaged && gone == null) {
            throw fault("what passes is taken for damage: " + e.getMessage(), e);
        }
        if (engine != null) {
            throw fault("opened, and a read failed: " + e.getMessage(), e);
        }
        if (!disk.openFiles().isEmpty() || disk.locks() != 0) {
            throw fault("left open by a failed open: " + disk.openFiles() + ", " + disk.locks() + " locks", e);
        }
        if (refused) {
            totals.refusals++;
            place(e);
        } else {
            totals.failedOpens++;
        }
        disk.clearFaults();
        if (noRoom) {
            disk.capacityBytes(SimStorage.UNLIMITED_BYTES);
        }
        if (refused || unread) {
            heal();
            if (gone != null) {
                disk.put(gone.file(), gone.content());
                gone = null;
            }
        }
    }

    /** A refusal names a file and, where there is one, the offset. */
    private void place(Throwable refusal) {
        boolean named = refusal.getMessage().matches("(?s).*(segment-[0-9]+\\.journal|manifest-[12]|STORE).*");
        boolean at = refusal.getMessage().matches("(?s).* at [0-9]+.*|.*missing.*|.*belongs to.*");
        if (!named || !at) {
            throw fault("a refusal without a place: " + refusal.getMessage(), refusal);
        }
    }

    /** Finds the prefix of the accepted changes that the engine shows, and goes on from there. */
    private void match(ModelState seen, boolean lost) {
        boolean bySync = deferred && lost;
        int from = loose ? 0 : bySync ? syncedAt : ackedAt;
        ModelState candidate = loose ? opened.copy() : bySync ? synced : acked;
        ModelState found = null;
        int foundAt = -1;
        List<ModelState> others = new ArrayList<>();
        Set<Long> unlike = candidate.unlike(seen);
        for (int k = from; k <= issued.size(); k++) {
            if (k > from) {
                candidate.apply(issued.get(k - 1));
                candidate.recheck(issued.get(k - 1), seen, unlike);
            }
            if (!unlike.isEmpty()) {
                continue;
            }
            if (found == null) {
                found = k == issued.size() ? candidate : candidate.copy();
                foundAt = k;
            } else if (!candidate.sameBounds(found)) {
                others.add(candidate.copy());
            }
        }
        if (found == null) {
            throw fault("what was recovered is no prefix of what was accepted:" + differences(from, seen));
        }
        if (!others.isEmpty()) {
            found = byBounds(found, others);
        }
        totals.indeterminate += issued.size() - from;
        totals.survivors += foundAt - from;
        long last = foundAt == 0 ? 0 : issued.get(foundAt - 1).number();
        note(() -> "recovered up to change " + last + " of " + changeNumber);
        acked = found;
        accepted = found.copy();
        // All that was found is sealed now, or was copied: what is damaged of it is no torn tail.
        loose = false;
        opened = found.copy();
        synced = deferred ? found.copy() : synced;
        issued.clear();
        ackedAt = 0;
        syncedAt = 0;
    }

    /** How each prefix of the accepted changes, from one on, differs from what was seen. */
    private String differences(int from, ModelState seen) {
        StringBuilder differences = new StringBuilder();
        ModelState prefix = opened.copy();
        for (int k = 0; k <= issued.size(); k++) {
            if (k > 0) {
                prefix.apply(issued.get(k - 1));
            }
            if (k >= from) {
                differences
                        .append("\n  after change ")
                        .append(k == 0 ? "none" : issued.get(k - 1).number())
                        .append(": ")
                        .append(prefix.difference(seen));
            }
        }
        return differences.toString();
    }

    /** States that look the same, but will answer appends differently: the rows of the index tell which it is. */
    private ModelState byBounds(ModelState first, List<ModelState> others) {
        engine.flush();
        try {
            ModelState rows = new ModelState();
            for (LedgerRow row : index.rows()) {
                ModelLedger ledger = new ModelLedger(row.ledgerId(), 0);
                ledger.trimBound = row.trimBound();
                ledger.nextId = row.nextEntryId();
                rows.ledgers.put(ledger.id, ledger);
            }
            if (first.sameBounds(rows)) {
                return first;
            }
            for (ModelState other : others) {
                if (other.sameBounds(rows)) {
                    return other;
                }
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        throw fault("bounds in the index fit no prefix of what was accepted: "
                + attempt(() -> {
                    try {
                        return index.rows();
                    } catch (IOException e) {
                        throw new java.io.UncheckedIOException(e);
                    }
                }));
    }

    /** Everything that can be asked of an engine; where something cannot be read for damage, that is undone and all is asked again. */
    private ModelState observe() {
        boolean[] unread = new boolean[1];
        ModelState seen = look(unread);
        if (unread[0]) {
            note(() -> "healed, as something cannot be read");
            heal();
            unread[0] = false;
            seen = look(unread);
        }
        return seen;
    }

    private ModelState look(boolean[] unread) {
        ModelState seen = new ModelState();
        long before = -1;
        for (long id : engine.ledgers().toArray()) {
            if (id <= before) {
                throw fault("ledgers are not ascending at " + id);
            }
            before = id;
            ModelLedger ledger = new ModelLedger(id, 0);
            unread[0] |= scan(ledger);
            ledger.fenced = engine.isFenced(id);
            ledger.lastAddConfirmed = engine.lastAddConfirmed(id);
            ledger.metadata = engine.metadata(id).map(ModelRun::taken).orElse(null);
            if (!unread[0]) {
                consistent(ledger);
            }
            seen.ledgers.put(id, ledger);
        }
        return seen;
    }

    /** Reads all entries of a ledger; whether one could not be read. */
    private boolean scan(ModelLedger ledger) {
        boolean unread = false;
        try (EntryCursor cursor = engine.scan(ledger.id, 0, MAX_ENTRY)) {
            boolean more = true;
            while (more) {
                try {
                    more = cursor.next();
                    if (more) {
                        ledger.entries.put(cursor.entryId(), copy(cursor.entry()));
                    }
                } catch (CorruptEntryException | EngineFailedException e) {
                    if (disk.isStopped() || !damaged || !isExcused(e)) {
                        throw e;
                    }
                    unread = true;
                    if (e instanceof EngineFailedException) {
                        // It fails again and again.
                        return true;
                    }
                }
            }
        }
        return unread;
    }

    /** Ways to ask the same must give the same. */
    private void consistent(ModelLedger ledger) {
        Supplier<String> what = () -> "ledger " + ledger.id + " with " + ledger.entries.keySet();
        same(engine.exists(ledger.id), true, () -> what.get() + " exists");
        same(engine.entryCount(ledger.id), (long) ledger.entries.size(), () -> what.get() + " count");
        same(engine.firstEntryId(ledger.id), optional(ledger.first()), () -> what.get() + " first");
        same(engine.lastEntryId(ledger.id), optional(ledger.last()), () -> what.get() + " last");
        PrimitiveIterator.OfLong ids = engine.entries(ledger.id);
        for (long id : ledger.entries.keySet()) {
            if (!ids.hasNext() || ids.nextLong() != id) {
                throw fault(what.get() + ": entries() is wrong at " + id);
            }
        }
        same(ids.hasNext(), false, () -> what.get() + " has more entries");
        Iterator<Long> some = ledger.entries.keySet().iterator();
        while (some.hasNext()) {
            long id = some.next();
            if (random.nextInt(8) == 0 || !some.hasNext()) {
                expectEntry(
                        attempt(() -> taken(engine.read(ledger.id, id))),
                        ledger,
                        id,
                        () -> what.get() + " read of " + id);
            }
            if (!ledger.entries.containsKey(id + 1) && random.nextInt(4) == 0 && id < MAX_ENTRY) {
                expectEntry(
                        attempt(() -> taken(engine.read(ledger.id, id + 1))),
                        ledger,
                        id + 1,
                        () -> what.get() + " read of a gap");
            }
        }
        expectEntry(
                attempt(() -> taken(engine.readLast(ledger.id))),
                ledger,
                ledger.last(),
                () -> what.get() + " readLast");
    }

    /**
     * Full comparison: as it is, after an orderly close, and with the index built anew, which must be what it was. Then what
     * only appends can tell, what a closed engine says, and what the tools say.
     */
    private void finish() throws IOException {
        disk.clearFaults();
        disk.capacityBytes(SimStorage.UNLIMITED_BYTES);
        heal();
        loose = false;
        if (failed || faulty || indexFaulty || full) {
            crash(Power.ANY);
            heal();
        }
        note(() -> "the end");
        pump();
        compare("at the end");
        close();
        IndexDump followed = index.dump();
        if (rig.mix().bothEnds || random.nextInt(8) == 0) {
            openAtEnd();
            close();
        }
        boolean rebuilt = false;
        while (!rebuilt) {
            index.lose();
            SimStorage before = disk;
            openAtEnd();
            rebuilt = disk == before;
            if (!rebuilt) {
                // A power loss behind the rebuild may have left an older index: what it lacks comes into it with the
                // close.
                close();
            }
            String difference = followed.difference(index.dump());
            if (difference != null) {
                throw fault("the index differs from a rebuilt one: " + difference);
            }
        }
        for (long ledger : List.copyOf(accepted.ledgers.keySet())) {
            ModelLedger known = accepted.get(ledger);
            if (!known.fenced && known.nextId < Long.MAX_VALUE) {
                last(ledger, known.nextId);
            }
        }
        last(LEDGERS[LEDGERS.length - 2] + 1, 0);
        close();
        afterClose();
        audit();
        engine = null;
    }

    /** Faults have ended, so the open goes well, and soon. */
    private void openAtEnd() throws IOException {
        long before = disk.operations();
        int failedBefore = (int) (totals.failedOpens + totals.refusals);
        SimStorage same = disk;
        recover(false);
        if (disk == same && totals.failedOpens + totals.refusals == failedBefore) {
            long took = disk.operations() - before;
            totals.mostOperationsToOpen = Math.max(totals.mostOperationsToOpen, took);
            if (took > OPERATIONS_TO_OPEN_MAX) {
                throw fault("the open took " + took + " storage operations");
            }
        }
    }

    private void last(long ledger, long id) {
        int before = issued.size();
        accept(
                List.of(new Step(Step.Kind.ENTRY, ledger, id, new byte[0])),
                id,
                false,
                () -> engine.append(ledger, buffer(new byte[0])));
        pump();
        if (issued.size() == before) {
            throw fault("an append to ledger " + ledger + " is refused after all faults ended");
        }
        expectEntry(
                attempt(() -> taken(engine.read(ledger, id))),
                acked.get(ledger),
                id,
                () -> "read of the last entry of ledger " + ledger);
    }

    /** Every call on a closed engine says that it is closed. */
    private void afterClose() {
        List<Supplier<Object>> calls = List.of(
                () -> engine.append(0, 0, buffer(new byte[1])),
                () -> engine.append(0, buffer(new byte[1])),
                () -> appendWithCallback(0, 0, new byte[1]),
                () -> engine.appendRecovery(0, 0, buffer(new byte[1])),
                () -> engine.write(new WriteBatch().fence(0)),
                () -> engine.read(0, 0),
                () -> engine.readLast(0),
                () -> engine.scan(0, 0, 1),
                () -> engine.read(0, 0, 1, 1),
                () -> engine.firstEntryId(0),
                () -> engine.lastEntryId(0),
                () -> engine.entryCount(0),
                () -> engine.exists(0),
                () -> engine.ledgers(),
                () -> engine.entries(0),
                () -> engine.fence(0),
                () -> engine.isFenced(0),
                () -> engine.setLastAddConfirmed(0, 0),
                () -> engine.lastAddConfirmed(0),
                () -> engine.awaitLastAddConfirmed(0, 0),
                () -> engine.awaitEntry(0, 0),
                () -> engine.putMetadata(0, buffer(new byte[1])),
                () -> engine.metadata(0),
                () -> engine.truncateAfter(0, 0),
                () -> engine.trimBefore(0, 0),
                () -> engine.delete(0),
                () -> engine.sync(),
                () -> {
                    engine.flush();
                    return null;
                });
        for (int i = 0; i < calls.size(); i++) {
            int call = i;
            expect(attempt(calls.get(i)), EngineClosedException.class, () -> "call " + call + " after the close");
        }
        engine.close();
    }

    /** The check of the journal finds nothing in a whole store, and something where an engine does. */
    private void audit() throws IOException {
        if (random.nextInt(8) != 0) {
            return;
        }
        totals.audits++;
        String found = checked();
        if (found != null) {
            throw fault("the check of a whole store found " + found);
        }
        String file = someFile();
        Rot kind = Rot.values()[random.nextInt(Rot.values().length)];
        if (file.endsWith("STORE") || !disk.rot(file, kind, place(file, disk.content(file).length))) {
            return;
        }
        damaged = true;
        found = checked();
        note(() -> "audit: " + kind + " in " + file);
        String met = null;
        if (random.nextBoolean()) {
            index.lose();
        }
        try {
            engine = TestEngines.open(config, environment()).engine();
            boolean[] unread = new boolean[1];
            ModelState seen = look(unread);
            met = unread[0] ? "a damaged entry" : acked.difference(seen);
            if (met != null && !unread[0]) {
                throw fault("with " + kind + " in " + file + ": " + met);
            }
            engine.close();
        } catch (JournalException e) {
            met = e.getMessage();
        }
        if (met != null && found == null) {
            throw fault("with " + kind + " in " + file + " the engine met " + met + ", the check nothing");
        }
        heal();
        released();
    }

    /** What the check of the journal finds first, null: nothing. */
    private String checked() throws IOException {
        List<String> damages = new ArrayList<>();
        try {
            JournalTools.check(
                    disk,
                    disk.directory("journal", false),
                    (where, segmentId, offset, end, what) -> damages.add(what + " in " + where + " at " + offset),
                    (done, total) -> {});
        } catch (JournalException e) {
            damages.add(e.getMessage());
        }
        return damages.isEmpty() ? null : damages.get(0);
    }

    private void compare(String when) {
        String difference = acked.difference(observe());
        if (difference != null) {
            throw fault(when + ": " + difference);
        }
    }

    // ---- Random arguments

    private long ledger() {
        int die = random.nextInt(20);
        return LEDGERS[die < 8 ? 0 : die < 13 ? 1 : die < 16 ? 2 : 3 + random.nextInt(LEDGERS.length - 3)];
    }

    private long entryId(long ledger) {
        ModelLedger known = accepted.get(ledger);
        long next = known == null ? 0 : Math.min(known.nextId, MAX_ENTRY);
        int die = random.nextInt(1000);
        if (die < 600) {
            return next;
        }
        if (die < 700) {
            return known == null || known.entries.isEmpty() ? next : present(known);
        }
        if (die < 770) {
            return above(next, random.nextInt(6));
        }
        if (die < 850) {
            return next == 0 ? 0 : random.nextLong(Math.min(next, 4000));
        }
        if (die < 900) {
            return random.nextInt(1200);
        }
        if (die < 940) {
            return above(next - next % 4, 4 + random.nextInt(2));
        }
        if (die < 960) {
            return 253 + random.nextInt(6);
        }
        if (die < 970) {
            return (1L << 40) + random.nextInt(300);
        }
        if (die < 974) {
            return MAX_ENTRY - random.nextInt(3);
        }
        return known == null || known.trimBound == 0 ? next : random.nextLong(known.trimBound);
    }

    private static long above(long id, int more) {
        return id > MAX_ENTRY - more ? MAX_ENTRY : id + more;
    }

    private long present(ModelLedger known) {
        Long id = known.entries.ceilingKey(random.nextLong(known.last() + 1));
        return id == null ? known.last() : id;
    }

    private long readId(long ledger) {
        ModelLedger known = acked.get(ledger);
        int die = random.nextInt(10);
        if (known == null || known.entries.isEmpty() || die == 0) {
            return random.nextInt(300);
        }
        return die == 1
                ? above(known.last(), random.nextInt(3))
                : die == 2 ? random.nextLong(known.last() + 1) : present(known);
    }

    private long lowId() {
        return random.nextInt(20) == 0 ? MAX_ENTRY - random.nextInt(2) : random.nextInt(60);
    }

    private long truncation(long ledger) {
        ModelLedger known = accepted.get(ledger);
        long last = known == null ? 5 : known.last();
        int die = random.nextInt(10);
        return die == 0 ? -1 : die == 1 ? above(last, random.nextInt(3)) : Math.max(-1, last - random.nextInt(12));
    }

    private long trim(long ledger) {
        ModelLedger known = accepted.get(ledger);
        long first = known == null ? 0 : Math.max(0, known.first());
        int die = random.nextInt(10);
        return die == 0
                ? known == null ? 3 : above(known.last(), 1 + random.nextInt(3))
                : above(first, random.nextInt(10));
    }

    private byte[] entryBytes() {
        int die = random.nextInt(100);
        return bytes(die < 70 ? 60 : die < 97 ? 600 : ENTRY_BYTES_MAX);
    }

    private byte[] bytes(int most) {
        byte[] bytes = new byte[random.nextInt(most + 1)];
        random.nextBytes(bytes);
        return bytes;
    }

    private static ByteBuf buffer(byte[] bytes) {
        return Unpooled.wrappedBuffer(bytes.length == 0 ? new byte[1] : bytes).setIndex(0, bytes.length);
    }

    // ---- Answers

    private static byte[] copy(ByteBuf buffer) {
        byte[] bytes = new byte[buffer.readableBytes()];
        buffer.getBytes(buffer.readerIndex(), bytes);
        return bytes;
    }

    private static byte[] taken(ByteBuf buffer) {
        byte[] bytes = copy(buffer);
        buffer.release();
        return bytes;
    }

    private static Object attempt(Supplier<Object> call) {
        try {
            return call.get();
        } catch (LedgerException | IllegalArgumentException | CompletionException | CancellationException e) {
            return e;
        }
    }

    private static Throwable failure(CompletableFuture<?> future) {
        if (!future.isCompletedExceptionally()) {
            return null;
        }
        // Not by a join, which makes an exception of its own each time.
        Throwable failure = future.handle((value, thrown) -> thrown).join();
        return failure instanceof CompletionException wrapped ? wrapped.getCause() : failure;
    }

    private void expect(Object answer, Class<? extends Throwable> wanted, Supplier<String> what) {
        if (answer == null || answer.getClass() != wanted) {
            throw fault(
                    what.get() + " gave " + describe(answer) + ", wanted " + wanted.getSimpleName(),
                    answer instanceof Throwable thrown ? thrown : null);
        }
    }

    private void same(Object answer, Object wanted, Supplier<String> what) {
        if (!wanted.equals(answer)) {
            throw fault(
                    what.get() + " gave " + describe(answer) + ", wanted " + wanted,
                    answer instanceof Throwable thrown ? thrown : null);
        }
    }

    private Object value(Object answer, Supplier<String> what) {
        if (answer instanceof Throwable thrown) {
            throw fault(what.get() + " failed", thrown);
        }
        return answer;
    }

    private static String describe(Object answer) {
        return answer instanceof byte[] bytes ? ModelLedger.text(bytes) : String.valueOf(answer);
    }

    private void note(Supplier<String> what) {
        if (trace != null) {
            trace.add("#" + operation + " " + what.get());
        }
    }

    private AssertionError fault(String what) {
        return fault(what, null);
    }

    private AssertionError fault(String what, Throwable cause) {
        totals.failedAt = operation;
        return new AssertionError(
                "seed " + seed + ", operation " + operation + (deferred ? ", DEFERRED" : ", SYNC") + ": " + what,
                cause);
    }
}
