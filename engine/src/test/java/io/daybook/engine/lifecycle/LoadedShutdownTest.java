package io.daybook.engine.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import io.daybook.engine.EngineClosedException;
import io.daybook.engine.EntryCursor;
import io.daybook.engine.LedgerEngine;
import io.daybook.engine.ShutdownReport;
import io.daybook.engine.ShutdownReport.StageResult;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.file.Path;
import java.time.Duration;
import java.util.BitSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** An engine that is closed while it has everything to do at once. */
@Timeout(120)
@Tag("D1")
class LoadedShutdownTest {
    private static final int IN_FLIGHT = 50_000;
    private static final int BEFORE = 20_000;
    private static final Duration DEADLINE = Duration.ofSeconds(20);

    @TempDir
    Path directory;

    @Test
    void allStagesEndInTimeAndNothingAcknowledgedIsLost() throws Exception {
        ClosingRig rig = new ClosingRig(directory, "loaded").deadline(DEADLINE);
        LedgerEngine engine = rig.open(
                rig.config()
                        .memoryBudget(64 << 20)
                        .segmentBytes(8 << 20)
                        .inFlightBytesMax(16 << 20)
                        .build(),
                4096);
        ClosingRig.appendAll(engine, 1, BEFORE);
        engine.flush();

        // The flush thread is inside of a write of the index.
        Gate flushing = new Gate();
        flushing.arm(event -> event.startsWith("daybook-loaded-flush") && event.endsWith("WRITE"));
        rig.fault(flushing::pass);
        ClosingRig.appendAll(engine, 1, BEFORE / 2);
        flushing.awaitEntered();

        AtomicReference<Throwable> wrong = new AtomicReference<>();
        CountDownLatch scanning = new CountDownLatch(1);
        Thread scanner = new Thread(() -> scan(engine, scanning, wrong), "scanner");
        scanner.start();
        EntryCursor open = engine.scan(1, 0, BEFORE);
        assertThat(open.next()).isTrue();

        // The committer is inside of a sync, and the appends pile up behind it.
        rig.gate.arm(event -> event.startsWith("daybook-loaded-commit") && event.contains("sync"));
        BitSet acknowledged = new BitSet(IN_FLIGHT);
        AtomicInteger told = new AtomicInteger();
        // Each that is refused has waited for 30 s.
        for (int i = 0; i < IN_FLIGHT && wrong.get() == null; i++) {
            ByteBuf entry = Unpooled.copyInt(i);
            engine.append(
                    2,
                    i,
                    entry,
                    (ledgerId, entryId, failure, context) -> {
                        if (failure == null) {
                            synchronized (acknowledged) {
                                acknowledged.set((int) entryId);
                            }
                        } else {
                            wrong.compareAndSet(null, failure);
                        }
                        told.incrementAndGet();
                    },
                    null);
        }
        assertThat(wrong.get()).isNull();
        rig.gate.awaitEntered();
        assertThat(told).hasValueLessThan(IN_FLIGHT);
        Thread flusher = new Thread(
                () -> {
                    try {
                        engine.flush();
                    } catch (EngineClosedException e) {
                        // As it should.
                    } catch (Throwable e) {
                        wrong.compareAndSet(null, e);
                    }
                },
                "flusher");
        flusher.start();
        assertThat(scanning.await(30, TimeUnit.SECONDS)).isTrue();

        Thread opener = new Thread(() -> {
            while (!isClosing(engine)) {
                Thread.onSpinWait();
            }
            rig.gate.open();
            flushing.open();
        });
        opener.start();
        ShutdownReport report = engine.shutdown();
        assertThat(report.clean()).as("%s", report).isTrue();
        assertThat(report.stages()).extracting(StageResult::took).allMatch(took -> took.compareTo(DEADLINE) < 0);
        assertThat(told).hasValue(IN_FLIGHT);
        assertThat(acknowledged.cardinality()).isEqualTo(IN_FLIGHT);
        opener.join();
        scanner.join();
        flusher.join();
        assertThat(wrong).hasValue(null);
        open.close();
        rig.assertGone();

        try (LedgerEngine again = rig.open()) {
            assertThat(rig.replayedRecords()).isZero();
            assertThat(again.entryCount(2)).isEqualTo(IN_FLIGHT);
            try (EntryCursor cursor = again.scan(2, 0, IN_FLIGHT)) {
                for (int i = 0; i < IN_FLIGHT; i++) {
                    assertThat(cursor.next()).isTrue();
                    assertThat(cursor.entryId()).isEqualTo(i);
                    assertThat(cursor.entry().getInt(cursor.entry().readerIndex()))
                            .isEqualTo(i);
                }
            }
        }
        ClosingRig.assertEntries(directory, 1, BEFORE);
    }

    private static boolean isClosing(LedgerEngine engine) {
        try {
            engine.exists(1);
            return false;
        } catch (EngineClosedException e) {
            return true;
        }
    }

    private static void scan(LedgerEngine engine, CountDownLatch scanning, AtomicReference<Throwable> wrong) {
        try {
            while (true) {
                try (EntryCursor cursor = engine.scan(1, 0, BEFORE)) {
                    for (int i = 0; cursor.next(); i++) {
                        if (cursor.entryId() != i) {
                            throw new AssertionError("entry " + cursor.entryId() + " instead of " + i);
                        }
                        scanning.countDown();
                    }
                }
            }
        } catch (EngineClosedException e) {
            // As it should.
        } catch (Throwable e) {
            wrong.compareAndSet(null, e);
        }
    }
}
