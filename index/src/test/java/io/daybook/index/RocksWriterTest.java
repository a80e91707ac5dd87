package io.daybook.index;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.daybook.lease.Lease;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;

/** What may come between two writes of the index. */
@Timeout(60)
class RocksWriterTest {
    private static final IndexOptions OPTIONS = IndexOptions.defaults().withMemoryBytes(12 << 20);

    /** Something done before a native write. */
    @FunctionalInterface
    private interface BeforeWrite {
        void run() throws Exception;
    }

    private final AtomicReference<BeforeWrite> beforeWrite = new AtomicReference<>();
    private final AtomicInteger writes = new AtomicInteger();

    @TempDir
    Path directory;

    private RocksLocationIndex open() {
        return RocksLocationIndex.open(
                directory, OPTIONS, Lease.debug("index"), calls -> (NativeCalls) Proxy.newProxyInstance(
                        NativeCalls.class.getClassLoader(),
                        new Class<?>[] {NativeCalls.class},
                        (proxy, method, arguments) -> {
                            if (method.getName().equals("write")) {
                                writes.incrementAndGet();
                                BeforeWrite first = beforeWrite.getAndSet(null);
                                if (first != null) {
                                    first.run();
                                }
                            }
                            try {
                                return method.invoke(calls, arguments);
                            } catch (InvocationTargetException e) {
                                throw e.getCause();
                            }
                        }));
    }

    private static void put(LocationIndex index, long segment) {
        try (IndexBatch batch = index.newBatch()) {
            batch.put(1, 1, 0, segment, 4096, 232);
            index.write(batch);
        }
    }

    /** A rewrite has read its row when a flush comes: what the flush adds must not be overwritten. */
    @Test
    void aFlushBesideARewriteIsNotLost() throws Exception {
        try (RocksLocationIndex index = open()) {
            for (int i = 0; i < 100; i++) {
                put(index, i);
            }
            assertTrue(index.hotRows() > 0);
            Thread flush = new Thread(() -> put(index, 1000));
            beforeWrite.set(() -> {
                flush.start();
                // It waits for the rewrite; where it does not wait, it is done before.
                awaitEndedOrWaiting(flush);
            });
            assertEquals(1, index.rewriteHotRows(10));
            flush.join();
            assertEquals(1000, index.find(1, 1, 0).segmentId());
        }
    }

    private static void awaitEndedOrWaiting(Thread thread) throws InterruptedException {
        for (int waiting = 0; thread.isAlive() && waiting < 100; ) {
            thread.join(1);
            waiting = thread.getState() == Thread.State.RUNNABLE ? 0 : waiting + 1;
        }
    }

    @Test
    void nothingIsWrittenAfterAWriteThatFailed() {
        RocksLocationIndex index = open();
        put(index, 1);
        beforeWrite.set(() -> {
            throw new RocksDBException(new Status(Status.Code.IOError, Status.SubCode.None, "device"));
        });
        IndexException first = assertThrows(IndexException.class, () -> put(index, 2));
        assertEquals(IndexException.Kind.FAILED, first.kind());
        int before = writes.get();
        IndexException second = assertThrows(IndexException.class, () -> put(index, 3));
        assertEquals(IndexException.Kind.FAILED, second.kind());
        assertEquals(before, writes.get());
        assertEquals(1, index.find(1, 1, 0).segmentId());
        index.close();
    }
}
