package io.daybook.engine.model;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.OperatingSystemMXBean;
import io.daybook.index.LedgerRow;
import io.daybook.index.Location;
import io.netty.buffer.ByteBuf;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Random operations of the whole contract against the model, with closes, kills and power losses among them.
 *
 * <p>{@code -Ddaybook.model.seeds=N} runs so many, {@code -Ddaybook.model.seed=S} one in each mix. A seed that failed once
 * goes to {@code model-regress-seeds.txt}, whose seeds always run.
 */
class EngineModelTest {
    private static final int TRACE_LINES = 60;
    /** Kept, as loggers that nobody holds are forgotten with their level. */
    private static final Logger LOG = Logger.getLogger("io.daybook");

    private static Level before;

    @BeforeAll
    static void quiet() {
        before = LOG.getLevel();
        LOG.setLevel(Level.OFF);
    }

    @AfterAll
    static void loud() {
        LOG.setLevel(before);
    }

    /** Runs a seed; a failure is run again to tell what came before. */
    static void run(long seed, Rig rig, Totals totals) {
        try {
            totals.seeds++;
            new ModelRun(seed, rig, totals, null).run();
        } catch (Throwable e) {
            throw new AssertionError(e.getMessage() + "\n" + story(seed, rig), e);
        }
    }

    private static String story(long seed, Rig rig) {
        List<String> trace = new ArrayList<>();
        try {
            new ModelRun(seed, rig, new Totals(), trace).run();
            return "the second run of seed " + seed + " found nothing: something does not depend on the seed";
        } catch (Throwable again) {
            int from = Math.max(0, trace.size() - TRACE_LINES);
            return "last operations of seed " + seed + ":\n" + String.join("\n", trace.subList(from, trace.size()));
        }
    }

    @Test
    void randomOperationsAgreeWithTheModel() {
        Long one = Long.getLong("daybook.model.seed");
        if (one != null) {
            run(one, Rig.plain(), new Totals());
            run(one, Rig.plain().withMix(Mix.RESTLESS), new Totals());
            return;
        }
        int seeds = Integer.getInteger("daybook.model.seeds", 6000);
        for (int from = 0; from < seeds; from += 2000) {
            measure(from, Math.min(seeds, from + 2000), Rig.plain());
        }
        measure(0, Math.max(1, seeds / 12), Rig.plain().withMix(Mix.RESTLESS));
    }

    /** Runs seeds of one mix and tells how fast: by the clock, and by the processor time of this thread and of all threads. */
    private static void measure(long from, long to, Rig rig) {
        Totals totals = new Totals();
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
        assertThat(totals.fewestRestarts).isGreaterThanOrEqualTo(2);
    }

    @Test
    void seedsThatFailedOncePass() throws IOException {
        Totals totals = new Totals();
        try (var in = EngineModelTest.class.getResourceAsStream("/model-regress-seeds.txt");
                var lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
            lines.lines()
                    .map(line -> line.replaceAll("#.*", "").strip())
                    .filter(line -> !line.isEmpty())
                    .forEach(line -> {
                        String[] words = line.split(" ");
                        run(Long.parseLong(words[1]), Rig.plain().withMix(Mix.valueOf(words[0])), totals);
                    });
        }
    }

    @Test
    void randomOperationsAgreeWithTheModelOnRocksDb(@TempDir Path directory) {
        Totals totals = new Totals();
        Rig rocks = Rig.plain().withIndexes(seed -> new RocksIndexDouble(directory.resolve("seed-" + seed)));
        for (long seed = 0; seed < Integer.getInteger("daybook.model.rocks.seeds", 30); seed++) {
            run(seed, rocks, totals);
        }
        System.out.println("model on RocksDB: " + totals);
    }

    /** What the model must find: each does one thing wrong, at the seams of the test. */
    enum Mutant {
        INDEX_DROPS_A_BATCH(plain -> plain.withIndex(index -> new MutantIndex(index) {
            @Override
            boolean puts(int batch, long entryId) {
                return batch != 2;
            }
        })),
        INDEX_DROPS_ONE_ENTRY(plain -> plain.withIndex(index -> new MutantIndex(index) {
            @Override
            boolean puts(int batch, long entryId) {
                return entryId != 11;
            }
        })),
        INDEX_IGNORES_TRUNCATIONS(plain -> plain.withIndex(index -> new MutantIndex(index) {
            @Override
            boolean truncates() {
                return false;
            }
        })),
        INDEX_IGNORES_DELETIONS(plain -> plain.withIndex(index -> new MutantIndex(index) {
            @Override
            boolean drops() {
                return false;
            }
        })),
        INDEX_FORGETS_FENCES(plain -> plain.withIndex(index -> new MutantIndex(index) {
            @Override
            LedgerRow row(LedgerRow row) {
                return changed(row, false, row.trimBound(), row.entryCount(), row.nextEntryId());
            }
        })),
        INDEX_FORGETS_TRIM_BOUNDS(plain -> plain.withIndex(index -> new MutantIndex(index) {
            @Override
            LedgerRow row(LedgerRow row) {
                return changed(row, row.fenced(), 0, row.entryCount(), row.nextEntryId());
            }
        })),
        INDEX_COUNTS_ONE_TOO_MANY(plain -> plain.withIndex(index -> new MutantIndex(index) {
            @Override
            LedgerRow row(LedgerRow row) {
                return changed(row, row.fenced(), row.trimBound(), row.entryCount() + 1, row.nextEntryId());
            }
        })),
        INDEX_FORGETS_NEXT_IDS(plain -> plain.withIndex(index -> new MutantIndex(index) {
            @Override
            LedgerRow row(LedgerRow row) {
                return changed(row, row.fenced(), row.trimBound(), row.entryCount(), row.lastEntryId() + 1);
            }
        })),
        INDEX_FINDS_THE_NEIGHBOUR(plain -> plain.withIndex(index -> new MutantIndex(index) {
            @Override
            Location found(Location location) {
                return location == null ? null : new Location(location.segmentId(), location.offset() + 1, 1);
            }
        })),
        JOURNAL_IS_NOT_SYNCED(plain -> plain.withDisk(disk -> new MutantDisk(disk) {
            @Override
            boolean syncs(String file, boolean metadata) {
                return metadata || !file.contains("segment");
            }
        })),
        MANIFEST_IS_NOT_SYNCED(plain -> plain.withDisk(disk -> new MutantDisk(disk) {
            @Override
            boolean syncs(String file, boolean metadata) {
                return !file.contains("manifest");
            }
        })),
        DIRECTORIES_ARE_NOT_SYNCED(plain -> plain.withDisk(disk -> new MutantDisk(disk) {
            @Override
            boolean syncsDirectory() {
                return false;
            }
        })),
        DISK_FLIPS_BITS(plain -> plain.withDisk(disk -> new MutantDisk(disk) {
            @Override
            void read(ByteBuffer target, int from, int bytes) {
                if (bytes > 2000) {
                    target.put(from + 1999, (byte) (target.get(from + 1999) ^ 4));
                }
            }
        })),
        ENGINE_ACKNOWLEDGES_AT_ONCE(answers((right, method, arguments, call) -> {
            Object answer = call.call(arguments);
            boolean refused = answer instanceof CompletableFuture<?> future && future.isCompletedExceptionally();
            return method.equals("truncateAfter") && !refused ? CompletableFuture.completedFuture(null) : answer;
        })),
        ENGINE_LETS_APPENDS_PAST_A_FENCE(
                answers((right, method, arguments, call) -> method.equals("append") && arguments.length == 3
                        ? right.appendRecovery((Long) arguments[0], (Long) arguments[1], (ByteBuf) arguments[2])
                        : call.call(arguments))),
        ENGINE_TRUNCATES_ONE_TOO_MANY(answers((right, method, arguments, call) -> call.call(
                method.equals("truncateAfter") && (Long) arguments[1] > 0
                        ? new Object[] {arguments[0], (Long) arguments[1] - 1}
                        : arguments))),
        ENGINE_SYNCS_NOTHING(answers((right, method, arguments, call) ->
                method.equals("sync") ? CompletableFuture.completedFuture(null) : call.call(arguments))),
        ENGINE_SCANS_ONE_TOO_FAR(answers((right, method, arguments, call) -> call.call(
                method.equals("scan") && (Long) arguments[2] >= 0 && (Long) arguments[2] < 1000
                        ? new Object[] {arguments[0], arguments[1], (Long) arguments[2] + 1}
                        : arguments)));

        private final UnaryOperator<Rig> mutation;

        Mutant(UnaryOperator<Rig> mutation) {
            this.mutation = mutation;
        }

        private static UnaryOperator<Rig> answers(MutantEngine.Answer answer) {
            return plain -> plain.withEngine(engine -> MutantEngine.of(engine, answer));
        }

        private static LedgerRow changed(LedgerRow row, boolean fenced, long trimBound, long count, long nextId) {
            return new LedgerRow(
                    row.ledgerId(),
                    row.generation(),
                    fenced,
                    row.lastAddConfirmed(),
                    trimBound,
                    row.firstEntryId(),
                    row.lastEntryId(),
                    count,
                    row.bytes(),
                    nextId,
                    row.metadata());
        }
    }

    @ParameterizedTest
    @EnumSource(Mutant.class)
    void aMutantIsFound(Mutant mutant) throws Exception {
        Rig rig = mutant.mutation.apply(Rig.plain());
        for (long seed = 0; seed < 2000; seed++) {
            try {
                new ModelRun(seed, rig, new Totals(), null).run();
            } catch (AssertionError | RuntimeException | IOException e) {
                String[] lines = String.valueOf(e.getMessage()).split("\n");
                System.out.println("model finds " + mutant + ": " + lines[0]);
                return;
            }
        }
        throw new AssertionError(mutant + " is not found");
    }
}
