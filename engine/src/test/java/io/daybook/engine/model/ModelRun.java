package io.daybook.engine.model;

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
import io.daybook.engine.ShutdownReport;
import io.daybook.engine.TestEngines;
import io.daybook.engine.WriteBatch;
import io.daybook.engine.lifecycle.Environment;
import io.daybook.index.IndexException;
import io.daybook.index.LedgerRow;
import io.daybook.storage.Power;
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
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.PrimitiveIterator;
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
    private static final int OPERATIONS = 200;

    private final long seed;
    private final Rig rig;
    private final Totals totals;
    /** Null: none is kept. */
    private final List<String> trace;

    private final SplittableRandom random;
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
    private int restarts;

    private ModelState accepted = new ModelState();
    private ModelState acked = new ModelState();
    private ModelState synced = new ModelState();
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
        final java.util.Set<Long> optional = new java.util.HashSet<>();

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
        this.seed = seed;
        this.rig = rig;
        this.totals = totals;
        this.trace = trace;
        this.random = new SplittableRandom(seed);
        this.index = rig.indexes().make(seed);
        this.deferred = random.nextInt(3) == 0;
        this.waits = random.nextInt(4) != 0;
        this.config = config(random.nextBoolean());
        this.tailEntries = new int[] {8, 64, 64, 300}[random.nextInt(4)];
        this.tailJournalBytes = random.nextInt(3) == 0 ? 8 << 10 : 1 << 20;
        this.tailsMax = 2 + random.nextInt(4);
        this.disk = SimStorage.create(random.nextLong());
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
            recover(false);
            while (operation < OPERATIONS) {
                operation++;
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
            totals.fewestRestarts = Math.min(totals.fewestRestarts, restarts);
            finish();
        } finally {
            if (engine != null) {
                engine.close();
            }
            index.close();
        }
    }

    // ---- What can happen

    private void step() throws IOException {
        boolean late = operation >= OPERATIONS / 3 && restarts == 0 || operation >= OPERATIONS * 2 / 3 && restarts < 2;
        if (late || failed && random.nextInt(4) == 0) {
            restart();
            return;
        }
        int die = random.nextInt(969 + rig.mix().restarts);
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
        } else if (die < 969) {
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
                close();
                if (!disk.isStopped()) {
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
        if (refusal == null && refused instanceof EngineBusyException && !waits && (!wasIdle || indexFaulty)) {
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

    private void fault() {
        int die = random.nextInt(12);
        if (die < 5) {
            StorageFault fault = die < 3 ? StorageFault.STOP : StorageFault.SHORT_WRITE;
            note(() -> "armed: " + fault);
            disk.failAt(disk.operations() + 1 + random.nextInt(30), fault, false);
        } else if (die < 6) {
            note(() -> "armed: short read");
            disk.failAt(disk.operations() + 1, StorageFault.SHORT_READ, false);
        } else if (die < 8) {
            note(() -> "the index has no room for a while");
            indexFaulty = true;
            index.failWrites(IndexException.Kind.NO_SPACE, 1 + random.nextInt(3));
        } else if (die < 9) {
            note(() -> "the index fails");
            faulty = true;
            index.failWrites(IndexException.Kind.FAILED, 1);
        } else {
            StorageFault fault = switch (random.nextInt(4)) {
                case 0 -> StorageFault.EIO_SYNC_KEPT;
                // What is reverted may have been read in a deferred engine, which then has it no more.
                case 1 -> deferred ? StorageFault.EIO_SYNC_KEPT : StorageFault.EIO_SYNC_REVERTED;
                case 2 -> StorageFault.EIO_WRITE;
                default -> StorageFault.EIO_SYNC_DIRECTORY;
            };
            note(() -> "armed: " + fault);
            faulty = true;
            disk.failAt(disk.operations() + 1 + random.nextInt(30), fault, false);
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
            throw fault(what.get() + " is wanted: " + ModelLedger.text(wanted), (Throwable) answer);
        } else if (!Arrays.equals(wanted, got)) {
            throw fault(what.get() + " gave " + ModelLedger.text(got) + ", wanted " + ModelLedger.text(wanted));
        }
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
            throw fault(what.get() + " failed", (Throwable) answer);
        }
        int at = 0;
        long sum = 0;
        for (byte[] wanted : known.entries.tailMap(first, true).values()) {
            sum += wanted.length;
            if (at == most || sum > bytesMax && at > 0) {
                break;
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
        int steps = random.nextBoolean() ? Integer.MAX_VALUE : random.nextInt(6);
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
        if (answer instanceof Throwable thrown) {
            throw fault(what.get() + " failed", thrown);
        }
        long got = (Long) answer;
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
        if (walk.cursor != null && !Arrays.equals(known.entries.get(got), copy(walk.cursor.entry()))) {
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
        Storage root = rig.disk().apply(disk);
        Storage journal = rig.disk().apply((SimStorage) disk.directory("journal", true));
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
        restarts++;
        int die = random.nextInt(100);
        if (die < 8) {
            note(() -> "the index is lost");
            totals.indexesLost++;
            index.lose();
        } else if (die < 20 && index.setBack(random)) {
            note(() -> "the index is set back");
            totals.indexesSetBack++;
        }
        recover(lost);
        if (random.nextInt(10) == 0) {
            // Right behind a recovery, before anything else was written.
            crash(random.nextInt(3) == 0 ? Power.KILL : Power.ANY);
        }
    }

    private void recover(boolean lostPower) throws IOException {
        boolean lost = lostPower || faulty;
        disk.clearFaults();
        ModelState seen = null;
        for (int attempt = 0; seen == null; attempt++) {
            if (attempt < 3 && random.nextInt(8) == 0) {
                disk.failAt(disk.operations() + 1 + random.nextInt(60), StorageFault.STOP, false);
            }
            try {
                handle = TestEngines.open(config, environment());
                engine = rig.engine().apply(handle.engine());
                seen = observe();
            } catch (IOException | RuntimeException | AssertionError e) {
                if (!disk.isStopped()) {
                    throw fault("cannot be opened: " + e.getMessage(), e);
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
        totals.failures += faulty && failed ? 1 : 0;
        failed = false;
        faulty = false;
        indexFaulty = false;
        match(seen, lost);
    }

    /** Finds the prefix of the accepted changes that the engine shows, and goes on from there. */
    private void match(ModelState seen, boolean lost) {
        boolean bySync = deferred && lost;
        int from = bySync ? syncedAt : ackedAt;
        ModelState candidate = bySync ? synced : acked;
        ModelState found = null;
        int foundAt = -1;
        StringBuilder differences = new StringBuilder();
        List<ModelState> others = new ArrayList<>();
        for (int k = from; k <= issued.size(); k++) {
            if (k > from) {
                candidate.apply(issued.get(k - 1));
            }
            String difference = candidate.difference(seen);
            if (difference != null) {
                differences
                        .append("\n  after change ")
                        .append(k == 0 ? "none" : issued.get(k - 1).number())
                        .append(": ")
                        .append(difference);
            } else if (found == null) {
                found = k == issued.size() ? candidate : candidate.copy();
                foundAt = k;
            } else if (!candidate.sameBounds(found)) {
                others.add(candidate.copy());
            }
        }
        if (found == null) {
            throw fault("what was recovered is no prefix of what was accepted:" + differences);
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
        synced = deferred ? found.copy() : synced;
        issued.clear();
        ackedAt = 0;
        syncedAt = 0;
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

    /** Everything that can be asked of an engine. */
    private ModelState observe() {
        ModelState seen = new ModelState();
        long before = -1;
        for (long id : engine.ledgers().toArray()) {
            if (id <= before) {
                throw fault("ledgers are not ascending at " + id);
            }
            before = id;
            ModelLedger ledger = new ModelLedger(id, 0);
            try (EntryCursor cursor = engine.scan(id, 0, MAX_ENTRY)) {
                while (cursor.next()) {
                    ledger.entries.put(cursor.entryId(), copy(cursor.entry()));
                }
            }
            ledger.fenced = engine.isFenced(id);
            ledger.lastAddConfirmed = engine.lastAddConfirmed(id);
            ledger.metadata = engine.metadata(id).map(ModelRun::taken).orElse(null);
            consistent(ledger);
            seen.ledgers.put(id, ledger);
        }
        return seen;
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

    /** Full comparison: as it is, and after an orderly close or with the index gone or both; then what only appends can tell. */
    private void finish() throws IOException {
        disk.clearFaults();
        if (failed || faulty || indexFaulty) {
            crash(Power.ANY);
        }
        note(() -> "the end");
        pump();
        compare("at the end");
        close();
        boolean both = rig.mix().bothEnds;
        boolean gone = both || random.nextInt(3) == 0;
        if (both || !gone) {
            recover(false);
        }
        if (both) {
            close();
        }
        if (gone) {
            index.lose();
            recover(false);
        }
        for (long ledger : List.copyOf(accepted.ledgers.keySet())) {
            ModelLedger known = accepted.get(ledger);
            if (!known.fenced && known.nextId < Long.MAX_VALUE) {
                accept(
                        List.of(new Step(Step.Kind.ENTRY, ledger, known.nextId, new byte[0])),
                        known.nextId,
                        false,
                        () -> engine.append(ledger, buffer(new byte[0])));
                pump();
            }
        }
        close();
        engine = null;
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
        try {
            future.join();
            return null;
        } catch (CompletionException e) {
            return e.getCause();
        } catch (CancellationException e) {
            return e;
        }
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
        return new AssertionError(
                "seed " + seed + ", operation " + operation + (deferred ? ", DEFERRED" : ", SYNC") + ": " + what,
                cause);
    }
}
