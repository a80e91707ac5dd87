package io.daybook.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Jazzer on every decoder, {@code -Ddaybook.fuzz.seconds} each (20 in the proof, 600 in the soak), only those of
 * {@code -Ddaybook.fuzz.targets} where given. {@code -Ddaybook.fuzz.keep} adds what reached something new to the corpus; a finding
 * is printed in hex and belongs there too. {@code -Ddaybook.fuzz.seed} repeats a run.
 */
class FuzzTest {
    private static final int PROOF_SECONDS = 20;
    private static final int SOAK_SECONDS = 600;
    private static final int CONTROL_SECONDS = 60;
    private static final int KEPT_BYTES_MAX = 600;

    @TempDir
    private Path scratch;

    static List<Targets> targets() {
        String only = System.getProperty("daybook.fuzz.targets", "");
        return Targets.real().stream()
                .filter(target -> only.isEmpty() || List.of(only.split(",")).contains(target.name()))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("targets")
    @Tag("proof")
    void nothingIsFound(Targets target) throws Exception {
        fuzz(target, Integer.getInteger("daybook.fuzz.seconds", PROOF_SECONDS));
    }

    @ParameterizedTest
    @MethodSource("targets")
    @Tag("soak")
    void nothingIsFoundInALongTime(Targets target) throws Exception {
        fuzz(target, Integer.getInteger("daybook.fuzz.seconds", SOAK_SECONDS));
    }

    @Test
    @Tag("proof")
    void theControlIsFound() throws Exception {
        FuzzRun.Result result = FuzzRun.run(Targets.CONTROL, scratch, CONTROL_SECONDS, 1);
        assertThat(result.finding()).as(result.log()).isNotNull();
        System.out.println("fuzz: CONTROL found after " + result.executed() + " inputs");
    }

    private void fuzz(Targets target, int seconds) throws Exception {
        long seed = Long.getLong("daybook.fuzz.seed", 1 + (new SplittableRandom().nextInt() >>> 1));
        FuzzRun.Result result = FuzzRun.run(target, scratch, seconds, seed);
        if (result.finding() != null) {
            throw new AssertionError(target + ", seed " + seed + ", input " + result.log());
        }
        System.out.println(
                "fuzz: " + target + " " + result.executed() + " inputs in " + seconds + " s, " + result.covered()
                        + " edges, seed " + seed + ", " + result.kept().size() + " new");
        assertThat(result.executed()).as(result.log()).isGreaterThan(seconds);
        assertThat(result.covered()).as(result.log()).isGreaterThan(20);
        if (Boolean.getBoolean("daybook.fuzz.keep")) {
            Corpus.add(
                    target,
                    result.kept().stream()
                            .filter(input -> input.length <= KEPT_BYTES_MAX)
                            .toList());
        }
    }
}
