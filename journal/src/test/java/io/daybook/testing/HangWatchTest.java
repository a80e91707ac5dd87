package io.daybook.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
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
                .option("-D" + HangWatch.MINUTES + "=0.03")
                .option("-D" + HangWatch.DIRECTORY + "=" + hangs)
                .run();
        assertThat(result.exitCode()).isEqualTo(HangWatch.EXIT_CODE);
        assertThat(result.lines())
                .anyMatch(line -> line.matches("HANGS for [0-9]+ s: HangingTest.hangs"))
                .anyMatch(line -> line.contains("CompletableFuture.join"))
                .anyMatch(line -> line.contains("Hanging.main"));
        assertKept(hangs, "Hanging.main");
    }

    /** Hangs in printing, as nobody reads. */
    static final class Printing {
        public static void main(String[] args) {
            HangWatch.begin("PrintingTest.prints");
            while (true) {
                System.out.println("again");
            }
        }
    }

    @Test
    void aHangIsKeptAndEndedWhereNobodyReads(@TempDir Path directory) throws Exception {
        Path hangs = directory.resolve("hangs");
        Process process = new ForkedJvm(directory, Printing.class)
                .option("-D" + HangWatch.MINUTES + "=0.03")
                .option("-D" + HangWatch.DIRECTORY + "=" + hangs)
                .start();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isEqualTo(HangWatch.EXIT_CODE);
        assertKept(hangs, "Printing.main");
    }

    private static void assertKept(Path hangs, String frame) throws IOException {
        try (Stream<Path> kept = Files.list(hangs)) {
            assertThat(kept.toList())
                    .singleElement()
                    .satisfies(file -> assertThat(file).content().contains(frame));
        }
    }

    @Test
    void theBuildHasALimit() {
        assertThat(System.getProperty(HangWatch.MINUTES)).isNotNull();
    }
}
