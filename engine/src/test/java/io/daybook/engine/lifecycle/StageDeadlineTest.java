package io.daybook.engine.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.daybook.engine.DirectoryLockedException;
import io.daybook.engine.EngineClosedException;
import io.daybook.engine.LedgerEngine;
import io.daybook.engine.ShutdownReport;
import io.daybook.engine.ShutdownReport.Outcome;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/** A real engine with each stage held up in turn: close returns in time, says who it was, and nothing is lost. */
@Timeout(120)
@Tag("D1")
class StageDeadlineTest {
    private static final int ENTRIES = 500;

    @TempDir
    Path directory;

    /** CANCEL_TRANSFERS has nothing to do yet; ShutdownTest holds it up. */
    @ParameterizedTest
    @EnumSource(value = Stage.class, mode = Mode.EXCLUDE, names = "CANCEL_TRANSFERS")
    void aStageThatIsHeldUpIsNamedAndEndsLater(Stage stage) throws Exception {
        for (Duration deadline : ClosingRig.DEADLINES) {
            if (isHeldUp(stage, deadline, directory.resolve("store-" + deadline.toMillis()))) {
                return;
            }
        }
    }

    /** False: a stage before it was not done in time either, on a disk that is slow just now, and there is a longer deadline. */
    private static boolean isHeldUp(Stage stage, Duration deadline, Path directory) throws Exception {
        ClosingRig rig = new ClosingRig(directory, "held-" + stage).deadline(deadline);
        LedgerEngine engine = rig.open();
        ClosingRig.appendAll(engine, 1, ENTRIES);
        HeldStage held = new HeldStage(rig, engine, ENTRIES);
        String holder = held.holdUp(stage);
        CompletableFuture<Long> waiter = engine.awaitEntry(1, 1_000_000);

        long start = System.nanoTime();
        ShutdownReport report = engine.shutdown();
        long tookMillis = (System.nanoTime() - start) / 1_000_000;
        if (ClosingRig.stage(report, stage).outcome() == Outcome.SKIPPED && !ClosingRig.isLongest(deadline)) {
            held.letGo();
            rig.assertGone();
            return false;
        }

        assertThat(tookMillis).isLessThan(Stage.values().length * deadline.toMillis() + 1000);
        assertThat(report.state()).isEqualTo(ShutdownReport.State.FORCED);
        assertThat(ClosingRig.stage(report, stage).outcome()).isEqualTo(Outcome.OVERRAN);
        assertThat(ClosingRig.stage(report, stage).detail()).contains(holder);
        assertThat(report.stages()).hasSize(Stage.values().length);
        assertThat(engine.shutdown())
                .as("the second caller gets the same report")
                .isSameAs(report);
        assertThatThrownBy(() -> engine.read(1, 1)).isInstanceOf(EngineClosedException.class);
        assertThatThrownBy(() -> LedgerEngine.open(directory)).isInstanceOf(DirectoryLockedException.class);
        if (stage != Stage.STOP_INTAKE) {
            for (CompletableFuture<Void> future : held.inFlight) {
                assertThatThrownBy(() -> future.get(30, TimeUnit.SECONDS))
                        .isInstanceOf(ExecutionException.class)
                        .hasCauseInstanceOf(EngineClosedException.class);
            }
            assertThatThrownBy(() -> waiter.get(30, TimeUnit.SECONDS)).hasCauseInstanceOf(EngineClosedException.class);
            assertThat(rig.samples()).as("nobody scrapes a closed engine").isEmpty();
        }

        held.letGo();
        rig.assertGone();
        assertThatThrownBy(() -> waiter.get(30, TimeUnit.SECONDS)).hasCauseInstanceOf(EngineClosedException.class);
        assertThat(held.inFlight).allMatch(CompletableFuture::isDone);
        try (LedgerEngine again = rig.open()) {
            assertThat(rig.replayedRecords())
                    .as("the straggler has done the rest in order")
                    .isZero();
            assertThat(again.entryCount(1)).isGreaterThanOrEqualTo(ENTRIES);
        }
        rig.assertGone();
        ClosingRig.assertEntries(directory, 1, ENTRIES);
        return true;
    }
}
