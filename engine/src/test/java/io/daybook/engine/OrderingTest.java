package io.daybook.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.prometheus.client.CollectorRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What many threads may rely on: order of completions, fences, waits, groups, and closing from anywhere. */
@Timeout(120)
class OrderingTest {
    private static final ByteBuf ENTRY = Unpooled.unreleasableBuffer(Unpooled.wrappedBuffer(new byte[100]));

    @TempDir
    Path directory;

    private static <T> T get(Future<T> future) throws Exception {
        return future.get(60, TimeUnit.SECONDS);
    }

    private static Throwable failureOf(Future<?> future) throws Exception {
        try {
            get(future);
        } catch (ExecutionException e) {
            return e.getCause();
        }
        throw new AssertionError("did not fail");
    }

    @Test
    void noAppendCompletesNormallyAfterTheFence() throws Exception {
        Random random = new Random(RealStores.seed("OrderingTest"));
        ExecutorService threads = Executors.newFixedThreadPool(3);
        try (LedgerEngine engine = RealStores.open(directory)) {
            for (long round = 0; round < 60; round++) {
                long ledgerId = round;
                engine.append(ledgerId, ENTRY).join();
                AtomicBoolean fenced = new AtomicBoolean();
                AtomicLong completed = new AtomicLong(1);
                AtomicInteger late = new AtomicInteger();
                AtomicReference<Throwable> odd = new AtomicReference<>();
                AtomicLong ids = new AtomicLong(1);
                AtomicBoolean refused = new AtomicBoolean();
                // A callback, not a future: it tells in order, while a future that is done is told when somebody asks.
                AppendCallback told = (ledger, entry, failure, context) -> {
                    if (failure == null) {
                        completed.incrementAndGet();
                        late.addAndGet(fenced.get() ? 1 : 0);
                    } else {
                        if (!(failure instanceof LedgerFencedException)) {
                            odd.set(failure);
                        }
                        refused.set(true);
                    }
                };
                List<Future<?>> appenders = new ArrayList<>();
                for (int i = 0; i < 2; i++) {
                    appenders.add(threads.submit(() -> {
                        while (!refused.get()) {
                            engine.append(ledgerId, ids.getAndIncrement(), ENTRY, told, null);
                        }
                    }));
                }
                Thread.sleep(0, random.nextInt(900_000));
                engine.fence(ledgerId)
                        .whenComplete((nothing, failure) -> fenced.set(true))
                        .join();
                long count = engine.entryCount(ledgerId);
                for (Future<?> appender : appenders) {
                    get(appender);
                }
                engine.sync().join();
                assertThat(odd.get()).isNull();
                assertThat(late).hasValue(0);
                assertThat(engine.entryCount(ledgerId)).isEqualTo(count).isEqualTo(completed.get());
                engine.appendRecovery(ledgerId, ids.get(), ENTRY).join();
                assertThat(engine.entryCount(ledgerId)).isEqualTo(count + 1);
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void callbacksComeOnceAndInOrderOfTheLedger() throws Exception {
        int each = 20_000;
        ExecutorService threads = Executors.newFixedThreadPool(4);
        List<ConcurrentLinkedQueue<Long>> told = new ArrayList<>();
        ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
        AtomicInteger inside = new AtomicInteger();
        long[] callbacks = new long[1];
        try (LedgerEngine engine = RealStores.open(directory)) {
            List<Future<?>> appenders = new ArrayList<>();
            for (int ledgerId = 0; ledgerId < 4; ledgerId++) {
                long id = ledgerId;
                told.add(new ConcurrentLinkedQueue<>());
                appenders.add(threads.submit(() -> {
                    for (long entryId = 0; entryId < each; entryId++) {
                        engine.append(
                                id,
                                entryId,
                                ENTRY,
                                (ledger, entry, failure, context) -> {
                                    // One thread at a time, which sees what the one before it wrote.
                                    if (failure != null || context != told || inside.incrementAndGet() != 1) {
                                        failures.add(new IllegalStateException("ledger " + ledger, failure));
                                    }
                                    callbacks[0]++;
                                    told.get((int) ledger).add(entry);
                                    inside.decrementAndGet();
                                },
                                told);
                    }
                }));
            }
            for (Future<?> appender : appenders) {
                get(appender);
            }
            engine.sync().join();
            assertThat(failures).isEmpty();
            assertThat(callbacks[0]).isEqualTo(4L * each);
            for (ConcurrentLinkedQueue<Long> ids : told) {
                assertThat(ids).hasSize(each);
                long expected = 0;
                for (long id : ids) {
                    assertThat(id).isEqualTo(expected++);
                }
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void anAppendFromACallbackAtTheBoundFailsAtOnce() throws Exception {
        EngineConfig config = RealStores.small(directory)
                .entryBytesMax(4096)
                .inFlightBytesMax(12288)
                .appendWaitMax(Duration.ofMinutes(10))
                .build();
        try (LedgerEngine engine = LedgerEngine.open(config)) {
            CompletableFuture<Object> outcome = new CompletableFuture<>();
            CountDownLatch full = new CountDownLatch(1);
            ByteBuf entry = Unpooled.wrappedBuffer(new byte[4000]);
            engine.append(
                    1,
                    0,
                    entry,
                    (ledger, id, failure, context) -> {
                        try {
                            full.await(30, TimeUnit.SECONDS);
                            for (int i = 0; i < 5; i++) {
                                CompletableFuture<Long> next = engine.append(2, entry);
                                if (next.isCompletedExceptionally()) {
                                    next.whenComplete((value, why) -> outcome.complete(why));
                                    return;
                                }
                            }
                            outcome.complete("no append failed");
                        } catch (InterruptedException e) {
                            outcome.complete(e);
                        }
                    },
                    null);
            engine.append(3, entry);
            full.countDown();
            assertThat(get(outcome)).isInstanceOf(EngineBusyException.class);
            engine.sync().join();
            engine.append(1, 1, entry).join();
        }
    }

    @Test
    void atTheBoundAnAppendWaitsItsTimeAndIsBusy() throws Exception {
        EngineConfig config = RealStores.small(directory)
                .entryBytesMax(4096)
                .inFlightBytesMax(12288)
                .appendWaitMax(Duration.ofMillis(50))
                .build();
        try (LedgerEngine engine = LedgerEngine.open(config)) {
            CountDownLatch go = new CountDownLatch(1);
            ByteBuf entry = Unpooled.wrappedBuffer(new byte[4000]);
            engine.append(
                    1,
                    0,
                    entry,
                    (ledger, id, failure, context) -> {
                        try {
                            go.await(30, TimeUnit.SECONDS);
                        } catch (InterruptedException e) {
                            Thread.currentThread().interrupt();
                        }
                    },
                    null);
            CompletableFuture<Long> refused = null;
            for (int i = 0; i < 10 && (refused == null || !refused.isCompletedExceptionally()); i++) {
                refused = engine.append(2, entry);
            }
            assertThat(failureOf(refused)).isInstanceOf(EngineBusyException.class);
            go.countDown();
            engine.sync().join();
            engine.append(2, entry).join();
        }
    }

    @Test
    void closeFromACallbackReturnsRunningAndFinishes() throws Exception {
        LedgerEngine engine = RealStores.open(directory);
        CompletableFuture<ShutdownReport> inside = new CompletableFuture<>();
        engine.append(1, 0, ENTRY, (ledger, id, failure, context) -> inside.complete(engine.shutdown()), null);
        assertThat(get(inside).state()).isEqualTo(ShutdownReport.State.RUNNING);
        ShutdownReport report = engine.shutdown();
        assertThat(report.stages()).as("%s", report).allMatch(stage -> stage.outcome() == ShutdownReport.Outcome.DONE);
        assertThat(report.clean()).isTrue();
        try (LedgerEngine again = RealStores.open(directory)) {
            again.read(1, 0).release();
        }
    }

    @Test
    void closeFromTheEndOfAWaitDoesNotWaitForItself() throws Exception {
        LedgerEngine engine = LedgerEngine.open(RealStores.small(directory)
                .stageDeadline(Duration.ofSeconds(20))
                .build());
        engine.append(1, 0, ENTRY).join();
        CompletableFuture<ShutdownReport> inside = new CompletableFuture<>();
        engine.awaitEntry(1, 100).whenComplete((value, failure) -> inside.complete(engine.shutdown()));
        long start = System.nanoTime();
        ShutdownReport report = engine.shutdown();
        assertThat(report.clean()).as("%s", report).isTrue();
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(15));
        assertThat(get(inside).state()).isEqualTo(ShutdownReport.State.RUNNING);
    }

    @Test
    void allWhoCloseGetTheSameReport() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            LedgerEngine engine = RealStores.open(directory);
            for (int i = 0; i < 500; i++) {
                engine.append(1, ENTRY);
            }
            List<Future<ShutdownReport>> reports = new ArrayList<>();
            CountDownLatch go = new CountDownLatch(1);
            for (int i = 0; i < 4; i++) {
                reports.add(threads.submit(() -> {
                    go.await();
                    return engine.shutdown();
                }));
            }
            go.countDown();
            ShutdownReport first = get(reports.get(0));
            assertThat(first.clean()).as("%s", first).isTrue();
            for (Future<ShutdownReport> report : reports) {
                assertThat(get(report)).isEqualTo(first);
            }
            assertThat(engine.shutdown()).isEqualTo(first);
            engine.close();
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void closeUnderLoadCompletesEveryFuture() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(3);
        try {
            for (int round = 0; round < 5; round++) {
                Path store = directory.resolve("load-" + round);
                LedgerEngine engine = RealStores.open(store);
                ConcurrentLinkedQueue<CompletableFuture<Long>> futures = new ConcurrentLinkedQueue<>();
                List<Future<?>> appenders = new ArrayList<>();
                for (int i = 0; i < 3; i++) {
                    long ledgerId = i;
                    appenders.add(threads.submit(() -> {
                        while (true) {
                            try {
                                futures.add(engine.append(ledgerId, ENTRY));
                                engine.lastEntryId(ledgerId);
                            } catch (EngineClosedException e) {
                                return;
                            } catch (NoSuchLedgerException e) {
                                // Its first entry is not durable yet.
                            }
                        }
                    }));
                }
                Thread.sleep(20);
                assertThat(engine.shutdown().clean()).isTrue();
                for (Future<?> appender : appenders) {
                    get(appender);
                }
                long good = 0;
                for (CompletableFuture<Long> future : futures) {
                    assertThat(future).isDone();
                    good += future.isCompletedExceptionally() ? 0 : 1;
                }
                try (LedgerEngine again = RealStores.open(store)) {
                    long there = again.ledgers().map(again::entryCount).sum();
                    assertThat(there).isEqualTo(good);
                }
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void waitsEndWithTheirValueFenceDeleteCloseOrCancel() throws Exception {
        LedgerEngine engine = RealStores.open(directory);
        for (long ledgerId = 1; ledgerId <= 6; ledgerId++) {
            engine.append(ledgerId, 0, ENTRY).join();
        }
        // A value that is there, one that comes.
        assertThat(get(engine.awaitEntry(1, -1))).isZero();
        CompletableFuture<Long> entry = engine.awaitEntry(1, 3);
        CompletableFuture<Long> confirmed = engine.awaitLastAddConfirmed(1, -1);
        engine.append(1, 3, ENTRY).join();
        assertThat(entry).isNotDone();
        engine.append(1, 5, ENTRY).join();
        assertThat(get(entry)).isEqualTo(5);
        assertThat(confirmed).isNotDone();
        engine.setLastAddConfirmed(1, 4).join();
        assertThat(get(confirmed)).isEqualTo(4);
        engine.setLastAddConfirmed(1, 2).join();
        assertThat(engine.lastAddConfirmed(1)).isEqualTo(4);

        CompletableFuture<Long> fencedEntry = engine.awaitEntry(2, 10);
        CompletableFuture<Long> fencedConfirmed = engine.awaitLastAddConfirmed(2, 10);
        engine.fence(2).join();
        assertThat(get(fencedEntry)).isZero();
        assertThat(get(fencedConfirmed)).isEqualTo(-1);
        assertThat(get(engine.awaitEntry(2, 10))).isZero();

        CompletableFuture<Long> deleted = engine.awaitEntry(3, 10);
        CompletableFuture<Long> deletedConfirmed = engine.awaitLastAddConfirmed(3, 10);
        engine.delete(3).join();
        assertThat(failureOf(deleted)).isInstanceOf(NoSuchLedgerException.class);
        assertThat(failureOf(deletedConfirmed)).isInstanceOf(NoSuchLedgerException.class);
        assertThat(failureOf(engine.awaitEntry(3, 0))).isInstanceOf(NoSuchLedgerException.class);

        CompletableFuture<Long> cancelled = engine.awaitEntry(4, 10);
        assertThat(cancelled.cancel(false)).isTrue();
        CompletableFuture<Long> other = engine.awaitEntry(4, 0);
        engine.append(4, 11, ENTRY).join();
        assertThat(get(other)).isEqualTo(11);
        assertThat(cancelled).isCancelled();

        CompletableFuture<Long> closed = engine.awaitEntry(5, 10);
        CompletableFuture<Long> closedConfirmed = engine.awaitLastAddConfirmed(6, 10);
        engine.close();
        assertThat(failureOf(closed)).isInstanceOf(EngineClosedException.class);
        assertThat(failureOf(closedConfirmed)).isInstanceOf(EngineClosedException.class);
    }

    @Test
    void manyAppendsShareASync() throws Exception {
        CollectorRegistry registry = new CollectorRegistry();
        EngineConfig config = RealStores.small(directory)
                .metricsRegistry(registry)
                .name("groups")
                .build();
        int each = 20_000;
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try (LedgerEngine engine = LedgerEngine.open(config)) {
            List<Future<?>> appenders = new ArrayList<>();
            for (long i = 0; i < 2; i++) {
                long ledgerId = i;
                appenders.add(threads.submit(() -> {
                    for (int n = 0; n < each; n++) {
                        engine.append(ledgerId, ENTRY);
                    }
                }));
            }
            for (Future<?> appender : appenders) {
                get(appender);
            }
            engine.sync().join();
            assertThat(engine.entryCount(0) + engine.entryCount(1)).isEqualTo(2L * each);
            Double syncs = null;
            for (var family : java.util.Collections.list(registry.metricFamilySamples())) {
                for (var sample : family.samples) {
                    if (sample.name.matches("daybook_.*sync.*_count")) {
                        syncs = sample.value;
                    }
                }
            }
            assertThat(syncs).as("a histogram of syncs").isNotNull();
            System.out.println("OrderingTest: " + 2 * each / syncs + " entries a sync");
            assertThat(2 * each / syncs).isGreaterThan(5);
        } finally {
            threads.shutdownNow();
        }
        assertThat(java.util.Collections.list(registry.metricFamilySamples())).isEmpty();
    }

    @Test
    void aThrowingCallbackHarmsNobody() {
        try (LedgerEngine engine = RealStores.open(directory)) {
            engine.append(
                    1,
                    0,
                    ENTRY,
                    (ledger, id, failure, context) -> {
                        throw new IllegalStateException("on purpose");
                    },
                    null);
            CompletableFuture<Void> next = engine.append(1, 1, ENTRY);
            CompletableFuture<Void> dependent = next.thenRun(() -> {
                throw new IllegalStateException("on purpose too");
            });
            next.join();
            assertThatThrownBy(dependent::join).isInstanceOf(CompletionException.class);
            engine.append(1, 2, ENTRY).join();
            assertThat(engine.health().status()).isEqualTo(EngineHealth.Status.GREEN);
        }
    }

    @Test
    void anInterruptedCallerHarmsNobody() {
        try (LedgerEngine engine = RealStores.open(directory)) {
            Thread.currentThread().interrupt();
            CompletableFuture<Void> appended = engine.append(1, 0, ENTRY);
            engine.flush();
            assertThat(Thread.interrupted()).as("the flag stays").isTrue();
            appended.join();
            Thread.currentThread().interrupt();
            engine.read(1, 0).release();
            assertThat(engine.shutdown().clean()).isTrue();
            assertThat(Thread.interrupted()).as("the flag stays").isTrue();
        }
        try (LedgerEngine engine = RealStores.open(directory)) {
            assertThat(engine.entryCount(1)).isEqualTo(1);
        }
    }
}
