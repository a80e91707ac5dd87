package io.daybook.index;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.daybook.lease.Lease;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What stands in the cache of rows is never older than what was written before the question. */
@Timeout(120)
class RowCacheTest {
    private static final byte[] OLD = {1};
    private static final byte[] NEW = {2};
    private static final int WRITES = Integer.getInteger("daybook.cache.writes", 3000);
    private static final int ROWS = 8;
    private static final int READERS = 2;
    /** Room for some of the rows: they come and go. */
    private static final int CACHE_BYTES = 4 << 10;

    @TempDir
    Path directory;

    private final RowCache cache = new RowCache(1 << 20);

    private byte[] get(byte[] value) {
        return cache.get(1, 2, 3, Keys.bucket(1, 2, 3), true, key -> value);
    }

    @Test
    void aRowIsLoadedOnceUntilItChanges() {
        assertArrayEquals(OLD, get(OLD));
        assertArrayEquals(OLD, get(NEW));
        cache.changed(1, 2, 4);
        cache.changed(1, 3, 3);
        cache.changed(2, 2, 3);
        cache.allChanged(2, 2);
        assertArrayEquals(OLD, get(NEW));
        cache.changed(1, 2, 3);
        assertArrayEquals(NEW, get(NEW));
        cache.allChanged(1, 2);
        assertArrayEquals(OLD, get(OLD));
    }

    @Test
    void whatIsNotThereIsAskedForAgain() {
        assertNull(get(null));
        assertArrayEquals(NEW, get(NEW));
    }

    @Test
    void whoDoesNotKeepUsesWhatIsThere() {
        assertArrayEquals(OLD, cache.get(1, 2, 3, Keys.bucket(1, 2, 3), false, key -> OLD));
        assertArrayEquals(NEW, get(NEW));
        assertArrayEquals(NEW, cache.get(1, 2, 3, Keys.bucket(1, 2, 3), false, key -> OLD));
    }

    @Test
    void whatIsLoadedBesideItsChangeIsNotKept() {
        assertArrayEquals(OLD, cache.get(1, 2, 3, Keys.bucket(1, 2, 3), true, key -> {
            cache.changed(1, 2, 3);
            return OLD;
        }));
        assertArrayEquals(NEW, get(NEW));
    }

    @Test
    void whatIsLoadedBesideAChangeOfAllIsFoundByNobody() {
        assertArrayEquals(OLD, cache.get(1, 2, 3, Keys.bucket(1, 2, 3), true, key -> {
            cache.allChanged(1, 2);
            return OLD;
        }));
        assertArrayEquals(NEW, get(NEW));
    }

    @Test
    void itsMemoryIsBounded() {
        for (int i = 0; i < 100_000; i++) {
            cache.get(1, 1, i, Keys.bucket(1, 1, i), true, key -> new byte[100]);
        }
        assertTrue(cache.bytes() > 1 << 19, "bytes: " + cache.bytes());
        assertTrue(cache.bytes() <= 1 << 20, "bytes: " + cache.bytes());
        cache.clear();
        assertEquals(0, cache.bytes());
        RowCache none = new RowCache(0);
        none.get(1, 1, 1, Keys.bucket(1, 1, 1), true, key -> OLD);
        none.changed(1, 1, 1);
        none.allChanged(1, 1);
        none.clear();
        assertEquals(0, none.bytes());
    }

    @Test
    void anEndedIndexGivesNothingFromIt() {
        RocksLocationIndex index = open(1 << 20);
        write(index, 0, 7);
        assertEquals(7, index.find(1, 1, 0).segmentId());
        index.lease().orElseThrow().end(Duration.ofSeconds(10));
        assertEquals(
                IndexException.Kind.CLOSED,
                assertThrows(IndexException.class, () -> index.find(1, 1, 0)).kind());
        index.close();
        assertEquals(
                IndexException.Kind.CLOSED,
                assertThrows(IndexException.class, () -> index.bucket(1, 1, 0)).kind());
        assertEquals(0, index.rowCacheBytes());
    }

    @Test
    void whoGoesThroughALedgerLeavesTheRowsOfLookups() {
        try (RocksLocationIndex index = open(1 << 20)) {
            for (int row = 0; row < 100; row++) {
                write(index, row * 256L, 7);
            }
            index.find(1, 1, 256);
            long bytes = index.rowCacheBytes();
            assertTrue(bytes > 0);
            for (int row = 0; row < 100; row++) {
                index.bucket(1, 1, row * 256L);
                index.visitBucket(1, 1, row * 256L, (slot, segmentId, offset, length) -> {});
                index.ceiling(1, 1, row * 256L);
                index.floor(1, 1, row * 256L);
            }
            assertEquals(bytes, index.rowCacheBytes());
        }
    }

    @Test
    void rowsOfAClearedGenerationAreGone() {
        try (RocksLocationIndex index = open(1 << 20)) {
            write(index, 0, 7);
            assertEquals(7, index.find(1, 1, 0).segmentId());
            try (IndexBatch batch = index.newBatch()) {
                batch.dropGeneration(1, 1);
                index.write(batch);
            }
            assertEquals(1, index.clearDropped(10));
            assertNull(index.find(1, 1, 0));
        }
    }

    @Test
    void aRowThatRotsOnTheHeapIsAskedForAgain() {
        try (RocksLocationIndex index = open(1 << 20)) {
            write(index, 0, 7);
            assertEquals(7, index.find(1, 1, 0).segmentId());
            byte[] row = index.rowCache().get(1, 1, 0, Keys.bucket(1, 1, 0), false, key -> null);
            row[row.length - 1] ^= 1;
            assertEquals(7, index.bucket(1, 1, 0)[0].segmentId());
            assertEquals(7, index.find(1, 1, 0).segmentId());
            row = index.rowCache().get(1, 1, 0, Keys.bucket(1, 1, 0), false, key -> null);
            row[row.length - 1] ^= 1;
            assertEquals(7, index.find(1, 1, 0).segmentId());
        }
    }

    private RocksLocationIndex open(long bytes) {
        IndexOptions options = IndexOptions.defaults().withMemoryBytes(12 << 20).withRowCacheBytes(bytes);
        return RocksLocationIndex.open(directory, options, new Lease("index"));
    }

    private static void write(LocationIndex index, long entryId, long segment) {
        try (IndexBatch batch = index.newBatch()) {
            batch.put(1, 1, entryId, segment, 4096, 232);
            index.write(batch);
        }
    }

    /**
     * Readers load the same few rows all the time. Whoever wrote one sees it at once, and readers never see less than what was
     * written before they asked. Ledger 1 only grows; ledger 2 is truncated, which its writer alone can judge.
     */
    @Test
    void nobodySeesWhatWasBeforeAWrite() throws Exception {
        nobodySeesWhatWasBeforeAWrite(CACHE_BYTES, 255);
    }

    /** As above, where what was just written is kept too: some writes are of whole rows. */
    @Test
    void norWhatWasKeptAsItWasWritten() throws Exception {
        nobodySeesWhatWasBeforeAWrite(1 << 20, 0);
    }

    private void nobodySeesWhatWasBeforeAWrite(long cacheBytes, int wholeFrom) throws Exception {
        AtomicBoolean over = new AtomicBoolean();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        AtomicLongArray written = new AtomicLongArray(ROWS);
        long reads = 0;
        try (RocksLocationIndex index = open(cacheBytes)) {
            AtomicLongArray counts = new AtomicLongArray(READERS);
            List<Thread> readers = new ArrayList<>();
            for (int i = 0; i < READERS; i++) {
                int reader = i;
                Thread thread = new Thread(() -> {
                    try {
                        SplittableRandom random = new SplittableRandom(reader);
                        while (!over.get() && failure.get() == null) {
                            readAndCheck(index, written, random);
                            counts.incrementAndGet(reader);
                        }
                    } catch (Throwable e) {
                        failure.set(e);
                    }
                });
                thread.start();
                readers.add(thread);
            }
            try {
                SplittableRandom random = new SplittableRandom(READERS);
                for (int i = 1; i <= WRITES && failure.get() == null; i++) {
                    writeAndCheck(index, written, random, i, i % 3 == 0 ? wholeFrom : 255);
                }
            } finally {
                over.set(true);
                for (Thread reader : readers) {
                    reader.join();
                }
            }
            for (int i = 0; i < READERS; i++) {
                reads += counts.get(i);
            }
        }
        if (failure.get() != null) {
            throw new AssertionError(failure.get());
        }
        assertTrue(reads > WRITES, "reads: " + reads);
        System.out.println("row cache: " + WRITES + " writes beside " + reads + " lookups");
    }

    private static long entryOf(int row) {
        return row * 256L + 255;
    }

    private static void readAndCheck(LocationIndex index, AtomicLongArray written, SplittableRandom random) {
        int row = random.nextInt(ROWS);
        long atLeast = written.get(row);
        Location found = index.find(1, 1, entryOf(row));
        long segment = found == null ? 0 : found.segmentId();
        assertTrue(segment >= atLeast, "row " + row + " as of " + segment + " after " + atLeast);
        Location[] bucket = index.bucket(1, 1, entryOf(row));
        segment = bucket == null ? 0 : bucket[255].segmentId();
        assertTrue(segment >= atLeast, "bucket " + row + " as of " + segment + " after " + atLeast);
        long[] visited = new long[1];
        atLeast = written.get(row);
        index.visitBucket(1, 1, entryOf(row), (slot, of, offset, length) -> visited[0] = slot == 255 ? of : 0);
        assertTrue(visited[0] >= atLeast, "row " + row + " visited as of " + visited[0] + " after " + atLeast);
        index.find(2, 2, entryOf(row));
    }

    private static void writeAndCheck(
            RocksLocationIndex index, AtomicLongArray written, SplittableRandom random, int number, int fromSlot) {
        int row = random.nextInt(ROWS);
        long entryId = entryOf(row);
        boolean truncates = number % 10 == 0;
        long kept = random.nextInt(ROWS * 256);
        try (IndexBatch batch = index.newBatch()) {
            for (long ledger = 1; ledger <= 2; ledger++) {
                for (long id = entryOf(row) - 255 + fromSlot; id <= entryId; id++) {
                    batch.put(ledger, ledger, id, number, 4096, 232);
                }
            }
            if (truncates) {
                batch.truncateAfter(2, 2, kept);
            }
            index.write(batch);
        }
        written.set(row, number);
        assertEquals(number, index.find(1, 1, entryId).segmentId(), "write " + number);
        if (!truncates) {
            assertEquals(number, index.find(2, 2, entryId).segmentId(), "write " + number);
        }
        for (int other = 0; other < ROWS && truncates; other++) {
            if (entryOf(other) > kept) {
                String what = other + " after truncation " + number + " to " + kept;
                assertNull(index.find(2, 2, entryOf(other)), what);
                long base = entryOf(other) - 255;
                index.visitBucket(
                        2,
                        2,
                        base,
                        (slot, of, offset, length) -> assertTrue(base + slot <= kept, slot + " of " + what));
            }
        }
        if (number % 64 == 0) {
            index.rewriteHotRows(100);
        }
    }
}
