package io.daybook.lease.jcstress;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Runs jcstress in a JVM of its own, which starts others; a forbidden outcome ends it with an error. */
@Tag("proof")
@Timeout(900)
class LeaseJcstressTest {
    private static final long MINUTES_MAX = 10;

    @TempDir
    private Path directory;

    @Test
    void leaseShowsNoForbiddenOutcome() throws Exception {
        List<Class<?>> tests = List.of(AcquireAgainstEnd.class, ReleaseOnAnotherThread.class, TwoEnders.class);

        Run run = jcstress(tests);

        assertThat(run.exit()).as(run.output()).isZero();
        for (Class<?> test : tests) {
            assertThat(run.output()).contains("[OK] " + test.getName());
        }
        assertThat(run.output()).doesNotContain("[FAILED]").doesNotContain("ERROR");
    }

    @Test
    void seededMistakeIsAForbiddenOutcome() throws Exception {
        Run run = jcstress(List.of(CheckThenIncrement.class));

        assertThat(run.output()).contains("[FAILED] " + CheckThenIncrement.class.getName());
        assertThat(run.exit()).as(run.output()).isNotZero();
    }

    private record Run(int exit, String output) {}

    private Run jcstress(List<Class<?>> tests) throws IOException, InterruptedException {
        String names = String.join("|", tests.stream().map(Class::getName).toList());
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), "org.openjdk.jcstress.Main"));
        command.addAll(List.of("-t", "^(" + names.replace(".", "\\.") + ")$"));
        // All modes of the compiler, but the same one for both actors: a fifth of the JVMs.
        command.addAll(List.of("-m", "quick", "-sc", "false", "-f", "1", "-fsm", "1", "-iters", "4", "-time", "250"));
        command.addAll(
                List.of("-hs", "256", "-v", "-r", directory.resolve("report").toString()));
        File output = directory.resolve("output.txt").toFile();
        Process process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output)
                .start();
        try {
            assertThat(process.waitFor(MINUTES_MAX, TimeUnit.MINUTES)).isTrue();
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
        return new Run(process.exitValue(), Files.readString(output.toPath(), StandardCharsets.UTF_8));
    }
}
