package io.daybook.engine.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import io.daybook.engine.LedgerEngine;
import java.io.BufferedReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The end of a process whose engine has a shutdown hook: signals under load, one more while it closes, exit in a callback. */
@Timeout(120)
@Tag("A9")
@Tag("D3")
class HookTest {
    private static final int TERMINATED = 128 + 15;

    @TempDir
    Path directory;

    private Path store;
    private Path errors;
    private Path crash;

    /** What a child printed. */
    private record Output(long durable, long failed, boolean closing) {}

    private Process start(String mode) throws Exception {
        store = directory.resolve("store");
        errors = directory.resolve("stderr");
        crash = directory.resolve("hs_err.log");
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx512m",
                        "-XX:ErrorFile=" + crash,
                        "-XX:-CreateCoredumpOnCrash",
                        "-XX:+IgnoreUnrecognizedVMOptions",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        HookChild.class.getName(),
                        store.toString(),
                        mode)
                .redirectError(errors.toFile())
                .start();
    }

    /** Reads to the end; signals once so many entries are durable, and again when the child says that it closes. */
    private static Output read(Process child, long signalAt) throws Exception {
        long durable = 0;
        long failed = 0;
        boolean signalled = false;
        boolean closing = false;
        try (BufferedReader out = child.inputReader()) {
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                if (line.equals("CLOSING")) {
                    closing = true;
                    child.toHandle().destroy();
                } else if (line.startsWith("FAILED")) {
                    failed++;
                } else {
                    durable = Long.parseLong(line);
                    if (!signalled && durable >= signalAt) {
                        signalled = true;
                        child.toHandle().destroy();
                    }
                }
            }
        }
        return new Output(durable, failed, closing);
    }

    private void assertEnded(Process child, int status) throws Exception {
        assertThat(child.waitFor(60, TimeUnit.SECONDS)).as("ended in time").isTrue();
        assertThat(child.exitValue()).as(Files.readString(errors)).isEqualTo(status);
        assertThat(crash).doesNotExist();
        try (Stream<Path> files = Files.list(directory)) {
            assertThat(files).noneMatch(file -> file.getFileName().toString().startsWith("hs_err"));
        }
    }

    /** Everything told is there, without a gap; whether it was closed in order. */
    private boolean assertWhole(long durable) throws Exception {
        ClosingRig rig = new ClosingRig(store, "after");
        try (LedgerEngine engine = rig.open()) {
            long count = engine.entryCount(1);
            assertThat(count).isGreaterThanOrEqualTo(durable);
            assertThat(engine.lastEntryId(1)).hasValue(count - 1);
            for (long entryId = 0; entryId < durable; entryId += 37) {
                assertThat(ClosingRig.read(engine, 1, entryId)).isEqualTo("entry " + entryId);
            }
            return rig.replayedRecords() == 0;
        }
    }

    @Test
    void aSignalUnderLoadClosesInOrder() throws Exception {
        Process child = start("load");
        Output output = read(child, 20_000);
        assertEnded(child, TERMINATED);
        assertThat(output.failed()).isZero();
        assertThat(assertWhole(output.durable())).as("nothing to replay").isTrue();
    }

    @Test
    void aSecondSignalWhileItClosesChangesNothing() throws Exception {
        Process child = start("slow");
        Output output = read(child, 20_000);
        assertThat(output.closing()).as("the second signal was sent").isTrue();
        assertEnded(child, TERMINATED);
        assertThat(output.failed()).isZero();
        assertThat(assertWhole(output.durable())).as("nothing to replay").isTrue();
    }

    @Test
    void exitInsideOfACallbackEndsWithinTheDeadlines() throws Exception {
        Process child = start("exit");
        Output output = read(child, Long.MAX_VALUE);
        assertEnded(child, 7);
        assertThat(output.durable()).isGreaterThanOrEqualTo(5000);
        assertWhole(output.durable());
    }
}
