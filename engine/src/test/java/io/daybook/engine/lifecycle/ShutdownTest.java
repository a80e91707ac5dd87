package io.daybook.engine.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import io.daybook.engine.ShutdownReport;
import io.daybook.engine.ShutdownReport.Outcome;
import io.daybook.engine.ShutdownReport.StageResult;
import io.daybook.testing.Await;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The state machine of a shutdown, with stages that only note that they ran. */
@Timeout(60)
class ShutdownTest {
    private static final Duration DEADLINE = Duration.ofMillis(200);

    private final List<Stage> ran = new CopyOnWriteArrayList<>();
    private final List<String> measured = new CopyOnWriteArrayList<>();

    private Shutdown shutdown() {
        Shutdown shutdown = new Shutdown("unit", DEADLINE, true, (stage, seconds) -> measured.add(stage));
        for (Stage stage : Stage.values()) {
            shutdown.stage(stage, patience -> note(stage));
        }
        return shutdown;
    }

    private String note(Stage stage) {
        ran.add(stage);
        return "";
    }

    private void hold(Shutdown shutdown, Stage stage, CountDownLatch latch) {
        shutdown.stage(
                stage,
                patience -> {
                    latch.await();
                    return note(stage);
                },
                () -> "holder of " + stage);
    }

    private static Map<Stage, Set<Stage>> mustBeOverBefore() {
        // What each part uses, so what must be over before it goes. Said a second time here, on purpose.
        return Map.of(
                Stage.STOP_BACKGROUND, Set.of(Stage.STOP_INTAKE, Stage.CANCEL_TRANSFERS),
                Stage.DRAIN_APPENDS, Set.of(Stage.STOP_INTAKE),
                Stage.CANCEL_TRANSFERS, Set.of(Stage.STOP_INTAKE),
                Stage.SYNC_JOURNAL, Set.of(Stage.STOP_INTAKE, Stage.STOP_BACKGROUND),
                Stage.DEREGISTER_STATS, Set.of(Stage.STOP_INTAKE),
                // Never ahead of the journal, and the flush thread must not write at the same time.
                Stage.FLUSH_INDEX, Set.of(Stage.STOP_BACKGROUND, Stage.SYNC_JOURNAL),
                // No use, no gauge, no write, no thread may meet a closed database.
                Stage.CLOSE_NATIVE, Set.of(Stage.STOP_BACKGROUND, Stage.DEREGISTER_STATS, Stage.FLUSH_INDEX),
                // No writer of any kind may live when another engine comes.
                Stage.RELEASE_DIRECTORY,
                        Set.of(
                                Stage.CANCEL_TRANSFERS,
                                Stage.STOP_BACKGROUND,
                                Stage.SYNC_JOURNAL,
                                Stage.FLUSH_INDEX,
                                Stage.CLOSE_NATIVE));
    }

    private static Set<Stage> allNeeds(Stage stage) {
        EnumSet<Stage> all = EnumSet.noneOf(Stage.class);
        for (Stage need : stage.needs()) {
            all.add(need);
            all.addAll(allNeeds(need));
        }
        return all;
    }

    @Test
    @Tag("B3")
    @Tag("D4")
    void theOrderSatisfiesWhatEachStageNeeds() {
        for (Stage stage : Stage.values()) {
            assertThat(allNeeds(stage)).as("before %s", stage).allMatch(need -> need.compareTo(stage) < 0);
            assertThat(allNeeds(stage))
                    .as("needs of %s", stage)
                    .containsAll(mustBeOverBefore().getOrDefault(stage, Set.of()));
        }
        ShutdownReport report = shutdown().run(true);
        assertThat(ran).containsExactly(Stage.values());
        assertThat(report.clean()).isTrue();
        assertThat(measured)
                .containsExactlyElementsOf(
                        Stream.of(Stage.values()).map(Enum::name).toList());
    }

    @ParameterizedTest
    @EnumSource(Stage.class)
    @Tag("D1")
    void aStageThatHangsIsNamedAndOnlyWhatNeedsItIsSkippedUntilItEnds(Stage held) throws Exception {
        CountDownLatch latch = new CountDownLatch(1);
        Shutdown shutdown = shutdown();
        hold(shutdown, held, latch);
        long start = System.nanoTime();
        ShutdownReport report = shutdown.run(true);
        long tookMillis = (System.nanoTime() - start) / 1_000_000;

        assertThat(tookMillis).isLessThan(Stage.values().length * DEADLINE.toMillis() + 1000);
        assertThat(report.state()).isEqualTo(ShutdownReport.State.FORCED);
        List<Stage> now = new ArrayList<>();
        List<Stage> later = new ArrayList<>();
        for (Stage stage : Stage.values()) {
            StageResult result = ClosingRig.stage(report, stage);
            if (stage == held) {
                assertThat(result.outcome()).isEqualTo(Outcome.OVERRAN);
                assertThat(result.detail()).contains("holder of " + held, "daybook-unit-" + held);
                later.add(stage);
            } else if (allNeeds(stage).contains(held)) {
                assertThat(result.outcome()).as("%s", stage).isEqualTo(Outcome.SKIPPED);
                later.add(stage);
            } else {
                assertThat(result.outcome()).as("%s", stage).isEqualTo(Outcome.DONE);
                now.add(stage);
            }
        }
        assertThat(ran).isEqualTo(now);

        latch.countDown();
        await(Stage.values().length);
        assertThat(ran.subList(now.size(), ran.size())).isEqualTo(later);
        assertThat(shutdown.run(true)).as("the report stays").isSameAs(report);
    }

    static Stream<List<Stage>> ordersOfEnding() {
        return Stream.of(
                List.of(Stage.STOP_BACKGROUND, Stage.DEREGISTER_STATS),
                List.of(Stage.DEREGISTER_STATS, Stage.STOP_BACKGROUND));
    }

    @ParameterizedTest
    @MethodSource("ordersOfEnding")
    @Tag("D1")
    void theLastOneToEndDoesTheRemainingReleases(List<Stage> order) throws Exception {
        Shutdown shutdown = shutdown();
        List<CountDownLatch> latches = List.of(new CountDownLatch(1), new CountDownLatch(1));
        for (int i = 0; i < order.size(); i++) {
            hold(shutdown, order.get(i), latches.get(i));
        }
        shutdown.run(true);
        assertThat(ran).containsExactly(Stage.STOP_INTAKE, Stage.DRAIN_APPENDS, Stage.CANCEL_TRANSFERS);

        latches.get(0).countDown();
        // The journal and the index can go on once the threads have ended, the database only without users.
        await(order.get(0) == Stage.STOP_BACKGROUND ? 6 : 4);
        assertThat(ran).doesNotContain(Stage.CLOSE_NATIVE, Stage.RELEASE_DIRECTORY);
        latches.get(1).countDown();
        await(Stage.values().length);
        assertThat(ran).doesNotHaveDuplicates().endsWith(Stage.CLOSE_NATIVE, Stage.RELEASE_DIRECTORY);
    }

    private void await(int stages) throws InterruptedException {
        Await.until(stages + " stages ran", () -> ran.size() >= stages);
    }

    @ParameterizedTest
    @EnumSource(Stage.class)
    void aStageThatThrowsIsReportedAndTheRestRuns(Stage broken) {
        Shutdown shutdown = shutdown();
        shutdown.stage(broken, patience -> {
            note(broken);
            throw new AssertionError("on purpose");
        });
        ShutdownReport report = shutdown.run(true);
        assertThat(ran).containsExactly(Stage.values());
        assertThat(report.state()).isEqualTo(ShutdownReport.State.FORCED);
        assertThat(ClosingRig.stage(report, broken).outcome()).isEqualTo(Outcome.FAILED);
        assertThat(ClosingRig.stage(report, broken).detail()).contains("on purpose");
    }

    @Test
    void aStageWithoutAThreadThatGaveUpKeepsWhatNeedsIt() {
        Shutdown shutdown = new Shutdown("unit", DEADLINE, false, (stage, seconds) -> {});
        for (Stage stage : Stage.values()) {
            shutdown.stage(stage, patience -> {
                assertThat(patience).isLessThan(DEADLINE.toNanos());
                return note(stage);
            });
        }
        shutdown.stage(Stage.STOP_BACKGROUND, patience -> {
            throw new Shutdown.Overrun("still there", false);
        });
        ShutdownReport report = shutdown.run(true);
        assertThat(ClosingRig.stage(report, Stage.STOP_BACKGROUND).outcome()).isEqualTo(Outcome.OVERRAN);
        assertThat(ran)
                .containsExactly(
                        Stage.STOP_INTAKE, Stage.DRAIN_APPENDS, Stage.CANCEL_TRANSFERS, Stage.DEREGISTER_STATS);
    }

    @Test
    void aStageThatGaveUpOnItsOwnThreadKeepsWhatNeedsIt() {
        Shutdown shutdown = shutdown();
        shutdown.stage(Stage.STOP_BACKGROUND, patience -> {
            throw new Shutdown.Overrun("still there", false);
        });
        ShutdownReport report = shutdown.run(true);
        assertThat(ClosingRig.stage(report, Stage.STOP_BACKGROUND).outcome()).isEqualTo(Outcome.OVERRAN);
        assertThat(ran)
                .containsExactly(
                        Stage.STOP_INTAKE, Stage.DRAIN_APPENDS, Stage.CANCEL_TRANSFERS, Stage.DEREGISTER_STATS);
    }

    @Test
    @Tag("A6")
    void theSecondCallerWaitsForTheFirstAndOneOnAStagesThreadDoesNot() throws Exception {
        Shutdown shutdown = new Shutdown("unit", Duration.ofSeconds(30), true, (stage, seconds) -> {});
        CountDownLatch latch = new CountDownLatch(1);
        CompletableFuture<ShutdownReport> inside = new CompletableFuture<>();
        shutdown.stage(Stage.DRAIN_APPENDS, patience -> {
            inside.complete(shutdown.run(true));
            latch.await();
            return "";
        });
        CompletableFuture<ShutdownReport> first = new CompletableFuture<>();
        CompletableFuture<ShutdownReport> second = new CompletableFuture<>();
        Thread one = new Thread(() -> first.complete(shutdown.run(true)));
        one.start();
        assertThat(inside.get(30, TimeUnit.SECONDS).state()).isEqualTo(ShutdownReport.State.RUNNING);
        Thread two = new Thread(() -> {
            Thread.currentThread().interrupt();
            ShutdownReport report = shutdown.run(true);
            assertThat(Thread.currentThread().isInterrupted()).isTrue();
            second.complete(report);
        });
        two.start();
        assertThat(shutdown.run(false).state()).isEqualTo(ShutdownReport.State.RUNNING);
        assertThat(first).isNotDone();
        assertThat(second).isNotDone();
        latch.countDown();
        assertThat(second.get(30, TimeUnit.SECONDS)).isSameAs(first.get(30, TimeUnit.SECONDS));
        assertThat(first.join().clean()).isTrue();
        one.join();
        two.join();
    }
}
