package io.daybook.index;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.daybook.lease.Lease;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecentRowsTest {
    @TempDir
    Path directory;

    private final byte[] into = new byte[RecentRows.ROW_BYTES_MAX];

    private static void put(RecentRows rows, long bucket, int epoch, byte[] row) {
        byte[] around = new byte[row.length + 7];
        System.arraycopy(row, 0, around, 3, row.length);
        rows.put(1, 2, bucket, epoch, around, 3, 3 + row.length);
    }

    private byte[] get(RecentRows rows, long bucket, int epoch) {
        int length = rows.get(1, 2, bucket, epoch, into);
        return length < 0 ? null : Arrays.copyOf(into, length);
    }

    @Test
    void whoAsksGetsWhatWasPutLastInHisEpoch() {
        RecentRows rows = new RecentRows(1 << 20);
        assertEquals(-1, rows.get(1, 2, 3, 0, into));
        put(rows, 3, 0, new byte[] {1});
        put(rows, 3, 0, new byte[] {2, 3});
        assertArrayEquals(new byte[] {2, 3}, get(rows, 3, 0));
        assertEquals(-1, rows.get(1, 2, 3, 1, into));
        assertEquals(-1, rows.get(1, 3, 3, 0, into));
        assertEquals(-1, rows.get(2, 2, 3, 0, into));
        rows.remove(1, 2, 4);
        assertArrayEquals(new byte[] {2, 3}, get(rows, 3, 0));
        rows.remove(1, 2, 3);
        assertEquals(-1, rows.get(1, 2, 3, 0, into));
        put(rows, 3, 1, new byte[] {4});
        put(rows, 3, 1, new byte[RecentRows.ROW_BYTES_MAX + 1]);
        assertEquals(-1, rows.get(1, 2, 3, 1, into), "a row too long to be kept is not an older one");
        put(rows, 3, 1, new byte[] {5});
        rows.clear();
        assertEquals(-1, rows.get(1, 2, 3, 1, into));
        assertEquals(0, rows.bytes());
    }

    /** Many times what fits: rows are forgotten, never mixed up. */
    @Test
    void whatIsThereIsWhatWasPutLast() {
        for (int bytes : new int[] {0, 1000, 5120, 16 << 10, 100_000, 2 << 20}) {
            long seed = Long.getLong("daybook.seed", System.nanoTime());
            SplittableRandom random = new SplittableRandom(seed);
            RecentRows rows = new RecentRows(bytes);
            Map<Long, byte[]> model = new HashMap<>();
            int found = 0;
            for (int i = 0; i < 100_000; i++) {
                long bucket = random.nextInt(2000);
                switch (random.nextInt(4)) {
                    case 0 -> {
                        rows.remove(1, 2, bucket);
                        model.remove(bucket);
                    }
                    case 1, 2 -> {
                        byte[] row = new byte[1 + random.nextInt(random.nextInt(20) == 0 ? 4000 : 300)];
                        random.nextBytes(row);
                        put(rows, bucket, 0, row);
                        model.put(bucket, row);
                    }
                    default -> {
                        byte[] row = get(rows, bucket, 0);
                        if (row != null) {
                            assertArrayEquals(model.get(bucket), row, "bucket " + bucket + ", seed " + seed);
                            found++;
                        }
                    }
                }
                if (i % 1000 == 0) {
                    assertTrue(rows.bytes() <= bytes, rows.bytes() + " of " + bytes);
                }
            }
            assertTrue(bytes < 5000 ? found == 0 : found > bytes / 1000, found + " found in " + bytes);
        }
    }

    /** A trim asks for rows as they were written; most must be here, or it takes a call of RocksDB for each. */
    @Test
    void fullAndRewrittenRowsAreHere() {
        IndexOptions options = IndexOptions.defaults().withMemoryBytes(12 << 20);
        try (RocksLocationIndex index = RocksLocationIndex.open(directory, options, new Lease("index"))) {
            for (int from = 0; from < 100 * 256; from += 640) {
                try (IndexBatch batch = index.newBatch()) {
                    for (int id = from; id < from + 640; id++) {
                        batch.put(1, 1, id, 7, 4096 + id * 256L, 232);
                    }
                    index.write(batch);
                }
                index.rewriteHotRows(100);
            }
            int here = 0;
            for (int bucket = 0; bucket < 100; bucket++) {
                here += index.rowCache().recent(1, 1, bucket, into) > 0 ? 1 : 0;
            }
            assertEquals(100, here);
        }
    }

    private RocksLocationIndex open() {
        return RocksLocationIndex.open(
                directory, IndexOptions.defaults().withMemoryBytes(12 << 20), new Lease("index"));
    }

    private static void put(IndexBatch batch, int from, int to, long segment) {
        for (int id = from; id < to; id++) {
            batch.put(1, 1, id, segment, 4096 + id * 256L, 232);
        }
    }

    /** The segments of a row, slot by slot; 0: not there. */
    private static long[] visit(RocksLocationIndex index, int bucket) {
        long[] segments = new long[256];
        index.visitBucket(1, 1, bucket * 256L, (slot, segment, offset, length) -> segments[slot] = segment);
        return segments;
    }

    @Test
    void aRowThatWasAddedToInItsOwnBatchIsNotKept() {
        try (RocksLocationIndex index = open()) {
            try (IndexBatch batch = index.newBatch()) {
                put(batch, 0, 256, 7);
                put(batch, 256, 257, 7);
                put(batch, 5, 6, 8);
                index.write(batch);
            }
            assertEquals(8, visit(index, 0)[5]);
            assertEquals(7, visit(index, 0)[6]);
        }
    }

    @Test
    void aRowThatWasTruncatedIsNotKept() {
        try (RocksLocationIndex index = open()) {
            try (IndexBatch batch = index.newBatch()) {
                put(batch, 0, 512, 7);
                batch.truncateAfter(1, 1, 10);
                put(batch, 512, 1024, 7);
                index.write(batch);
            }
            assertEquals(7, visit(index, 0)[10]);
            assertEquals(0, visit(index, 0)[11]);
            assertEquals(0, visit(index, 1)[0]);
            assertTrue(index.rowCache().recent(1, 1, 2, into) > 0);
            assertTrue(index.rowCache().recent(1, 1, 3, into) > 0);
            try (IndexBatch batch = index.newBatch()) {
                batch.truncateAfter(1, 1, 600);
                index.write(batch);
            }
            assertEquals(7, visit(index, 2)[600 - 512]);
            assertEquals(0, visit(index, 2)[601 - 512]);
            assertEquals(0, visit(index, 3)[0]);
        }
    }

    @Test
    void someSlotsAreNoWholeRow() {
        try (RocksLocationIndex index = open()) {
            for (int[] part : new int[][] {{0, 100}, {100, 200}}) {
                try (IndexBatch batch = index.newBatch()) {
                    put(batch, part[0], part[1], 7);
                    index.write(batch);
                }
            }
            assertEquals(7, visit(index, 0)[0]);
            assertEquals(7, visit(index, 0)[199]);
        }
    }

    @Test
    void aRowThatRotsOnTheHeapIsAskedForAgain() {
        IndexOptions options = IndexOptions.defaults().withMemoryBytes(12 << 20);
        try (RocksLocationIndex index = RocksLocationIndex.open(directory, options, new Lease("index"))) {
            try (IndexBatch batch = index.newBatch()) {
                for (int id = 0; id < 256; id++) {
                    batch.put(1, 1, id, 7, 4096 + id * 256L, 232);
                }
                index.write(batch);
            }
            int length = index.rowCache().recent(1, 1, 0, into);
            assertTrue(length > 0);
            into[length - 1] ^= 1;
            index.rowCache().wrote(1, 1, 0, into, 0, length);
            int[] seen = new int[1];
            index.visitBucket(1, 1, 0, (slot, segmentId, offset, bytes) -> {
                assertEquals(4096 + slot * 256L, offset);
                seen[0]++;
            });
            assertEquals(256, seen[0]);
            assertEquals(-1, index.rowCache().recent(1, 1, 0, into));
        }
    }
}
