package io.daybook.engine.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.OperatingSystemMXBean;
import io.daybook.engine.CorruptEntryException;
import io.daybook.engine.DiskFullException;
import io.daybook.engine.EngineFailedException;
import io.daybook.engine.LedgerFencedException;
import io.daybook.engine.NoSuchEntryException;
import io.daybook.index.IndexException;
import io.daybook.index.Location;
import io.daybook.storage.FaultCounts;
import io.daybook.storage.FaultId;
import io.daybook.storage.Rot;
import io.daybook.storage.StorageFault;
import io.daybook.testing.QuietLog;
import io.netty.buffer.ByteBuf;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Random operations of the whole contract against the model, with closes, kills and power losses among them, and with all that
 * can go wrong on a disk: see {@link Trouble}.
 *
 * <p>{@code -Ddaybook.model.seeds=N} runs so many, {@code -Ddaybook.model.calm.seeds=N} so many of {@link Mix#CALM}, {@code
 * -Ddaybook.model.seed=S} one in each mix, with {@code -Ddaybook.model.keep=3,17,90-95} only these operations of it. A failure is shrunk to few operations and says how it is
 * repeated. A seed that failed once goes to {@code model-regress-seeds.txt}, whose seeds always run.
 */
@ExtendWith(QuietLog.class)
@Order(1) // Its speed is a figure, and the code that it shares with others is compiled for it
class EngineModelTest {
    private static final int TRACE_LINES = 80;
    private static final int SHRINK_TRIES_MAX = 1500;
    private static final long NO_SEED = -1;
    // Many times what it takes: who needs that long does not fit its level, or hangs.
    private static final long USUAL_MINUTES = 10;
    private static final long PROOF_MINUTES = 40;
    /** Totals of fewer seeds do not show all that can happen. */
    private static final long SEEDS_THAT_SHOW_ALL = 500;
    /** The same of the rarest kinds. */
    private static final long SEEDS_THAT_SHOW_EACH_KIND = 4_000;
    // RocksDB has fewer seeds, which still must show most of it.
    private static final long ROCKS_SEEDS = 30;
    private static final long ROCKS_SEEDS_THAT_SHOW_ALL = 300;
    private static final StorageFault[] NO_SPACE = {
        StorageFault.NO_SPACE_WRITE, StorageFault.NO_SPACE_CREATE, StorageFault.NO_SPACE_SYNC
    };
    /** What a power loss takes, a kill, and an index that is gone or old. */
    private static final Set<FaultId> CALM_FAULTS =
            EnumSet.of(FaultId.F1, FaultId.F2, FaultId.F3, FaultId.F4, FaultId.F5, FaultId.F11, FaultId.F17);

    /** Runs a seed; a failure is made small and run again to tell what came before. */
    static void run(long seed, Rig rig, Totals totals) {
        run(seed, rig, Kept.upTo(ModelRun.OPERATIONS), totals);
    }

    static void run(long seed, Rig rig, Kept kept, Totals totals) {
        try {
            totals.seeds++;
            new ModelRun(seed, rig, kept, totals, null).run();
        } catch (Throwable e) {
            throw new AssertionError(e.getMessage() + "\n" + story(seed, rig, shrunk(seed, rig, kept, totals)), e);
        }
    }

    /** Few operations that fail in the same way, all of what failed if there are no fewer. */
    static Kept shrunk(long seed, Rig rig, Kept kept, Totals totals) {
        String wanted = failure(seed, rig, kept, totals);
        List<Integer> done =
                kept.list().stream().filter(each -> each <= totals.failedAt).toList();
        if (wanted == null || !wanted.equals(failure(seed, rig, Kept.of(done), new Totals()))) {
            return kept;
        }
        Shrinker shrinker =
                new Shrinker(some -> wanted.equals(failure(seed, rig, Kept.of(some), new Totals())), SHRINK_TRIES_MAX);
        return Kept.of(shrinker.shrink(done));
    }

    /** How a run fails, without the numbers in it, null: it does not. */
    static String failure(long seed, Rig rig, Kept kept, Totals totals) {
        try {
            new ModelRun(seed, rig, kept, totals, null).run();
            return null;
        } catch (Throwable e) {
            String message = String.valueOf(e.getMessage()).replaceAll("[0-9a-f#-]*[0-9][0-9a-f]*", "");
            String behind = message.substring(message.indexOf(':') + 1);
            return e.getClass().getName() + behind.substring(0, Math.min(40, behind.length()));
        }
    }

    private static String story(long seed, Rig rig, Kept kept) {
        List<String> trace = new ArrayList<>();
        try {
            new ModelRun(seed, rig, kept, new Totals(), trace).run();
            return "the second run of seed " + seed + " found nothing: something does not depend on the seed";
        } catch (Throwable again) {
            int from = Math.max(0, trace.size() - TRACE_LINES);
            return "again: mvn -pl engine -am test -Dtest=EngineModelTest#randomOperationsAgreeWithTheModel"
                    + " -Dsurefire.failIfNoSpecifiedTests=false -Ddaybook.model.mix=" + rig.mix()
                    + " -Ddaybook.model.seed=" + seed + " -Ddaybook.model.keep=" + kept + "\nends with "
                    + again.getMessage() + "\nlast operations of " + kept.list().size() + ":\n"
                    + String.join("\n", trace.subList(from, trace.size()));
        }
    }

    private static Rig rig(Mix mix) {
        return Rig.plain().withMix(mix);
    }

    @Test
    @Timeout(value = USUAL_MINUTES, unit = TimeUnit.MINUTES)
    void randomOperationsAgreeWithTheModel() throws Exception {
        Long one = Long.getLong("daybook.model.seed");
        if (one != null) {
            String keep = System.getProperty("daybook.model.keep");
            Kept kept = keep == null ? Kept.upTo(ModelRun.OPERATIONS) : Kept.parse(keep);
            String mix = System.getProperty("daybook.model.mix");
            for (Mix each : mix == null ? Mix.values() : new Mix[] {Mix.valueOf(mix)}) {
                run(one, rig(each), kept, new Totals());
            }
            return;
        }
        int seeds = Integer.getInteger("daybook.model.seeds", 5000);
        Totals totals = new Totals();
        int restless = Math.max(1, seeds / 10);
        for (int from = 0; from < seeds - restless; from += 1500) {
            totals.add(measure(from, Math.min(seeds - restless, from + 1500), rig(Mix.USUAL)));
        }
        totals.add(measure(0, restless, rig(Mix.RESTLESS)));
        everythingHappened(totals);
        calmIsCalm(measure(0, Integer.getInteger("daybook.model.calm.seeds", 2000), rig(Mix.CALM)));
    }

    /** Only crashes and closes happened, each kind of them, and the engine took none of that for a fault. */
    private static void calmIsCalm(Totals totals) {
        for (FaultId id : FaultId.values()) {
            if (!CALM_FAULTS.contains(id)) {
                assertThat(totals.faults.of(id)).as("%s, of %s", id, totals).isZero();
            }
        }
        assertThat(List.of(
                        totals.failures,
                        totals.refusals,
                        totals.failedOpens,
                        totals.corruptReads,
                        totals.failedReads,
                        totals.refusedAsFull))
                .as("of %s", totals)
                .containsOnly(0L);
        if (totals.seeds < SEEDS_THAT_SHOW_ALL) {
            return;
        }
        assertThat(List.of(
                        totals.kills,
                        totals.powerLosses,
                        totals.crashesAtOpen,
                        totals.indexesLost,
                        totals.indexesSetBack,
                        totals.survivors,
                        totals.audits,
                        totals.measured))
                .as("of %s", totals)
                .allMatch(count -> count > 0);
        // Two closes belong to the end of each run.
        assertThat(totals.cleanCloses).as("of %s", totals).isGreaterThan(2 * totals.seeds);
    }

    @Test
    @Tag("proof")
    @Timeout(value = PROOF_MINUTES, unit = TimeUnit.MINUTES)
    void manyRandomOperationsAgreeWithTheModel() throws Exception {
        int seeds = Integer.getInteger("daybook.model.proof.seeds", 20_000);
        long start = System.nanoTime();
        Totals totals = inTwoThreads(1_000_000, seeds);
        System.out.printf(
                "model, proof, 2 threads: %.0f seeds/s; %s%n", seeds * 1e9 / (System.nanoTime() - start), totals);
        assertThat(totals.seeds).isEqualTo(seeds);
        everythingHappened(totals);
    }

    /** Runs share nothing, or what one does would depend on what runs beside it. */
    @Test
    @Timeout(value = USUAL_MINUTES, unit = TimeUnit.MINUTES)
    void seedsDoTheSameBesideOthers() throws Exception {
        Totals alone = new Totals();
        for (long seed = 0; seed < 60; seed++) {
            run(seed, rig(mixOf(seed)), alone);
        }
        assertThat(inTwoThreads(0, 60)).hasToString(alone.toString());
    }

    private static Mix mixOf(long seed) {
        return seed % 10 == 0 ? Mix.RESTLESS : Mix.USUAL;
    }

    private static Totals inTwoThreads(long from, int seeds) throws Exception {
        AtomicLong next = new AtomicLong(from);
        Totals totals = new Totals();
        inThreads(
                2,
                () -> {
                    long seed = next.getAndIncrement();
                    return seed < from + seeds ? seed : NO_SEED;
                },
                running -> gather(running, totals));
        return totals;
    }

    /** What is done while threads run seeds. */
    @FunctionalInterface
    private interface Beside {
        void run(List<Future<Totals>> running) throws Exception;
    }

    /** Runs seeds in so many threads until there is none, and something beside them. */
    private static void inThreads(int threads, LongSupplier seeds, Beside beside) throws Exception {
        Set<Thread> before = Thread.getAllStackTraces().keySet();
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        try {
            List<Future<Totals>> running = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                running.add(pool.submit(() -> {
                    Totals mine = new Totals();
                    for (long seed = seeds.getAsLong(); seed != NO_SEED; seed = seeds.getAsLong()) {
                        run(seed, rig(mixOf(seed)), mine);
                    }
                    return mine;
                }));
            }
            beside.run(running);
            requireNoThreadsLeft(before);
        } finally {
            pool.shutdownNow();
        }
    }

    /** Waits for all and adds up what they did. Where several failed, each is told. */
    private static void gather(List<Future<Totals>> running, Totals totals) throws InterruptedException {
        List<Throwable> failures = new ArrayList<>();
        for (Future<Totals> each : running) {
            try {
                totals.add(each.get());
            } catch (ExecutionException e) {
                failures.add(e.getCause());
            }
        }
        if (!failures.isEmpty()) {
            AssertionError all = new AssertionError(
                    failures.stream().map(Throwable::getMessage).collect(Collectors.joining("\n\nand beside it: ")),
                    failures.get(0));
            failures.subList(1, failures.size()).forEach(all::addSuppressed);
            throw all;
        }
    }

    @Test
    void failuresOfBothThreadsAreTold() {
        List<Future<Totals>> both = List.of(
                CompletableFuture.failedFuture(new AssertionError("seed 1")),
                CompletableFuture.failedFuture(new IOException("seed 2")));
        assertThatThrownBy(() -> gather(both, new Totals()))
                .hasMessageContaining("seed 1")
                .hasMessageContaining("seed 2")
                .satisfies(all -> assertThat(all.getSuppressed()).hasSize(1));
    }

    /** For as long as {@code -Ddaybook.soak.minutes} says, from seed {@code -Ddaybook.soak.from} on; tells each minute how far it is. */
    @Test
    @Tag("soak")
    void randomOperationsAgreeWithTheModelForLong() throws Exception {
        long minutes = Long.getLong("daybook.soak.minutes", 10);
        int threads = Integer.getInteger("daybook.soak.threads", 2);
        AtomicLong next = new AtomicLong(Long.getLong("daybook.soak.from", 10_000_000));
        long first = next.get();
        long start = System.nanoTime();
        AtomicBoolean over = new AtomicBoolean();
        Totals totals = new Totals();
        inThreads(threads, () -> over.get() ? NO_SEED : next.getAndIncrement(), running -> {
            for (long minute = 1; minute <= minutes && noneEnded(running); minute++) {
                long until = start + TimeUnit.MINUTES.toNanos(minute);
                while (System.nanoTime() < until && noneEnded(running)) {
                    TimeUnit.MILLISECONDS.sleep(200);
                }
                System.out.printf(
                        "model, soak: minute %d of %d, %d seeds from %d on%n",
                        // Each thread has one that is not done.
                        minute, minutes, Math.max(0, next.get() - first - threads), first);
            }
            over.set(true);
            gather(running, totals);
        });
        System.out.println("model, soak: " + totals);
        everythingHappened(totals);
    }

    /** None of the threads has found something. */
    private static boolean noneEnded(List<Future<Totals>> running) {
        return running.stream().noneMatch(Future::isDone);
    }

    /** Each fault that a run can meet was met, and all that the model allows did happen. */
    private static void everythingHappened(Totals totals) {
        System.out.println("model, mixes with faults: " + totals.faults + ", not here: " + Totals.NOT_HERE);
        System.out.println("model, kinds of faults that fired: " + totals.faults.kinds());
        requireCrashes(totals);
        if (totals.seeds < SEEDS_THAT_SHOW_ALL) {
            return;
        }
        for (FaultId id : FaultId.values()) {
            if (!Totals.NOT_HERE.containsKey(id)) {
                assertThat(totals.faults.of(id)).as("%s, of %s", id, totals).isPositive();
            }
        }
        assertThat(List.of(
                        totals.refusals,
                        totals.failedOpens,
                        totals.corruptReads,
                        totals.failedReads,
                        totals.refusedAsFull,
                        totals.audits,
                        totals.measured,
                        totals.damagesNamed,
                        totals.crashesAtOpen))
                .as("of %s", totals)
                .allMatch(count -> count > 0);
        if (totals.seeds >= SEEDS_THAT_SHOW_EACH_KIND) {
            everyKindFired(totals.faults);
        }
    }

    /** All that a disk can do wrong in an operation, all ways to rot, all that the model lets go wrong. */
    private static void everyKindFired(FaultCounts faults) {
        List<Enum<?>> kinds = new ArrayList<>();
        kinds.addAll(List.of(StorageFault.values()));
        kinds.addAll(List.of(Rot.values()));
        assertThat(faults.kinds()).containsKeys(kinds.toArray(Enum<?>[]::new));
        for (Trouble trouble : Trouble.values()) {
            assertThat(fired(trouble, faults))
                    .as("%s, of %s", trouble, faults.kinds())
                    .isPositive();
        }
    }

    /** How often a trouble did something, not how often it was armed. */
    private static long fired(Trouble trouble, FaultCounts faults) {
        return switch (trouble) {
            case SHORT_CALLS -> sum(faults, StorageFault.SHORT_WRITE, StorageFault.SHORT_READ, StorageFault.ZERO_READ);
            case NO_BYTES_WRITTEN -> sum(faults, StorageFault.ZERO_WRITE);
            case INDEX_FULL -> sum(faults, IndexException.Kind.NO_SPACE);
            case INDEX_FAILS -> sum(faults, IndexException.Kind.FAILED);
            case SYNC_FAILS ->
                sum(
                        faults,
                        StorageFault.EIO_SYNC_KEPT,
                        StorageFault.EIO_SYNC_REVERTED,
                        StorageFault.EIO_SYNC_DIRECTORY);
            case SYNC_FAILS_LATE -> sum(faults, StorageFault.EIO_SYNC_LATE);
            case WRITE_FAILS -> sum(faults, StorageFault.EIO_WRITE);
            case READ_FAILS -> sum(faults, StorageFault.EIO_READ);
            // What fails without a fault of an operation is a sector, or the size of the disk.
            case SECTOR_FAILS -> faults.of(FaultId.F8) - sum(faults, StorageFault.EIO_WRITE, StorageFault.EIO_READ);
            case NO_SPACE -> sum(faults, NO_SPACE);
            case DISK_SHRINKS ->
                faults.of(FaultId.F7) - sum(faults, NO_SPACE) - sum(faults, StorageFault.TOO_MANY_FILES);
            case NO_DESCRIPTORS -> sum(faults, StorageFault.TOO_MANY_FILES);
            case ROT -> sum(faults, Rot.values());
            case SLOW_SYNC -> sum(faults, StorageFault.SLOW_SYNC);
            case SECOND_OPEN -> faults.of(FaultId.F16);
            case FILE_GONE, EXTRA_FILES -> sum(faults, trouble);
        };
    }

    private static long sum(FaultCounts faults, Enum<?>... kinds) {
        long sum = 0;
        for (Enum<?> kind : kinds) {
            sum += faults.kinds().getOrDefault(kind, 0L);
        }
        return sum;
    }

    /**
     * Runs seeds on a thread of its own: each of the many calls that are refused, as they must be, notes down all frames of its
     * stack, and under a test there are a hundred more.
     */
    private static Totals measure(long from, long to, Rig rig) throws Exception {
        FutureTask<Totals> task = new FutureTask<>(() -> measureHere(from, to, rig));
        new Thread(task, "model").start();
        return task.get();
    }

    /** Runs seeds of one mix and tells how fast: by the clock, and by the processor time of this thread and of all threads. */
    private static Totals measureHere(long from, long to, Rig rig) {
        Totals totals = new Totals();
        Set<Thread> threadsBefore = Thread.getAllStackTraces().keySet();
        var threads = ManagementFactory.getThreadMXBean();
        var process = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        long start = System.nanoTime();
        long threadStart = threads.getCurrentThreadCpuTime();
        long processStart = process.getProcessCpuTime();
        for (long seed = from; seed < to; seed++) {
            run(seed, rig, totals);
        }
        double seeds = (to - from) * 1e9;
        System.out.printf(
                "model, %s, from seed %d: %.0f seeds/s, %.0f a second of processor time of the thread, %.0f of the process; %s%n",
                rig.mix(),
                from,
                seeds / (System.nanoTime() - start),
                seeds / (threads.getCurrentThreadCpuTime() - threadStart),
                seeds / (process.getProcessCpuTime() - processStart),
                totals);
        requireCrashes(totals);
        requireNoThreadsLeft(threadsBefore);
        return totals;
    }

    /** Each seed had its two, whatever else it drew. */
    private static void requireCrashes(Totals totals) {
        assertThat(totals.fewestCrashes).as("of %s", totals).isGreaterThanOrEqualTo(2);
    }

    /** Engines that have ended have no thread; those that somebody else in this JVM has are not asked for. */
    private static void requireNoThreadsLeft(Set<Thread> before) {
        assertThat(Thread.getAllStackTraces().keySet())
                .as("threads left")
                .noneMatch(thread -> thread.getName().startsWith("daybook-") && !before.contains(thread));
    }

    @Test
    @Timeout(value = USUAL_MINUTES, unit = TimeUnit.MINUTES)
    void seedsThatFailedOncePass() throws IOException {
        Totals totals = new Totals();
        try (var in = EngineModelTest.class.getResourceAsStream("/model-regress-seeds.txt");
                var lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
            lines.lines()
                    .map(line -> line.replaceAll("#.*", "").strip())
                    .filter(line -> !line.isEmpty())
                    .forEach(line -> {
                        String[] words = line.split(" ");
                        Kept kept = words.length > 2 ? Kept.parse(words[2]) : Kept.upTo(ModelRun.OPERATIONS);
                        run(Long.parseLong(words[1]), rig(Mix.valueOf(words[0])), kept, totals);
                    });
        }
    }

    @Test
    @Timeout(value = USUAL_MINUTES, unit = TimeUnit.MINUTES)
    void randomOperationsAgreeWithTheModelOnRocksDb(@TempDir Path directory) {
        onRocksDb(directory, 0, Integer.getInteger("daybook.model.rocks.seeds", 30));
    }

    @Test
    @Tag("proof")
    @Timeout(value = PROOF_MINUTES, unit = TimeUnit.MINUTES)
    void manyRandomOperationsAgreeWithTheModelOnRocksDb(@TempDir Path directory) {
        onRocksDb(directory, 1000, Integer.getInteger("daybook.model.rocks.proof.seeds", 300));
    }

    private static void onRocksDb(Path directory, long from, int seeds) {
        Totals totals = new Totals();
        Set<Thread> before = Thread.getAllStackTraces().keySet();
        Rig rocks = Rig.plain().withIndexes(seed -> new RocksIndexDouble(directory.resolve("seed-" + seed)));
        for (long seed = from; seed < from + seeds; seed++) {
            run(seed, rocks, totals);
        }
        System.out.println("model on RocksDB: " + totals);
        requireCrashes(totals);
        requireNoThreadsLeft(before);
        everythingHappenedOnRocksDb(totals);
    }

    /** Few seeds meet little of what is rare; an index in RocksDB is lost, set back and never made to fail. */
    private static void everythingHappenedOnRocksDb(Totals totals) {
        System.out.println("model on RocksDB, kinds of faults that fired: " + totals.faults.kinds());
        if (totals.seeds < ROCKS_SEEDS) {
            return;
        }
        assertThat(List.of(
                        totals.kills,
                        totals.powerLosses,
                        totals.crashesAtOpen,
                        totals.failures,
                        totals.survivors,
                        totals.indexesLost,
                        totals.indexesSetBack,
                        totals.failedOpens,
                        totals.audits))
                .as("of %s", totals)
                .allMatch(count -> count > 0);
        assertThat(totals.cleanCloses).as("of %s", totals).isGreaterThan(2 * totals.seeds);
        if (totals.seeds < ROCKS_SEEDS_THAT_SHOW_ALL) {
            return;
        }
        assertThat(List.of(
                        totals.refusals,
                        totals.corruptReads,
                        totals.failedReads,
                        totals.refusedAsFull,
                        totals.damagesNamed))
                .as("of %s", totals)
                .allMatch(count -> count > 0);
    }

    /** A failure is made small: as small as it gets, and what is left fails in the same way when it is written down and read. */
    @Test
    void aFailureShrinksToFewOperations() {
        Rig mutant = Mutant.ENGINE_TRUNCATES_ONE_TOO_MANY.mutation.apply(Rig.plain());
        int shrunk = 0;
        for (long seed = 0; shrunk < 3; seed++) {
            Totals totals = new Totals();
            String failure = failure(seed, mutant, Kept.upTo(ModelRun.OPERATIONS), totals);
            if (failure == null || totals.failedAt > ModelRun.OPERATIONS) {
                continue;
            }
            shrunk++;
            Kept kept = shrunk(seed, mutant, Kept.upTo(ModelRun.OPERATIONS), totals);
            System.out.println(
                    "model shrinks seed " + seed + " of a mutant from " + totals.failedAt + " operations to " + kept);
            // Nothing single can go, as is asked below; some that could only go together may stay.
            assertThat(kept.list()).hasSizeLessThanOrEqualTo(16);
            assertThat(failure(seed, mutant, Kept.parse(kept.toString()), new Totals()))
                    .isEqualTo(failure);
            for (Integer each : kept.list()) {
                List<Integer> fewer = new ArrayList<>(kept.list());
                fewer.remove(each);
                assertThat(failure(seed, mutant, Kept.of(fewer), new Totals()))
                        .as("without operation %s of %s", each, kept)
                        .isNotEqualTo(failure);
            }
        }
    }

    @Test
    void keptOperationsAreWrittenAsNumbersAndRanges() {
        Kept kept = Kept.of(List.of(3, 17, 90, 91, 92, 95, 200));
        assertThat(kept).hasToString("3,17,90-92,95,200");
        assertThat(Kept.parse(kept.toString())).isEqualTo(kept);
        assertThat(Kept.upTo(4).list()).containsExactly(1, 2, 3, 4);
        assertThat(Kept.of(List.of())).hasToString("");
    }

    @Test
    void theShrinkerFindsWhatIsNeededTogether() {
        List<Integer> all = Kept.upTo(200).list();
        Shrinker shrinker = new Shrinker(some -> some.contains(7) && some.contains(130) && some.contains(131), 10_000);
        assertThat(shrinker.shrink(all)).containsExactly(7, 130, 131);
        assertThat(new Shrinker(some -> some.size() >= 20, 10_000).shrink(all)).hasSize(20);
        assertThat(new Shrinker(some -> some.contains(1), 5).shrink(all))
                .contains(1)
                .hasSizeLessThan(200);
    }

    /** What the model must find: each does one thing wrong, at the seams of the test. */
    enum Mutant {
        INDEX_DROPS_A_BATCH(plain -> plain.withIndex(index -> new MutantIndex(index) {
            @Override
            boolean puts(int batch, long entryId) {
                return batch != 2;
            }
        })),
        INDEX_DROPS_ONE_ENTRY(Mutations.puts(entryId -> entryId != 11)),
        INDEX_IGNORES_TRUNCATIONS(plain -> plain.withIndex(index -> new MutantIndex(index) {
            @Override
            boolean truncates() {
                return false;
            }
        })),
        INDEX_IGNORES_DELETIONS(Mutations.dropsNothing()),
        INDEX_FORGETS_FENCES(Mutations.forgetsFences()),
        INDEX_FORGETS_TRIM_BOUNDS(
                Mutations.rows(row -> Mutations.changed(row, row.fenced(), 0, row.entryCount(), row.nextEntryId()))),
        INDEX_COUNTS_ONE_TOO_MANY(Mutations.rows(
                row -> Mutations.changed(row, row.fenced(), row.trimBound(), row.entryCount() + 1, row.nextEntryId()))),
        INDEX_FORGETS_NEXT_IDS(Mutations.rows(
                row -> Mutations.changed(row, row.fenced(), row.trimBound(), row.entryCount(), row.lastEntryId() + 1))),
        INDEX_FINDS_THE_NEIGHBOUR(plain -> plain.withIndex(index -> new MutantIndex(index) {
            @Override
            Location found(Location location) {
                return location == null ? null : new Location(location.segmentId(), location.offset() + 1, 1);
            }
        })),
        JOURNAL_IS_NOT_SYNCED(Mutations.syncs((file, metadata) -> metadata || !file.contains("segment"))),
        MANIFEST_IS_NOT_SYNCED(Mutations.syncs((file, metadata) -> !file.contains("manifest"))),
        DIRECTORIES_ARE_NOT_SYNCED(Mutations.syncsNoDirectory()),
        DISK_FLIPS_BITS(plain -> plain.withDisk(disk -> new MutantDisk(disk) {
            @Override
            void read(ByteBuffer target, int from, int bytes) {
                if (bytes > 2000) {
                    target.put(from + 1999, (byte) (target.get(from + 1999) ^ 4));
                }
            }
        })),
        ENGINE_ACKNOWLEDGES_AT_ONCE(Mutations.answers((right, method, arguments, call) -> {
            Object answer = call.call(arguments);
            boolean refused = answer instanceof CompletableFuture<?> future && future.isCompletedExceptionally();
            return method.equals("truncateAfter") && !refused ? CompletableFuture.completedFuture(null) : answer;
        })),
        ENGINE_LETS_APPENDS_PAST_A_FENCE(
                Mutations.answers((right, method, arguments, call) -> method.equals("append") && arguments.length == 3
                        ? right.appendRecovery((Long) arguments[0], (Long) arguments[1], (ByteBuf) arguments[2])
                        : call.call(arguments))),
        ENGINE_TRUNCATES_ONE_TOO_MANY(Mutations.answers((right, method, arguments, call) -> call.call(
                method.equals("truncateAfter") && (Long) arguments[1] > 0
                        ? new Object[] {arguments[0], (Long) arguments[1] - 1}
                        : arguments))),
        ENGINE_CALLS_DAMAGE_NO_SUCH_ENTRY(500, Mutations.answers((right, method, arguments, call) -> {
            try {
                return call.call(arguments);
            } catch (CorruptEntryException e) {
                throw isRead(method, arguments)
                        ? new NoSuchEntryException((Long) arguments[0], (Long) arguments[1])
                        : e;
            }
        })),
        ENGINE_CALLS_A_FAILED_READ_NO_SUCH_ENTRY(Mutations.answers((right, method, arguments, call) -> {
            try {
                return call.call(arguments);
            } catch (EngineFailedException e) {
                throw isRead(method, arguments)
                        ? new NoSuchEntryException((Long) arguments[0], (Long) arguments[1])
                        : e;
            }
        })),
        ENGINE_CALLS_A_FULL_DISK_A_FENCE(Mutations.answers((right, method, arguments, call) -> {
            Object answer = call.call(arguments);
            return answer instanceof CompletableFuture<?> future && isFull(future)
                    ? CompletableFuture.failedFuture(new LedgerFencedException(0))
                    : answer;
        })),
        ENGINE_SYNCS_NOTHING(Mutations.syncsNothing()),
        ENGINE_SCANS_ONE_TOO_FAR(Mutations.answers((right, method, arguments, call) -> call.call(
                method.equals("scan") && (Long) arguments[2] >= 0 && (Long) arguments[2] < 1000
                        ? new Object[] {arguments[0], arguments[1], (Long) arguments[2] + 1}
                        : arguments)));

        private final int firstSeed;
        private final UnaryOperator<Rig> mutation;

        Mutant(UnaryOperator<Rig> mutation) {
            this(0, mutation);
        }

        /**
         * One that few seeds find.
         *
         * @param firstSeed where to begin, as all before it find nothing
         */
        Mutant(int firstSeed, UnaryOperator<Rig> mutation) {
            this.firstSeed = firstSeed;
            this.mutation = mutation;
        }

        private static boolean isRead(String method, Object... arguments) {
            return method.equals("read") && arguments.length == 2;
        }

        private static boolean isFull(CompletableFuture<?> future) {
            return future.handle((done, failure) -> failure instanceof DiskFullException)
                    .getNow(false);
        }
    }

    @ParameterizedTest
    @EnumSource(Mutant.class)
    void aMutantIsFound(Mutant mutant) throws Exception {
        find(mutant, Mix.USUAL);
    }

    @ParameterizedTest
    @EnumSource(
            value = Mutant.class,
            names = {
                "INDEX_DROPS_ONE_ENTRY",
                "INDEX_FORGETS_NEXT_IDS",
                "JOURNAL_IS_NOT_SYNCED",
                "MANIFEST_IS_NOT_SYNCED",
                "DIRECTORIES_ARE_NOT_SYNCED",
                "ENGINE_ACKNOWLEDGES_AT_ONCE",
                "ENGINE_SCANS_ONE_TOO_FAR"
            })
    void aMutantIsFoundWithoutFaults(Mutant mutant) throws Exception {
        find(mutant, Mix.CALM);
    }

    private static void find(Mutant mutant, Mix mix) throws Exception {
        Rig rig = mutant.mutation.apply(rig(mix));
        for (long seed = mutant.firstSeed; seed < mutant.firstSeed + 2000; seed++) {
            try {
                new ModelRun(seed, rig, new Totals(), null).run();
            } catch (AssertionError | RuntimeException | IOException e) {
                String[] lines = String.valueOf(e.getMessage()).split("\n");
                System.out.println("model, " + mix + ", finds " + mutant + ": " + lines[0]);
                return;
            }
        }
        throw new AssertionError(mutant + " is not found");
    }
}
