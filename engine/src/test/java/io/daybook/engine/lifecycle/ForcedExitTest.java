package io.daybook.engine.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import io.daybook.engine.LedgerEngine;
import io.daybook.testing.ForkedJvm;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/** The process ends while a stage of the shutdown is under way, and cannot get on: everything acknowledged is there afterwards. */
@Timeout(300)
class ForcedExitTest {
    private static final int ENTRIES = 500;
    private static final int HALTED = 9;
    private static final int TERMINATED = 128 + 15;
    /** A stage before the one that is held up was not done in time, on a disk that is slow just now. */
    private static final int SKIPPED = 4;

    @TempDir
    Path directory;

    @ParameterizedTest
    @EnumSource(value = Stage.class, mode = Mode.EXCLUDE, names = "CANCEL_TRANSFERS")
    @Tag("D2")
    void theProcessIsGoneAtOnce(Stage stage) throws Exception {
        run(stage, "halt", HALTED);
    }

    @ParameterizedTest
    @EnumSource(value = Stage.class, mode = Mode.EXCLUDE, names = "CANCEL_TRANSFERS")
    @Tag("D3")
    void theProcessIsToldToEndTwice(Stage stage) throws Exception {
        run(stage, "term", TERMINATED);
    }

    private void run(Stage stage, String mode, int exitCode) throws Exception {
        ForkedJvm.Result result = null;
        Path store = null;
        for (Duration deadline : ClosingRig.DEADLINES) {
            store = directory.resolve("store-" + deadline.toMillis());
            Path scratch = Files.createDirectory(directory.resolve("scratch-" + deadline.toMillis()));
            result = new ForkedJvm(scratch, Child.class)
                    .option("-Xmx256m")
                    .within(Duration.ofSeconds(90))
                    .run(store, stage, mode, deadline.toMillis());
            if (result.exitCode() != SKIPPED) {
                break;
            }
        }
        assertThat(result.exitCode()).as(result.toString()).isEqualTo(exitCode);
        assertThat(result.errorFile()).isEmpty();
        assertThat(result.lastLine()).isEqualTo("HELD");
        ClosingRig.assertEntries(store, 1, ENTRIES);
    }

    /** Holds up a stage, says so when the shutdown is in it, and ends the process. */
    static final class Child {
        private Child() {}

        public static void main(String[] arguments) throws Exception {
            Stage stage = Stage.valueOf(arguments[1]);
            boolean halt = arguments[2].equals("halt");
            ClosingRig rig = new ClosingRig(Path.of(arguments[0]), "held")
                    .deadline(halt ? Duration.ofSeconds(60) : Duration.ofMillis(Long.parseLong(arguments[3])));
            LedgerEngine engine = rig.open(rig.config().shutdownHook(true).build());
            ClosingRig.appendAll(engine, 1, ENTRIES);
            new HeldStage(rig, engine, ENTRIES).holdUp(stage);
            Thread closer = new Thread(engine::close, "closer");
            closer.setDaemon(true);
            closer.start();
            if (!awaitThread("daybook-held-" + stage, closer)) {
                Runtime.getRuntime().halt(SKIPPED);
            }
            System.out.println("HELD");
            System.out.flush();
            if (halt) {
                Runtime.getRuntime().halt(HALTED);
            }
            for (int i = 0; i < 2; i++) {
                new ProcessBuilder(
                                "kill",
                                "-TERM",
                                Long.toString(ProcessHandle.current().pid()))
                        .start()
                        .waitFor();
            }
            Thread.sleep(80_000);
        }

        /** False: the close is over, and it never began. */
        private static boolean awaitThread(String name, Thread closer) {
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(80);
            boolean over = false;
            while (!lives(name)) {
                if (over) {
                    return false;
                }
                if (System.nanoTime() > end) {
                    throw new AssertionError(name + " never began");
                }
                // One that is held up lives on when the close is over.
                over = !closer.isAlive();
            }
            return true;
        }

        private static boolean lives(String name) {
            return Thread.getAllStackTraces().keySet().stream().anyMatch(thread -> name.equals(thread.getName()));
        }
    }
}
