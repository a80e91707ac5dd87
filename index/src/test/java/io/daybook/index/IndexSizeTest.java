package io.daybook.index;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.daybook.lease.Lease;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Bytes an entry at rest, and, printed only, the rate of puts and lookups. */
class IndexSizeTest {
    private static final int BATCH_ENTRIES = 256 << 10;
    private static final int FRAME_BYTES = 1 << 20;
    private static final int FRAME_HEADER_BYTES = 64;
    private static final int BLOCK_BYTES = 4096;

    @TempDir
    Path directory;

    @Test
    void constantSizesOfInterleavedLedgers() {
        assertTrue(run("100 ledgers, constant 1000 B", 100, 8, random -> 1000) <= 1.0);
    }

    @Test
    void randomSizesOfInterleavedLedgers() {
        assertTrue(run("100 ledgers, random 100 B to 4 KiB", 100, 8, random -> 100 + random.nextInt(3997)) <= 6.0);
    }

    @Test
    void tenThousandLedgers() {
        assertTrue(run("10,000 ledgers, constant 1000 B", 10_000, 16, random -> 1000) <= 1.0);
    }

    private interface Sizes {
        int next(Random random);
    }

    private double run(String what, int ledgers, int batches, Sizes sizes) {
        Random random = new Random(1);
        int perLedger = BATCH_ENTRIES / ledgers;
        int entries = perLedger * ledgers;
        long[][] offsets = new long[ledgers][perLedger];
        int[][] lengths = new int[ledgers][perLedger];
        long nanos = 0;
        double best = 0;
        try (RocksLocationIndex index =
                RocksLocationIndex.open(directory, IndexOptions.defaults(), new Lease("index"))) {
            IndexBatch batch = index.newBatch();
            long offset = BLOCK_BYTES + FRAME_HEADER_BYTES;
            long frameEnd = BLOCK_BYTES + FRAME_BYTES;
            for (int b = 0; b < batches; b++) {
                for (int i = 0; i < perLedger; i++) {
                    for (int ledger = 0; ledger < ledgers; ledger++) {
                        int length = sizes.next(random);
                        if (offset + 24 + length > frameEnd) {
                            offset = (offset + BLOCK_BYTES - 1) / BLOCK_BYTES * BLOCK_BYTES + FRAME_HEADER_BYTES;
                            frameEnd = offset - FRAME_HEADER_BYTES + FRAME_BYTES;
                        }
                        offsets[ledger][i] = offset;
                        lengths[ledger][i] = length;
                        offset += 24 + length;
                    }
                }
                long begin = System.nanoTime();
                for (int ledger = 0; ledger < ledgers; ledger++) {
                    for (int i = 0; i < perLedger; i++) {
                        batch.put(ledger, 7, (long) b * perLedger + i, 1, offsets[ledger][i], lengths[ledger][i]);
                    }
                    batch.addLiveBytes(1, ledger, 7, perLedger * 1000L);
                }
                batch.checkpoint(new Checkpoint(1, 2, 3, 4, (long) b + 1));
                index.write(batch);
                long took = System.nanoTime() - begin;
                nanos += took;
                best = Math.max(best, entries * 1e3 / took);
                index.rewriteHotRows(Integer.MAX_VALUE);
            }
            batch.close();
            index.compact();
            double bytes = (double) index.bytesAtRest() / ((long) entries * batches);
            System.out.printf(
                    "IndexSizeTest %s: %.2f B an entry at rest, %.1f M puts/s (best batch %.1f), lookups %s%n",
                    what,
                    bytes,
                    (double) entries * batches * 1e3 / nanos,
                    best,
                    lookups(index, ledgers, perLedger * batches, random));
            return bytes;
        }
    }

    private static String lookups(RocksLocationIndex index, int ledgers, int perLedger, Random random) {
        int count = 200_000;
        long[] nanos = new long[count];
        for (int i = 0; i < count; i++) {
            long ledger = random.nextInt(ledgers);
            long entry = random.nextInt(perLedger);
            long begin = System.nanoTime();
            Location found = index.find(ledger, 7, entry);
            nanos[i] = System.nanoTime() - begin;
            assertEquals(1, found.segmentId());
        }
        Arrays.sort(nanos, count / 2, count);
        return String.format("p50 %.1f us, p99 %.1f us", nanos[count * 3 / 4] / 1e3, nanos[count - count / 200] / 1e3);
    }
}
