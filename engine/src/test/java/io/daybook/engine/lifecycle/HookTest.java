package io.daybook.engine.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import io.daybook.engine.LedgerEngine;
import io.daybook.testing.ForkedJvm;
import java.io.BufferedReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
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
    private ForkedJvm jvm;
    private Process child;

    /** What a child printed. */
    private record Output(long durable, long failed, boolean closing) {}

    private void start(String mode) throws Exception {
        store = directory.resolve("store");
        jvm = new ForkedJvm(directory, HookChild.class).option("-Xmx512m").within(Duration.ofSeconds(90));
        child = jvm.start(store, mode);
    }

    @AfterEach
    void kill() {
        child.destroyForcibly();
    }

    /** Reads to the end; signals once so many entries are durable, and again when the child says that it closes. */
    private Output read(long signalAt) throws Exception {
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
                } else if (line.matches("[0-9]+")) {
                    durable = Long.parseLong(line);
                    if (!signalled && durable >= signalAt) {
                        signalled = true;
                        child.toHandle().destroy();
                    }
                } else {
                    System.out.println("the child said: " + line);
                }
            }
        }
        return new Output(durable, failed, closing);
    }

    private void assertEnded(int status) throws Exception {
        assertThat(child.waitFor(60, TimeUnit.SECONDS)).as("ended in time").isTrue();
        assertThat(child.exitValue())
                .as(Files.readString(directory.resolve("stderr")))
                .isEqualTo(status);
        assertThat(jvm.errorFile()).isEmpty();
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
        start("load");
        Output output = read(20_000);
        assertEnded(TERMINATED);
        assertThat(output.failed()).isZero();
        assertThat(assertWhole(output.durable())).as("nothing to replay").isTrue();
    }

    @Test
    void aSecondSignalWhileItClosesChangesNothing() throws Exception {
        start("slow");
        Output output = read(20_000);
        assertThat(output.closing()).as("the second signal was sent").isTrue();
        assertEnded(TERMINATED);
        assertThat(output.failed()).isZero();
        assertThat(assertWhole(output.durable())).as("nothing to replay").isTrue();
    }

    @Test
    void exitInsideOfACallbackEndsWithinTheDeadlines() throws Exception {
        start("exit");
        Output output = read(Long.MAX_VALUE);
        assertEnded(7);
        assertThat(output.durable()).isGreaterThanOrEqualTo(5000);
        assertWhole(output.durable());
    }
}
