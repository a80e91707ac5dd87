package io.daybook.benchmarks;

import io.daybook.index.Checkpoint;
import io.daybook.index.IndexBatch;
import io.daybook.index.Location;
import io.daybook.index.LocationIndex;
import java.util.SplittableRandom;

/**
 * Locations as a journal gives them: entries in turn over the ledgers, one record behind the other, frames of 512 records
 * that begin on a block, segments of 256 MiB. A batch is what a flush writes: sorted by ledger, with the live bytes and the
 * checkpoint. <b>Confined to one thread.</b>
 */
final class IndexLoad {
    static final int BATCH_ENTRIES = 256 << 10;
    static final long GENERATION = 1;

    private static final int FRAME_RECORDS = 512;
    private static final int FRAME_HEADER_BYTES = 64;
    private static final int SEGMENT_BITS = 28;

    private final LocationIndex index;
    private final int ledgers;
    private final int rounds;
    private final int[] lengths;
    private final long[] offsets;
    private final long batchBytes;
    private long batches;

    /** @param entryBytesMin lower bound of payloads; the same as the upper bound: constant */
    IndexLoad(LocationIndex index, int ledgers, int entryBytesMin, int entryBytesMax) {
        this.index = index;
        this.ledgers = ledgers;
        this.rounds = BATCH_ENTRIES / ledgers;
        int count = rounds * ledgers;
        this.lengths = new int[count];
        this.offsets = new long[count];
        SplittableRandom random = new SplittableRandom(7);
        long at = 0;
        for (int i = 0; i < count; i++) {
            if (i % FRAME_RECORDS == 0) {
                at = RawSink.roundUp(at) + FRAME_HEADER_BYTES;
            }
            lengths[i] = random.nextInt(entryBytesMin, entryBytesMax + 1);
            offsets[i] = at;
            at += RawSink.HEADER_BYTES + lengths[i];
        }
        this.batchBytes = RawSink.roundUp(at);
    }

    /** Entries of each batch: the multiple of the number of ledgers next below {@link #BATCH_ENTRIES}. */
    int batchEntries() {
        return lengths.length;
    }

    /** Entries put so far. */
    long entries() {
        return batches * batchEntries();
    }

    /** Writes the next batch. */
    void writeBatch(IndexBatch batch) {
        long base = batches * batchBytes;
        long firstEntry = batches * rounds;
        for (int ledger = 0; ledger < ledgers; ledger++) {
            long segment = -1;
            long live = 0;
            for (int round = 0; round < rounds; round++) {
                int i = round * ledgers + ledger;
                long position = base + offsets[i];
                long inSegment = position >>> SEGMENT_BITS;
                if (inSegment != segment) {
                    addLive(batch, segment, ledger, live);
                    segment = inSegment;
                    live = 0;
                }
                live += lengths[i];
                batch.put(ledger, GENERATION, firstEntry + round, segment, offsetOf(position), lengths[i]);
            }
            addLive(batch, segment, ledger, live);
        }
        batches++;
        batch.checkpoint(new Checkpoint(1, 2, 3, 0, entries()));
        index.write(batch);
    }

    private static void addLive(IndexBatch batch, long segment, long ledger, long bytes) {
        if (bytes > 0) {
            batch.addLiveBytes(segment, ledger, GENERATION, bytes);
        }
    }

    private static long offsetOf(long position) {
        return position & ((1L << SEGMENT_BITS) - 1);
    }

    /** Looks up the entry a random number stands for, and checks the answer. */
    Location find(long random) {
        long number = Long.remainderUnsigned(random, entries());
        long batch = number / batchEntries();
        int i = (int) (number % batchEntries());
        long entry = batch * rounds + i / ledgers;
        Location location = index.find(i % ledgers, GENERATION, entry);
        if (location == null
                || location.offset() != offsetOf(batch * batchBytes + offsets[i])
                || location.length() != lengths[i]) {
            throw new IllegalStateException("ledger " + i % ledgers + " entry " + entry + " is at " + location);
        }
        return location;
    }
}
