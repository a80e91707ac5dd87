package io.daybook.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.daybook.engine.reclaim.ReclaimSchedule;
import io.daybook.index.IndexException;
import io.daybook.journal.JournalClock;
import io.daybook.testing.Await;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.file.Path;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A batch whose application the index breaks off in the middle. */
@Timeout(60)
class HalfAppliedBatchTest {
    private static final ByteBuf ENTRY = Unpooled.unreleasableBuffer(Unpooled.wrappedBuffer(new byte[100]));
    private static final ByteBuf LATER = Unpooled.unreleasableBuffer(Unpooled.wrappedBuffer(new byte[50]));

    @TempDir
    Path directory;

    private volatile boolean broken;
    /** A lookup is about to fail, and does when it is released. */
    private final CountDownLatch reached = new CountDownLatch(1);

    private final CountDownLatch release = new CountDownLatch(1);

    @Test
    void whoWaitsForALedgerThatItDeletedIsTold() throws Exception {
        release.countDown();
        try (LedgerEngine engine = breakable(JournalClock.SYSTEM).open()) {
            fill(engine);
            CompletableFuture<Long> waiting = engine.awaitEntry(7, 5);
            broken = true;
            CompletableFuture<Void> batch =
                    engine.write(new WriteBatch().delete(7).append(8, 0, ENTRY));
            assertThatThrownBy(() -> batch.get(30, TimeUnit.SECONDS))
                    .isInstanceOf(ExecutionException.class)
                    .hasCauseInstanceOf(EngineFailedException.class);
            assertThatThrownBy(() -> waiting.get(30, TimeUnit.SECONDS))
                    .isInstanceOf(ExecutionException.class)
                    .hasCauseInstanceOf(EngineFailedException.class);
            assertThat(engine.health().status()).isEqualTo(EngineHealth.Status.RED);
        }
    }

    /** Lets the application of a batch stand in its middle, holding the lock, with a frame behind it that covers it. */
    private CompletableFuture<Void> standInTheMiddle(EngineAssembly parts, LedgerEngine engine) throws Exception {
        broken = true;
        CompletableFuture<Void> batch = engine.write(new WriteBatch().delete(7).append(8, 0, LATER));
        assertThat(reached.await(30, TimeUnit.SECONDS)).isTrue();
        long lsn = parts.journal.acceptedLsn();
        engine.append(9, 0, ENTRY);
        Await.until("a watermark covers the batch", () -> parts.journal.coveredLsn() >= lsn);
        return batch;
    }

    private void letItFail(CompletableFuture<Void> batch) {
        release.countDown();
        assertThatThrownBy(() -> batch.get(30, TimeUnit.SECONDS)).hasCauseInstanceOf(EngineFailedException.class);
    }

    /** It is durable, so the next open applies all of it, whatever became of the index. */
    private void expectAllOfIt() throws IOException {
        TreeMap<Long, RealStores.Facts> facts;
        try (LedgerEngine engine = RealStores.open(directory)) {
            assertThat(engine.exists(7)).isFalse();
            ByteBuf read = engine.read(8, 0);
            assertThat(read).isEqualTo(LATER);
            read.release();
            facts = RealStores.facts(engine);
        }
        RealStores.delete(directory.resolve("index"));
        try (LedgerEngine engine = RealStores.open(directory)) {
            assertThat(RealStores.facts(engine)).isEqualTo(facts);
        }
    }

    private void fill(LedgerEngine engine) {
        engine.append(7, 0, ENTRY).join();
        engine.append(8, 0, ENTRY).join();
        engine.flush();
    }

    @Test
    void aFlushThatWaitedForItTakesNothingOfIt() throws Exception {
        EngineAssembly parts = breakable(JournalClock.SYSTEM);
        try (LedgerEngine engine = parts.open()) {
            fill(engine);
            CompletableFuture<Void> batch = standInTheMiddle(parts, engine);
            FutureTask<Void> flush = new FutureTask<>(engine::flush, null);
            Thread flushing = new Thread(flush);
            flushing.start();
            Await.until("the flush waits", () -> parts.applying.hasQueuedThread(flushing));
            letItFail(batch);
            assertThatThrownBy(() -> flush.get(30, TimeUnit.SECONDS)).hasCauseInstanceOf(EngineFailedException.class);
            assertThat(parts.flusher.isIdle())
                    .as("nothing is handed to the index")
                    .isTrue();
            assertThatThrownBy(engine::flush).isInstanceOf(EngineFailedException.class);
            // As long as a step of the flush thread needs at most.
            Thread.sleep(300);
        }
        expectAllOfIt();
    }

    /** Deletes are flushed after a while, without anybody who asks. */
    @Test
    void deletesThatWaitedForItAreNotFlushed() throws Exception {
        AtomicReference<Thread> flushThread = new AtomicReference<>();
        CountDownLatch goOn = new CountDownLatch(1);
        AtomicBoolean late = new AtomicBoolean();
        EngineAssembly parts = breakable(() -> {
            if (late.get() && isReclaimSchedule()) {
                flushThread.set(Thread.currentThread());
                await(goOn);
            }
            return System.nanoTime() + (late.get() ? TimeUnit.SECONDS.toNanos(11) : 0);
        });
        try (LedgerEngine engine = parts.open()) {
            fill(engine);
            late.set(true);
            Await.until("the flush thread is about to look", () -> flushThread.get() != null);
            CompletableFuture<Void> batch = standInTheMiddle(parts, engine);
            goOn.countDown();
            Await.until("it waits", () -> parts.applying.hasQueuedThread(flushThread.get()));
            letItFail(batch);
            // Behind it in the queue.
            parts.applying.lock();
            parts.applying.unlock();
            assertThat(parts.flusher.isIdle())
                    .as("nothing is handed to the index")
                    .isTrue();
            Thread.sleep(300);
        }
        expectAllOfIt();
    }

    private static boolean isReclaimSchedule() {
        return StackWalker.getInstance()
                .walk(frames -> frames.limit(4)
                        .anyMatch(frame -> frame.getClassName().equals(ReclaimSchedule.class.getName())));
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private EngineAssembly breakable(JournalClock clock) throws IOException {
        EngineConfig config = RealStores.small(directory).build();
        return new EngineAssembly(
                config,
                WatchedIndex.environment(config, clock, call -> {
                    if (broken && call.equals("find")) {
                        reached.countDown();
                        await(release);
                        throw new IndexException(IndexException.Kind.FAILED, "on purpose", null);
                    }
                }),
                (what, done, total) -> {});
    }
}
