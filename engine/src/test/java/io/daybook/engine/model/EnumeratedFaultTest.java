package io.daybook.engine.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.daybook.storage.Storage;
import io.daybook.storage.StorageFile;
import io.daybook.storage.StorageOp;
import io.daybook.testing.QuietLog;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Scripts of which operation N fails, once or from then on, for every N and every failure that fits it (F5 to F8, F10). What was
 * acknowledged stands, the engine goes on or stops for good and says so, nothing is left open, and what is opened when the
 * fault has gone is right, also behind a power loss (I1 to I6, I12 to I14).
 *
 * <p>{@code -Ddaybook.fault.runs=N} does so many, spread over all; {@code -Ddaybook.fault=RUN} one, by the name that a failure
 * tells.
 */
@ExtendWith(QuietLog.class)
class EnumeratedFaultTest {
    // Many times what it takes: who needs that long does not fit its level, or hangs.
    private static final long SOME_MINUTES = 10;
    private static final long ALL_MINUTES = 40;

    // A little fewer than there were when this was written: a script, an operation or a fault that is lost must not
    // pass
    // unnoticed.
    private static final long RUNS_MIN = 25_500;
    private static final long FAILED_ENGINES_MIN = 9_000;
    private static final long FAILED_OPENS_MIN = 10_500;
    private static final long DISKS_MIN = 3_900;
    private static final long FULL_DISKS_MIN = 1_500;
    /** Of the disks of some sizes. */
    private static final long SOME_DISKS_MIN = 175;

    @Test
    @EnabledIfSystemProperty(named = "daybook.fault", matches = ".+")
    void oneFault() throws Exception {
        String id = System.getProperty("daybook.fault");
        Script script = Scripts.named(id.substring(0, id.indexOf('/')));
        new FaultStates(script, Rig.plain(), new FaultStates.Counts()).repeat(id);
    }

    @Test
    @Timeout(value = SOME_MINUTES, unit = TimeUnit.MINUTES)
    void someFaultsOfEachScript() throws Exception {
        int wanted = Integer.getInteger("daybook.fault.runs", 1_500);
        FaultStates.Counts counts = run("some", wanted);
        requireAll(counts);
        assertThat(counts.all()).isGreaterThanOrEqualTo(wanted);
        assertThat(counts.failedEngines).isPositive();
        assertThat(counts.failedOpens).isPositive();
    }

    @Test
    @Tag("proof")
    @Timeout(value = ALL_MINUTES, unit = TimeUnit.MINUTES)
    void everyFaultOfEachScript() throws Exception {
        FaultStates.Counts counts = run("all", Integer.MAX_VALUE);
        requireAll(counts);
        assertThat(counts.all()).isGreaterThanOrEqualTo(RUNS_MIN);
        assertThat(counts.failedEngines).isGreaterThanOrEqualTo(FAILED_ENGINES_MIN);
        assertThat(counts.failedOpens).isGreaterThanOrEqualTo(FAILED_OPENS_MIN);
    }

    /** No script and no kind of fault was left out. */
    private static void requireAll(FaultStates.Counts counts) {
        assertThat(counts.once).containsOnlyKeys(FaultStates.KINDS);
        assertThat(counts.sticky).containsOnlyKeys(FaultStates.KINDS);
        assertThat(counts.byScript)
                .containsOnlyKeys(Scripts.all().stream()
                        .filter(Script::faults)
                        .map(Script::name)
                        .toList());
    }

    private static FaultStates.Counts run(String what, int wanted) throws Exception {
        FaultStates.Counts counts = new FaultStates.Counts();
        long start = System.nanoTime();
        List<Script> scripts = Scripts.all().stream().filter(Script::faults).toList();
        for (Script script : scripts) {
            FaultStates states = new FaultStates(script, Rig.plain(), counts);
            List<ScriptRun.Fault> faults = states.faults();
            int share = Math.min(faults.size(), wanted / scripts.size() + 1);
            for (int i = 0; i < share; i++) {
                states.check(faults.get((int) ((long) i * faults.size() / share)));
            }
        }
        System.out.printf("enumerated faults, %s: %s; %.0f s%n", what, counts, (System.nanoTime() - start) / 1e9);
        return counts;
    }

    @Test
    @EnabledIfSystemProperty(named = "daybook.size", matches = ".+")
    void oneSize() throws Exception {
        String[] parts = System.getProperty("daybook.size").split("/");
        new FaultStates(Scripts.named(parts[0]), Rig.plain(), new FaultStates.Counts())
                .checkOnDisk(Long.parseLong(parts[1]));
    }

    @Test
    @Timeout(value = SOME_MINUTES, unit = TimeUnit.MINUTES)
    void someSizesOfTheDisk() throws Exception {
        assertThat(sizes("some", 24).all()).isGreaterThanOrEqualTo(SOME_DISKS_MIN);
    }

    @Test
    @Tag("proof")
    @Timeout(value = ALL_MINUTES, unit = TimeUnit.MINUTES)
    void everySizeOfTheDisk() throws Exception {
        FaultStates.Counts counts = sizes("all", 1);
        assertThat(counts.all()).isGreaterThanOrEqualTo(DISKS_MIN);
        assertThat(counts.fullDisks).isGreaterThanOrEqualTo(FULL_DISKS_MIN);
    }

    private static FaultStates.Counts sizes(String what, int pages) throws Exception {
        FaultStates.Counts counts = new FaultStates.Counts();
        long start = System.nanoTime();
        for (Script script : Scripts.all()) {
            if (script.faults()) {
                FaultStates states = new FaultStates(script, Rig.plain(), counts);
                for (long size : states.sizes(pages)) {
                    states.checkOnDisk(size);
                }
            }
        }
        System.out.printf(
                "scripts on small disks, %s sizes: %d runs, %d disks were full, %d opens failed; %.0f s%n",
                what, counts.all(), counts.fullDisks, counts.failedOpens, (System.nanoTime() - start) / 1e9);
        assertThat(counts.fullDisks).isPositive();
        return counts;
    }

    /** What the runs must find: each takes a failure of the disk lightly. */
    enum Mutant {
        FAILED_SYNC_IS_IGNORED(disk -> new MutantDisk(disk) {
            @Override
            void syncFailed(StorageFile file, IOException failure) {}
        }),
        FAILED_SYNC_IS_TRIED_AGAIN(disk -> new MutantDisk(disk) {
            @Override
            void syncFailed(StorageFile file, IOException failure) throws IOException {
                file.sync(true);
            }
        });

        private final UnaryOperator<Storage> mutation;

        Mutant(UnaryOperator<Storage> mutation) {
            this.mutation = mutation;
        }
    }

    @ParameterizedTest
    @EnumSource(Mutant.class)
    void aMutantIsFound(Mutant mutant) throws Exception {
        FaultStates.Counts counts = new FaultStates.Counts();
        Rig rig = Rig.plain().withDisk(mutant.mutation);
        for (Script script : Scripts.all().subList(1, 8)) {
            FaultStates states = new FaultStates(script, rig, counts);
            for (ScriptRun.Fault fault : states.faults()) {
                if (fault.fault().hits(StorageOp.SYNC)) {
                    try {
                        states.check(fault);
                    } catch (AssertionError e) {
                        String[] lines = String.valueOf(e.getMessage()).split("\n");
                        System.out.println(
                                "enumerated faults find " + mutant + " after " + counts.all() + " runs: " + lines[0]);
                        return;
                    }
                }
            }
        }
        throw new AssertionError(mutant + " is not found by " + counts.all() + " runs");
    }
}
