package io.daybook.engine.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.daybook.engine.Durability;
import io.daybook.engine.EngineClosedException;
import io.daybook.engine.EngineFailedException;
import io.daybook.engine.EntryCursor;
import io.daybook.engine.LedgerEngine;
import io.daybook.engine.ShutdownReport;
import io.daybook.engine.ShutdownReport.Outcome;
import io.daybook.testing.Await;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.PrimitiveIterator;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Close from wherever somebody may call it, and on an engine that has failed. */
@Timeout(60)
class CloseAnywhereTest {
    private static final int ENTRIES = 2000;

    @TempDir
    Path directory;

    private ClosingRig rig;

    @BeforeEach
    void rig() {
        rig = new ClosingRig(directory, "anywhere").deadline(Duration.ofSeconds(20));
    }

    @Test
    @Tag("D3")
    void insideOfACursorLoopTheNextStepSaysClosed() throws Exception {
        LedgerEngine engine = rig.open();
        ClosingRig.appendAll(engine, 1, ENTRIES);
        engine.flush();
        ByteBuf kept;
        try (EntryCursor cursor = engine.scan(1, 0, ENTRIES)) {
            for (int i = 0; i < 10; i++) {
                assertThat(cursor.next()).isTrue();
            }
            kept = cursor.entry().retain();
            PrimitiveIterator.OfLong ids = engine.entries(1);
            ids.nextLong();
            ShutdownReport report = engine.shutdown();
            assertThat(report.clean())
                    .as("an open cursor holds nothing: %s", report)
                    .isTrue();
            assertThatThrownBy(cursor::next).isInstanceOf(EngineClosedException.class);
            assertThatThrownBy(() -> {
                        while (true) {
                            ids.nextLong();
                        }
                    })
                    .isInstanceOf(EngineClosedException.class);
        }
        assertThat(new String(ByteBufUtil.getBytes(kept))).isEqualTo("entry 9");
        kept.release();
        rig.assertGone();
        ClosingRig.assertEntries(directory, 1, ENTRIES);
    }

    /** In a deferred engine what was accepted is there for a reader; one that cannot have it yet must not hear "not there". */
    @Test
    void aReaderThatWaitsForWhatADeferredEngineAcceptedIsToldOfTheClose() throws Exception {
        rig.deadline(ClosingRig.DEADLINES.get(0));
        LedgerEngine engine =
                rig.open(rig.config().durability(Durability.DEFERRED).build());
        ClosingRig.appendAll(engine, 1, 10);
        rig.gate.arm(event -> event.startsWith("daybook-anywhere-commit-1: write "));
        ClosingRig.append(engine, 1, 10);
        ClosingRig.append(engine, 2, 0);
        Map<String, Callable<Object>> questions = Map.of(
                "read", () -> engine.read(1, 10),
                "readLast", () -> engine.readLast(1),
                "lastEntryId", () -> engine.lastEntryId(1),
                "entryCount", () -> engine.entryCount(1),
                "exists", () -> engine.exists(2),
                "ledgers", () -> engine.ledgers().count());
        Map<String, CompletableFuture<Object>> answers = new ConcurrentHashMap<>();
        List<Thread> readers = new ArrayList<>();
        questions.forEach((name, question) -> {
            CompletableFuture<Object> answer = new CompletableFuture<>();
            answers.put(name, answer);
            Thread reader = new Thread(
                    () -> {
                        try {
                            answer.complete(question.call());
                        } catch (Throwable e) {
                            answer.completeExceptionally(e);
                        }
                    },
                    name);
            readers.add(reader);
            reader.start();
        });
        rig.gate.awaitEntered();
        for (Thread reader : readers) {
            Await.until(reader + " waits", () -> reader.getState() == Thread.State.TIMED_WAITING);
        }
        try {
            engine.close();
            answers.forEach((name, answer) -> assertThatThrownBy(() -> answer.get(30, TimeUnit.SECONDS))
                    .as(name)
                    .hasCauseInstanceOf(EngineClosedException.class));
        } finally {
            rig.gate.open();
        }
        rig.assertGone();
    }

    @Test
    @Tag("D3")
    void onTheCompletionThreadItReturnsAtOnceAndTheRestFollows() throws Exception {
        LedgerEngine engine = rig.open();
        CompletableFuture<ShutdownReport> inside = new CompletableFuture<>();
        CompletableFuture<?>[] futures = new CompletableFuture<?>[ENTRIES];
        rig.gate.arm(event -> event.startsWith("daybook-anywhere-commit") && event.contains("sync"));
        for (int i = 0; i < ENTRIES; i++) {
            futures[i] = ClosingRig.append(engine, 1, i);
            if (i == 5) {
                futures[i].thenRun(() -> inside.complete(engine.shutdown()));
            }
        }
        rig.gate.awaitEntered();
        rig.gate.open();
        assertThat(inside.get(30, TimeUnit.SECONDS).state()).isEqualTo(ShutdownReport.State.RUNNING);
        CompletableFuture.allOf(futures).get(30, TimeUnit.SECONDS);
        ShutdownReport report = engine.shutdown();
        assertThat(report.clean()).as("%s", report).isTrue();
        rig.assertGone();
        ClosingRig.assertEntries(directory, 1, ENTRIES);
    }

    @Test
    @Tag("A6")
    @Tag("A8")
    void theSecondOfTwoWaitsUntilTheDirectoryIsFree() throws Exception {
        LedgerEngine engine = rig.open();
        ClosingRig.appendAll(engine, 1, ENTRIES);
        rig.gate.arm(event -> event.endsWith("CLOSE_DATABASE"));
        Thread first = new Thread(engine::close);
        first.start();
        rig.gate.awaitEntered();
        CompletableFuture<Long> reopened = new CompletableFuture<>();
        CountDownLatch entering = new CountDownLatch(1);
        Thread second = new Thread(() -> {
            entering.countDown();
            engine.close();
            try (LedgerEngine again = LedgerEngine.open(directory)) {
                reopened.complete(again.entryCount(1));
            } catch (Throwable e) {
                reopened.completeExceptionally(e);
            }
        });
        second.start();
        entering.await();
        assertThat(reopened).isNotDone();
        rig.gate.open();
        assertThat(reopened.get(30, TimeUnit.SECONDS)).isEqualTo(ENTRIES);
        first.join();
        second.join();
    }

    @Test
    @Tag("D5")
    void aFailedEngineClosesInOrderAndGivesBackWhatItAcknowledged() throws Exception {
        LedgerEngine engine = rig.open();
        ClosingRig.appendAll(engine, 1, ENTRIES);
        rig.fault(event -> {
            if (event.startsWith("daybook-anywhere-commit")) {
                throw new IOException("on purpose");
            }
        });
        assertThatThrownBy(() -> ClosingRig.append(engine, 1, ENTRIES).get(30, TimeUnit.SECONDS))
                .hasCauseInstanceOf(EngineFailedException.class);
        assertThat(ClosingRig.read(engine, 1, 0)).isEqualTo("entry 0");
        CompletableFuture<Void> late = ClosingRig.append(engine, 1, ENTRIES + 1);
        ShutdownReport report = engine.shutdown();
        assertThat(report.clean()).as("%s", report).isTrue();
        assertThat(ClosingRig.stage(report, Stage.FLUSH_INDEX).detail()).contains("not flushed");
        assertThat(late).isCompletedExceptionally();
        assertThat(engine.health().failure()).isPresent();
        rig.assertGone();
        ClosingRig.assertEntries(directory, 1, ENTRIES);
    }

    @Test
    @Tag("D5")
    void anIndexThatCannotBeFlushedIsReportedAndTheNextOpenReplays() throws Exception {
        LedgerEngine engine = rig.open();
        ClosingRig.appendAll(engine, 1, ENTRIES);
        rig.fault(event -> {
            if (event.endsWith("FLUSH_INDEX: WRITE")) {
                throw new IOException("on purpose");
            }
        });
        ShutdownReport report = engine.shutdown();
        assertThat(report.state()).isEqualTo(ShutdownReport.State.FORCED);
        assertThat(ClosingRig.stage(report, Stage.FLUSH_INDEX).outcome()).isEqualTo(Outcome.FAILED);
        assertThat(ClosingRig.stage(report, Stage.FLUSH_INDEX).detail()).contains("on purpose");
        assertThat(ClosingRig.stage(report, Stage.CLOSE_NATIVE).outcome()).isEqualTo(Outcome.DONE);
        rig.assertGone();
        try (LedgerEngine again = rig.fault(event -> {}).open()) {
            assertThat(rig.replayedRecords()).isGreaterThanOrEqualTo(ENTRIES);
            assertThat(again.entryCount(1)).isEqualTo(ENTRIES);
        }
    }
}
