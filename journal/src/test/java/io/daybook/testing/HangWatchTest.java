package io.daybook.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A test that hangs must end, and be named. */
class HangWatchTest {
    /** Waits for ever, deaf to interrupts. */
    static final class Hanging {
        public static void main(String[] args) {
            HangWatch.begin("HangingTest.hangs");
            new CompletableFuture<Void>().join();
        }
    }

    @Test
    void aHangIsEndedAndNamed(@TempDir Path directory) throws Exception {
        Path hangs = directory.resolve("hangs");
        ForkedJvm.Result result = new ForkedJvm(directory, Hanging.class)
                .option("-D" + HangWatch.MINUTES + "=0.005")
                .option("-D" + HangWatch.DIRECTORY + "=" + hangs)
                .run();
        assertThat(result.exitCode()).isEqualTo(HangWatch.EXIT_CODE);
        assertThat(result.lines())
                .anyMatch(line -> line.matches("HANGS for [0-9]+ s: HangingTest.hangs"))
                .anyMatch(line -> line.contains("CompletableFuture.join"))
                .anyMatch(line -> line.contains("Hanging.main"));
        try (Stream<Path> kept = Files.list(hangs)) {
            assertThat(kept.toList())
                    .singleElement()
                    .satisfies(file -> assertThat(file).content().contains("Hanging.main"));
        }
    }

    @Test
    void theBuildHasALimit() {
        assertThat(System.getProperty(HangWatch.MINUTES)).isNotNull();
    }
}
