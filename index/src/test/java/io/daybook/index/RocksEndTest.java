package io.daybook.index;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.daybook.index.WatchedIndex.Call;
import io.daybook.lease.Hold;
import io.daybook.lease.Lease;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The order in which an index ends, by the native calls that are made. */
@Timeout(60)
class RocksEndTest {
    private static final IndexOptions OPTIONS = IndexOptions.defaults().withMemoryBytes(12 << 20);

    private final List<String> events = new CopyOnWriteArrayList<>();
    private final Lease lease = Lease.debug("index");

    @TempDir
    Path directory;

    private RocksLocationIndex open(IndexOptions options) {
        return WatchedIndex.open(directory, options, lease, call -> events.add(call.name()));
    }

    private static void put(LocationIndex index, long entry) {
        try (IndexBatch batch = index.newBatch()) {
            batch.put(1, 1, entry, 1, 4096 + entry * 256, 232);
            index.write(batch);
        }
    }

    @Test
    @Tag("B3")
    @Tag("D4")
    void noNewHoldsThenGaugesThenHoldsGoneThenTheOwnersWritesThenTheDatabase() throws Exception {
        RocksLocationIndex index = open(OPTIONS);
        put(index, 1);
        events.clear();
        lease.onEnd("gauges", () -> events.add(lease.tryAcquire() == null ? "gauges, no new holds" : "gauges"));
        Hold reader = lease.tryAcquire();
        CompletableFuture<Void> drained = new CompletableFuture<>();
        Thread end = new Thread(() -> {
            boolean gone = lease.end(Duration.ofSeconds(30)).drained();
            events.add(gone ? "holds gone" : "given up");
            drained.complete(null);
        });
        end.start();
        while (!events.contains("gauges, no new holds")) {
            Thread.onSpinWait();
        }
        events.add("reader leaves");
        reader.close();
        drained.get(30, TimeUnit.SECONDS);
        end.join();
        index.asOwner(() -> {
            put(index, 2);
            index.sync();
        });
        index.close();
        assertEquals(
                List.of(
                        "gauges, no new holds",
                        "reader leaves",
                        "holds gone",
                        "WRITE",
                        "SYNC_LOG",
                        "END_BACKGROUND_WORK",
                        "CHILDREN",
                        "CLOSE_DATABASE",
                        "FREE_OPTIONS"),
                events);
    }

    @Test
    void closeAloneSyncsWhatNoSyncCovers() {
        RocksLocationIndex index = open(OPTIONS);
        put(index, 1);
        events.clear();
        index.close();
        assertEquals(List.of("SYNC_LOG", "END_BACKGROUND_WORK", "CHILDREN", "CLOSE_DATABASE", "FREE_OPTIONS"), events);
        index.close();
        assertEquals(5, events.size(), "a second close does nothing");
    }

    @Test
    @Tag("D1")
    void withAHoldLeftTheOwnerStillWritesAndSyncsButNothingIsFreed() {
        RocksLocationIndex index = open(OPTIONS.withManualWalFlush(true).withCloseDeadline(Duration.ofMillis(20)));
        events.clear();
        Hold reader = lease.tryAcquire();
        assertFalse(lease.end(Duration.ofMillis(20)).drained());
        index.asOwner(() -> {
            put(index, 7);
            index.sync();
            assertNotNull(index.find(1, 1, 7));
        });
        index.close();
        assertEquals(List.of("WRITE", "SYNC_LOG"), events.subList(0, 2));
        assertFalse(events.contains("CLOSE_DATABASE"), events.toString());
        assertFalse(events.contains("FREE_OPTIONS"), events.toString());
        events.clear();
        reader.close();
        index.close();
        assertEquals(List.of("END_BACKGROUND_WORK", "CHILDREN", "CLOSE_DATABASE", "FREE_OPTIONS"), events);
        try (LocationIndex again = RocksLocationIndex.open(directory, OPTIONS, new Lease("again"))) {
            assertNotNull(again.find(1, 1, 7));
        }
    }

    @Test
    void onlyTheOwnersThreadGoesWithoutAHold() throws Exception {
        RocksLocationIndex index = open(OPTIONS);
        put(index, 1);
        lease.end(Duration.ZERO);
        assertClosed(() -> put(index, 2));
        index.asOwner(() -> {
            Thread other = new Thread(() -> {
                assertClosed(() -> index.find(1, 1, 1));
                events.add("refused");
            });
            other.start();
            try {
                other.join();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        assertTrue(events.contains("refused"));
        assertClosed(() -> put(index, 2));
        index.close();
        assertClosed(() -> index.asOwner(() -> events.add("too late")));
        assertFalse(events.contains("too late"));
    }

    @Test
    void closeWaitsForTheOwnersLastWork() throws Exception {
        RocksLocationIndex index = open(OPTIONS);
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch leave = new CountDownLatch(1);
        Thread owner = new Thread(() -> index.asOwner(() -> {
            inside.countDown();
            try {
                leave.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            put(index, 3);
            events.add("owner done");
        }));
        owner.start();
        inside.await();
        Thread closer = new Thread(index::close);
        closer.start();
        while (closer.getState() != Thread.State.BLOCKED) {
            Thread.onSpinWait();
        }
        leave.countDown();
        owner.join();
        closer.join();
        assertTrue(events.indexOf("owner done") < events.indexOf("CLOSE_DATABASE"), events.toString());
    }

    @Test
    void anOpenChildKeepsTheDatabaseFromBeingFreed() {
        AtomicBoolean child = new AtomicBoolean(true);
        RocksLocationIndex index =
                RocksLocationIndex.open(directory, OPTIONS, lease, calls -> (NativeCalls) Proxy.newProxyInstance(
                        NativeCalls.class.getClassLoader(),
                        new Class<?>[] {NativeCalls.class},
                        (proxy, method, arguments) -> {
                            events.add(method.getName());
                            Object answer = method.invoke(calls, arguments);
                            return method.getName().equals("hasChildren") ? child.get() : answer;
                        }));
        index.close();
        assertFalse(events.contains("closeDatabase"), events.toString());
        child.set(false);
        index.close();
        assertTrue(events.contains("closeDatabase"), events.toString());
    }

    @Test
    void aCloseThatBrokeOffNeverTouchesTheDatabaseAgain() {
        AtomicBoolean broken = new AtomicBoolean(true);
        RocksLocationIndex index = WatchedIndex.open(directory, OPTIONS, lease, call -> {
            events.add(call.name());
            if (call == Call.FREE_OPTIONS && broken.get()) {
                throw new IllegalStateException("on purpose");
            }
        });
        assertThrows(IllegalStateException.class, index::close);
        events.clear();
        broken.set(false);
        index.close();
        assertEquals(List.of(), events);
        RocksLocationIndex.open(directory, OPTIONS, new Lease("again")).close();
    }

    @Test
    @Tag("A4")
    void hurryEndsACompactionAsClosedAndTheLogStillSyncs() throws Exception {
        RocksLocationIndex index = open(OPTIONS);
        for (long entry = 0; entry < 200_000; entry += 100) {
            put(index, entry);
        }
        CompletableFuture<IndexException> ended = new CompletableFuture<>();
        Thread compacting = new Thread(() -> {
            try {
                while (true) {
                    index.compact();
                }
            } catch (IndexException e) {
                ended.complete(e);
            } catch (Throwable e) {
                ended.completeExceptionally(e);
            }
        });
        compacting.start();
        index.hurry();
        assertEquals(IndexException.Kind.CLOSED, ended.get(30, TimeUnit.SECONDS).kind());
        compacting.join();
        assertTrue(lease.end(Duration.ofSeconds(30)).drained());
        index.asOwner(() -> {
            put(index, 300_000);
            index.sync();
        });
        index.close();
        try (LocationIndex again = RocksLocationIndex.open(directory, OPTIONS, new Lease("again"))) {
            assertNotNull(again.find(1, 1, 300_000));
        }
        assertEquals(Call.FREE_OPTIONS.name(), events.get(events.size() - 1));
    }

    private static void assertClosed(Runnable call) {
        assertEquals(
                IndexException.Kind.CLOSED,
                assertThrows(IndexException.class, call::run).kind());
    }
}
