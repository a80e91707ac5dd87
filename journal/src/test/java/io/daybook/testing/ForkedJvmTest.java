package io.daybook.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ForkedJvmTest {
    /** Says nothing for a long time. */
    static final class Silent {
        public static void main(String[] args) throws InterruptedException {
            Thread.sleep(600_000);
        }
    }

    @Test
    void whoReadsFromAChildThatHangsComesToAnEnd(@TempDir Path directory) throws Exception {
        Process process = new ForkedJvm(directory, Silent.class)
                .within(Duration.ofSeconds(2))
                .start();
        try (var said = process.inputReader()) {
            assertThat(said.readLine()).isNull();
        }
        assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isEqualTo(128 + 9);
    }
}
