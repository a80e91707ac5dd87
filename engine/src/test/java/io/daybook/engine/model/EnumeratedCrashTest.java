package io.daybook.engine.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.daybook.testing.QuietLog;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
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
 * Scripts that are crashed behind every storage operation, times what a crash may leave, and crashed again at every operation
 * of the open that follows (F1 to F5, F11; I1 to I6, I8, I11, I12, I14).
 *
 * <p>{@code -Ddaybook.crash.states=N} checks so many, spread over all; {@code -Ddaybook.crash=STATE} one, by the name that a
 * failure tells.
 */
@ExtendWith(QuietLog.class)
class EnumeratedCrashTest {
    // Many times what it takes: who needs that long does not fit its level, or hangs.
    private static final long SOME_MINUTES = 10;
    private static final long ALL_MINUTES = 40;

    /** A little fewer than there were when this was written: a script or a place that is lost must not pass unnoticed. */
    private static final long STATES_MIN = 32_500;

    /** The same, inside the opens. */
    private static final long STATES_IN_OPENS_MIN = 61_000;

    @Test
    @EnabledIfSystemProperty(named = "daybook.crash", matches = ".+")
    void oneState() throws Exception {
        String id = System.getProperty("daybook.crash");
        Script script = Scripts.named(id.substring(0, id.indexOf('/')));
        new CrashStates(script, Rig.plain(), new CrashStates.Counts()).repeat(id);
    }

    @Test
    @Timeout(value = SOME_MINUTES, unit = TimeUnit.MINUTES)
    void someStatesOfEachScript() throws Exception {
        int wanted = Integer.getInteger("daybook.crash.states", 10_000);
        CrashStates.Counts counts = new CrashStates.Counts();
        long start = System.nanoTime();
        List<Script> scripts = Scripts.all();
        for (int i = 0; i < scripts.size(); i++) {
            int share = wanted * (i + 1) / scripts.size() - wanted * i / scripts.size();
            some(scripts.get(i), Rig.plain(), counts, share);
        }
        print("some", counts, start);
        assertThat(counts.all()).isGreaterThanOrEqualTo(wanted);
        if (wanted >= 1_000) {
            requireAll(counts);
            assertThat(counts.inOpen).isPositive();
        }
    }

    /** Four of five states are behind operations of the script, the others inside the opens of some of those. */
    private static void some(Script script, Rig rig, CrashStates.Counts counts, int share) throws Exception {
        CrashStates states = new CrashStates(script, rig, counts);
        List<CrashStates.State> all = states.all();
        int first = Math.min(all.size(), share * 4 / 5);
        for (int i = 0; i < first; i++) {
            states.check(all.get((int) ((long) i * all.size() / first)));
        }
        // A step that shares no factor with the number of survivals, so that all of them come about.
        int left = share - first;
        for (int at = 0; left > 0; at = (at + 29) % all.size()) {
            int turn = at;
            for (CrashPoint second : states.openPoints(all.get(at))) {
                if (left > 0 && turn++ % 4 == 0) {
                    List<Survival> then = CrashStates.survivals(second);
                    states.checkInOpen(all.get(at), new CrashStates.State(second, then.get(turn / 4 % then.size())));
                    left--;
                }
            }
        }
    }

    private static void print(String what, CrashStates.Counts counts, long start) {
        System.out.printf("enumerated crashes, %s: %s; %.0f s%n", what, counts, (System.nanoTime() - start) / 1e9);
    }

    @Test
    @Tag("proof")
    @Timeout(value = ALL_MINUTES, unit = TimeUnit.MINUTES)
    void everyStateOfEachScript() throws Exception {
        CrashStates.Counts counts = new CrashStates.Counts();
        long start = System.nanoTime();
        for (Script script : Scripts.all()) {
            CrashStates states = new CrashStates(script, Rig.plain(), counts);
            states.all().forEach(states::check);
        }
        print("all", counts, start);
        requireAll(counts);
        assertThat(counts.all()).isGreaterThanOrEqualTo(STATES_MIN);
        assertThat(counts.inOpen).isZero();
    }

    /** Every operation of the open that follows, behind every operation; of what each crash leaves one in turn. */
    @Test
    @Tag("proof")
    @Timeout(value = ALL_MINUTES, unit = TimeUnit.MINUTES)
    void everyPlaceOfTheOpensThatFollow() throws Exception {
        CrashStates.Counts counts = new CrashStates.Counts();
        long start = System.nanoTime();
        int turn = 0;
        for (Script script : Scripts.all()) {
            CrashStates states = new CrashStates(script, Rig.plain(), counts);
            for (CrashPoint point : states.points()) {
                List<Survival> survivals = CrashStates.survivals(point);
                var first = new CrashStates.State(point, survivals.get(turn++ % survivals.size()));
                for (CrashPoint second : states.openPoints(first)) {
                    List<Survival> then = CrashStates.survivals(second);
                    states.checkInOpen(first, new CrashStates.State(second, then.get(turn++ % then.size())));
                }
            }
        }
        print("all places inside opens", counts, start);
        requireAll(counts);
        assertThat(counts.all()).isGreaterThanOrEqualTo(STATES_IN_OPENS_MIN);
        assertThat(counts.inOpen).isEqualTo(counts.all());
    }

    /** No script and nothing that can survive was left out. */
    private static void requireAll(CrashStates.Counts counts) {
        assertThat(counts.byScript)
                .containsOnlyKeys(Scripts.all().stream().map(Script::name).toList());
        assertThat(counts.byPower)
                .containsOnlyKeys(
                        Survival.ALL.stream().map(Survival::power).distinct().toList());
    }

    /** Two crashes, one behind any operation of any script and one in the open that follows, each drawn at random. */
    @Test
    @Tag("soak")
    void pairsOfCrashes() throws Exception {
        long seed = Long.getLong("daybook.seed", System.nanoTime());
        long minutes = Long.getLong("daybook.crash.minutes", 10);
        SplittableRandom random = new SplittableRandom(seed);
        CrashStates.Counts counts = new CrashStates.Counts();
        long start = System.nanoTime();
        System.out.println("pairs of crashes, seed " + seed);
        List<Script> scripts = Scripts.all();
        while (System.nanoTime() - start < minutes * 60_000_000_000L) {
            CrashStates states = new CrashStates(scripts.get(random.nextInt(scripts.size())), Rig.plain(), counts);
            for (int i = 0; i < 200; i++) {
                List<CrashPoint> points = states.points();
                var first = new CrashStates.State(points.get(random.nextInt(points.size())), Survival.random(random));
                List<CrashPoint> inOpen = states.openPoints(first);
                CrashPoint second = inOpen.get(random.nextInt(inOpen.size()));
                states.checkInOpen(first, new CrashStates.State(second, Survival.random(random)));
            }
        }
        print("pairs, seed " + seed, counts, start);
    }

    /** What the states must find: each does one thing wrong, at the seams of the test. */
    enum Mutant {
        JOURNAL_IS_NOT_SYNCED(Mutations.syncs((file, metadata) -> metadata || !file.startsWith("segment"))),
        SEGMENTS_ARE_NOT_SYNCED_WHEN_MADE_OR_SEALED(
                Mutations.syncs((file, metadata) -> !metadata || !file.startsWith("segment"))),
        MANIFEST_IS_NOT_SYNCED(Mutations.syncs((file, metadata) -> !file.startsWith("manifest"))),
        MANIFEST_IS_RENAMED_UNSYNCED(Mutations.syncs((file, metadata) -> !file.endsWith(".tmp"))),
        DIRECTORIES_ARE_NOT_SYNCED(Mutations.syncsNoDirectory()),
        INDEX_DROPS_ONE_ENTRY(Mutations.puts(entryId -> entryId != 2)),
        INDEX_IGNORES_DELETIONS(Mutations.dropsNothing()),
        INDEX_FORGETS_FENCES(Mutations.forgetsFences()),
        ENGINE_ACKNOWLEDGES_AT_ONCE(Mutations.answers((right, method, arguments, call) -> {
            Object answer = call.call(arguments);
            return method.equals("append") && arguments.length == 3 ? CompletableFuture.completedFuture(null) : answer;
        })),
        ENGINE_SYNCS_NOTHING(Mutations.syncsNothing());

        private final UnaryOperator<Rig> mutation;

        Mutant(UnaryOperator<Rig> mutation) {
            this.mutation = mutation;
        }
    }

    @ParameterizedTest
    @EnumSource(Mutant.class)
    void aMutantIsFound(Mutant mutant) throws Exception {
        Rig rig = mutant.mutation.apply(Rig.plain());
        CrashStates.Counts counts = new CrashStates.Counts();
        // A few of each script, as most mutants concern few of them; then more.
        for (int i = 0; i < 2 * Scripts.all().size(); i++) {
            Script script = Scripts.all().get(i % Scripts.all().size());
            if (!script.faults()) {
                continue;
            }
            try {
                some(script, rig, counts, i < Scripts.all().size() ? 25 : 300);
            } catch (AssertionError e) {
                String[] lines = String.valueOf(e.getMessage()).split("\n");
                System.out.println(
                        "enumerated crashes find " + mutant + " after " + counts.all() + " states: " + lines[0]);
                return;
            }
        }
        throw new AssertionError(mutant + " is not found by " + counts.all() + " states");
    }
}
