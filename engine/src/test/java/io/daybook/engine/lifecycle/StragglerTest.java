package io.daybook.engine.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.daybook.engine.DirectoryLockedException;
import io.daybook.engine.Durability;
import io.daybook.engine.EngineClosedException;
import io.daybook.engine.LedgerEngine;
import io.daybook.engine.ShutdownReport;
import io.daybook.engine.ShutdownReport.Outcome;
import io.daybook.testing.OwnThread;
import io.netty.buffer.Unpooled;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Something hangs while the engine closes: who waits is told, the directory stays locked, and whoever ends last lets it go. */
@Timeout(60)
@Tag("D1")
class StragglerTest {
    private static final int IN_FLIGHT = 2000;

    @TempDir
    Path directory;

    private static void assertUnknown(CompletableFuture<?> future) {
        assertThatThrownBy(() -> future.get(30, TimeUnit.SECONDS))
                .isInstanceOf(ExecutionException.class)
                .cause()
                .isInstanceOf(EngineClosedException.class);
    }

    private ClosingRig rig(String name) {
        return new ClosingRig(directory, name);
    }

    private static void holdCommits(ClosingRig rig) {
        rig.gate.arm(event -> event.startsWith("daybook-" + rig.name + "-commit") && event.contains("sync"));
    }

    @Test
    void aHangingSyncKeepsTheLockAndTheCommitterDoesTheReleasesWhenItEnds() throws Exception {
        ClosingRig rig = rig("sync");
        LedgerEngine engine = rig.open();
        ClosingRig.appendAll(engine, 1, 100);
        holdCommits(rig);
        List<CompletableFuture<?>> futures = new ArrayList<>();
        AtomicIntegerArray told = new AtomicIntegerArray(IN_FLIGHT);
        AtomicInteger wrong = new AtomicInteger();
        for (int i = 0; i < IN_FLIGHT; i++) {
            if (i % 2 == 0) {
                futures.add(ClosingRig.append(engine, 1, 100 + i));
            } else {
                int at = i;
                engine.append(
                        1,
                        100 + i,
                        Unpooled.wrappedBuffer(("entry " + (100 + i)).getBytes()),
                        (ledgerId, entryId, failure, context) -> {
                            told.incrementAndGet(at);
                            if (ledgerId != 1
                                    || entryId != 100 + at
                                    || !(failure instanceof EngineClosedException)
                                    || !context.equals("context " + at)) {
                                wrong.incrementAndGet();
                            }
                        },
                        "context " + i);
            }
        }
        futures.add(engine.fence(1));
        futures.add(engine.sync());
        futures.add(engine.awaitLastAddConfirmed(1, 5));
        rig.gate.awaitEntered();

        ShutdownReport report = engine.shutdown();
        assertThat(ClosingRig.stage(report, Stage.DRAIN_APPENDS).outcome()).isEqualTo(Outcome.OVERRAN);
        assertThat(ClosingRig.stage(report, Stage.STOP_BACKGROUND).outcome()).isEqualTo(Outcome.OVERRAN);
        assertThat(ClosingRig.stage(report, Stage.STOP_BACKGROUND).detail()).contains("daybook-sync-commit-");
        for (Stage skipped :
                new Stage[] {Stage.SYNC_JOURNAL, Stage.FLUSH_INDEX, Stage.CLOSE_NATIVE, Stage.RELEASE_DIRECTORY}) {
            assertThat(ClosingRig.stage(report, skipped).outcome()).isEqualTo(Outcome.SKIPPED);
        }
        futures.forEach(StragglerTest::assertUnknown);
        assertThatThrownBy(() -> LedgerEngine.open(directory)).isInstanceOf(DirectoryLockedException.class);
        assertThat(rig.events).noneMatch(event -> event.endsWith("CLOSE_DATABASE") || event.endsWith("unlock"));

        rig.gate.open();
        rig.assertGone();
        assertThat(wrong).hasValue(0);
        for (int i = 1; i < IN_FLIGHT; i += 2) {
            assertThat(told.get(i)).as("append %s is told once", i).isEqualTo(1);
        }
        // What was in flight may be there, and here the device took it after all.
        ClosingRig.assertEntries(directory, 1, 100 + IN_FLIGHT);
    }

    @Test
    void aSyncThatHangsAndThenFailsLosesNothingThatWasAcknowledged() throws Exception {
        ClosingRig rig = rig("broken");
        LedgerEngine engine = rig.open();
        ClosingRig.appendAll(engine, 1, 100);
        holdCommits(rig);
        List<CompletableFuture<?>> futures = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            futures.add(ClosingRig.append(engine, 1, 100 + i));
        }
        rig.gate.awaitEntered();
        engine.close();
        futures.forEach(StragglerTest::assertUnknown);

        rig.gate.openBroken();
        rig.awaitNoThread();
        assertThat(rig.samples()).isEmpty();
        assertThat(engine.health().failure()).isPresent();
        ClosingRig.assertEntries(directory, 1, 100);
    }

    @Test
    void aHangingCallbackLetsNobodyElseWait() throws Exception {
        ClosingRig rig = rig("callback");
        LedgerEngine engine = rig.open();
        ClosingRig.appendAll(engine, 1, 100);
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch leave = new CountDownLatch(1);
        AtomicReference<Throwable> outcome = new AtomicReference<>(new AssertionError("not told"));
        holdCommits(rig);
        // All in one frame: the first one hangs, the others are behind it.
        engine.append(
                1,
                100,
                Unpooled.wrappedBuffer("entry 100".getBytes()),
                (ledgerId, entryId, failure, context) -> {
                    outcome.set(failure);
                    inside.countDown();
                    try {
                        leave.await();
                    } catch (InterruptedException e) {
                        throw new AssertionError(e);
                    }
                },
                null);
        List<CompletableFuture<?>> futures = new ArrayList<>();
        rig.gate.awaitEntered();
        for (int i = 1; i < 500; i++) {
            futures.add(ClosingRig.append(engine, 1, 100 + i));
        }
        rig.gate.open();
        assertThat(inside.await(30, TimeUnit.SECONDS)).isTrue();

        ShutdownReport report = engine.shutdown();
        assertThat(ClosingRig.stage(report, Stage.DRAIN_APPENDS).outcome()).isEqualTo(Outcome.OVERRAN);
        assertThat(ClosingRig.stage(report, Stage.DRAIN_APPENDS).detail())
                .contains("daybook-callback-commit-")
                .contains("StragglerTest");
        futures.forEach(StragglerTest::assertUnknown);
        assertThatThrownBy(() -> LedgerEngine.open(directory)).isInstanceOf(DirectoryLockedException.class);

        leave.countDown();
        rig.assertGone();
        assertThat(outcome).hasValue(null);
        ClosingRig.assertEntries(directory, 1, 600);
    }

    /** What is behind it in its frame is applied when nobody but the owner may use the index any more. */
    @Test
    void whatIsBehindACallbackThatHangsIsAppliedAfterTheEndOfTheLease() throws Exception {
        ClosingRig rig = rig("behind");
        LedgerEngine engine = rig.open();
        ClosingRig.appendAll(engine, 1, 100);
        engine.flush();
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch leave = new CountDownLatch(1);
        holdCommits(rig);
        // Goes alone, and waits; all behind it are one frame.
        ClosingRig.append(engine, 1, 100);
        rig.gate.awaitEntered();
        engine.append(
                1,
                101,
                Unpooled.wrappedBuffer("entry 101".getBytes()),
                (ledgerId, entryId, failure, context) -> {
                    inside.countDown();
                    awaitQuietly(leave);
                },
                null);
        for (int i = 2; i < 200; i++) {
            ClosingRig.append(engine, 1, 100 + i);
        }
        // Both look up what is in the index.
        CompletableFuture<Void> again = ClosingRig.append(engine, 1, 50);
        CompletableFuture<Void> trim = engine.trimBefore(1, 30);
        rig.gate.open();
        assertThat(inside.await(30, TimeUnit.SECONDS)).isTrue();

        engine.close();
        assertUnknown(again);
        assertUnknown(trim);
        assertThat(rig.indexLease.isEnded()).isTrue();

        leave.countDown();
        rig.assertGone();
        assertThat(engine.health().failure()).isEmpty();
        assertThat(rig.events).anyMatch(event -> event.endsWith("CLOSE_DATABASE"));
        try (LedgerEngine next = rig("next").open()) {
            assertThat(next.entryCount(1)).isEqualTo(270);
            assertThat(ClosingRig.read(next, 1, 50)).isEqualTo("entry 50");
        }
    }

    /** Those who wait are told one after the other, by one thread. */
    @Test
    void aWaiterThatHangsWhenItIsToldOfTheCloseLetsNobodyElseWait() throws Exception {
        // All stages but one have to be done in time.
        ClosingRig rig = rig("waiter").deadline(Duration.ofSeconds(2));
        LedgerEngine engine = rig.open();
        ClosingRig.appendAll(engine, 1, 100);
        CountDownLatch leave = new CountDownLatch(1);
        List<CompletableFuture<?>> futures = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            engine.awaitEntry(1, 1_000_000).whenComplete((value, failure) -> awaitQuietly(leave));
            futures.add(engine.awaitEntry(1, 1_000_000));
        }

        ShutdownReport report = engine.shutdown();
        assertThat(ClosingRig.stage(report, Stage.DRAIN_APPENDS).outcome()).isEqualTo(Outcome.OVERRAN);
        assertThat(ClosingRig.stage(report, Stage.RELEASE_DIRECTORY).outcome()).isEqualTo(Outcome.DONE);
        futures.forEach(StragglerTest::assertUnknown);

        leave.countDown();
        rig.assertGone();
    }

    @Test
    void anAppenderThatHangsWhenItIsToldThatItsOutcomeIsUnknownLetsNobodyElseWait() throws Exception {
        ClosingRig rig = rig("told");
        LedgerEngine engine = rig.open();
        ClosingRig.appendAll(engine, 1, 100);
        holdCommits(rig);
        CountDownLatch leave = new CountDownLatch(1);
        List<CompletableFuture<?>> futures = new ArrayList<>();
        ClosingRig.append(engine, 1, 100).whenComplete((nothing, failure) -> awaitQuietly(leave));
        futures.add(ClosingRig.append(engine, 1, 101));
        futures.add(engine.sync());
        futures.add(engine.awaitEntry(1, 1_000_000));
        rig.gate.awaitEntered();

        engine.close();
        futures.forEach(StragglerTest::assertUnknown);

        leave.countDown();
        rig.gate.open();
        rig.assertGone();
        ClosingRig.assertEntries(directory, 1, 102);
    }

    /** As somebody does who interrupts all threads of a group. */
    @Test
    void anInterruptOfAStageDoesNotEndItBeforeTheThreadsItWaitsFor() throws Exception {
        ClosingRig rig = rig("interrupt").deadline(Duration.ofSeconds(2));
        LedgerEngine engine = rig.open();
        ClosingRig.appendAll(engine, 1, 100);
        HeldStage held = new HeldStage(rig, engine, 100);
        held.holdUp(Stage.STOP_BACKGROUND);
        CompletableFuture<ShutdownReport> close = CompletableFuture.supplyAsync(engine::shutdown, OwnThread.EACH);
        Thread stage = null;
        while (stage == null) {
            stage = Thread.getAllStackTraces().keySet().stream()
                    .filter(thread -> thread.getName().equals("daybook-interrupt-STOP_BACKGROUND"))
                    .findFirst()
                    .orElse(null);
        }
        stage.interrupt();
        ShutdownReport report = close.get(30, TimeUnit.SECONDS);
        for (Stage skipped : new Stage[] {Stage.SYNC_JOURNAL, Stage.FLUSH_INDEX, Stage.RELEASE_DIRECTORY}) {
            assertThat(ClosingRig.stage(report, skipped).outcome())
                    .as("%s", skipped)
                    .isEqualTo(Outcome.SKIPPED);
        }

        held.letGo();
        rig.assertGone();
        ClosingRig.assertEntries(directory, 1, 100);
    }

    /** What an appender may hold for as long as it likes must not be waited for. */
    @Test
    void aScrapeDoesNotWaitForAnAppenderThatIsHeldUpInsideOfTheIntake() throws Exception {
        ClosingRig rig = rig("scrape").deadline(Duration.ofSeconds(20));
        LedgerEngine engine = rig.open();
        ClosingRig.appendAll(engine, 1, 100);
        HeldStage held = new HeldStage(rig, engine, 100);
        held.holdUp(Stage.STOP_INTAKE);
        try {
            assertThat(CompletableFuture.supplyAsync(rig::samples, OwnThread.EACH)
                            .get(10, TimeUnit.SECONDS))
                    .contains(
                            "daybook_append_in_flight_bytes[scrape]",
                            "daybook_disk_full[scrape]",
                            "daybook_tail_cache_bytes[scrape]");
        } finally {
            held.letGo();
        }
        assertThat(engine.shutdown().clean()).isTrue();
        rig.assertGone();
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void closingADeferredEngineServesThoseWhoWaitForASync() throws Exception {
        ClosingRig rig = new ClosingRig(directory, "deferred").deadline(Duration.ofSeconds(20));
        LedgerEngine engine =
                rig.open(rig.config().durability(Durability.DEFERRED).build());
        List<CompletableFuture<Void>> syncs = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            ClosingRig.append(engine, 1, i);
            syncs.add(engine.sync());
        }
        ShutdownReport report = engine.shutdown();
        assertThat(report.clean()).as("%s", report).isTrue();
        for (CompletableFuture<Void> sync : syncs) {
            sync.get(30, TimeUnit.SECONDS);
        }
        rig.assertGone();
        ClosingRig.assertEntries(directory, 1, 200);
    }
}
