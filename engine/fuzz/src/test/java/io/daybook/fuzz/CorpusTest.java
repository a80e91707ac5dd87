package io.daybook.fuzz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** All inputs that are kept, and the real encodings that the fuzzer begins with, with each of them cut and with bits flipped. */
class CorpusTest {
    /** Of the smallest target: a corpus that is lost, or shrinks, is an error. */
    private static final int KEPT_MIN = 30;

    private static final Duration LONGEST = Duration.ofSeconds(20);

    /** Of refused stores and rebuilt indexes it would tell thousands of times. */
    private static final Logger DAYBOOK = Logger.getLogger("io.daybook");

    @BeforeAll
    static void quiet() {
        DAYBOOK.setLevel(Level.OFF);
    }

    @AfterAll
    static void loud() {
        DAYBOOK.setLevel(null);
    }

    static List<Targets> targets() {
        return Targets.real();
    }

    @ParameterizedTest
    @MethodSource("targets")
    void whatWasKeptIsDecodedOrRefused(Targets target) throws Exception {
        List<byte[]> inputs = new ArrayList<>(target.target().seeds());
        assertThat(inputs).isNotEmpty();
        List<byte[]> kept = Corpus.read(target);
        assertThat(kept).as("what fuzzing found in %s", Corpus.file(target)).hasSizeGreaterThanOrEqualTo(KEPT_MIN);
        inputs.addAll(kept);
        for (byte[] input : inputs) {
            run(target, input);
        }
        System.out.println("fuzz corpus: " + target + " " + inputs.size() + " inputs");
    }

    @ParameterizedTest
    @MethodSource("targets")
    void cutOrFlippedSeedsAreDecodedOrRefused(Targets target) throws Exception {
        int step = target == Targets.STORE || target == Targets.BUCKET ? 7 : 1;
        for (byte[] seed : target.target().seeds()) {
            for (int i = 0; i < Math.min(seed.length, 200); i += step) {
                run(target, Arrays.copyOf(seed, i));
                byte[] flipped = seed.clone();
                flipped[i] ^= (byte) (1 << i % 8);
                run(target, flipped);
            }
        }
    }

    private static void run(Targets target, byte[] input) {
        try {
            Assertions.assertTimeout(LONGEST, () -> target.check(input));
        } catch (Throwable e) {
            throw new AssertionError(target + " " + HexFormat.of().formatHex(input), e);
        }
    }

    @Test
    void theControlIsCaught() {
        byte[] bomb = ByteBuffer.allocate(12).putInt(0x52464244).putInt(1 << 20).array();
        assertThatThrownBy(() -> Targets.CONTROL.check(bomb)).isInstanceOf(java.nio.BufferUnderflowException.class);
        byte[] large = ByteBuffer.allocate(12).putInt(0x52464244).putInt(9).array();
        assertThatThrownBy(() -> Targets.CONTROL.check(large)).isInstanceOf(java.nio.BufferUnderflowException.class);
    }
}
