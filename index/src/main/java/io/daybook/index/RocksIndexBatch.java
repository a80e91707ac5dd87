package io.daybook.index;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * A batch on the heap: operations are encoded as they come, the puts of one bucket when another bucket or another
 * operation follows. Nothing native, no object an entry. Once {@link #sealed} it is fixed, so that after NO_SPACE the very
 * same bytes are written again.
 */
final class RocksIndexBatch implements IndexBatch {
    private static final int ROW_BYTES_ESTIMATE = 48;

    /** Numbers of a row in {@link #touched}. */
    private static final int TOUCHED = 4;

    private final RocksLocationIndex owner;
    private final BatchLog log = new BatchLog(64 << 10);
    private final BucketCodec.Encoder encoder = new BucketCodec.Encoder();
    private final ByteWriter fragment = new ByteWriter(4096);
    private final byte[] bucketKey = Keys.bucket(0, 0, 0);

    // The bucket that puts gather in.
    private final BucketRow pending = new BucketRow();
    private boolean hasPending;
    private long pendingLedger;
    private long pendingGeneration;
    private long pendingBucket;
    private int pendingPuts;

    /**
     * Bucket rows that get a fragment, some numbers each: ledger, generation, bucket, and where in the batch a fragment stands that
     * is all that a lookup sees of its row.
     */
    private long[] touched = new long[TOUCHED * 256];

    private int touchedSize;
    /** What was touched before a truncation is not all that is to be seen of its row. */
    private int touchedBeforeTruncation;

    /** Truncations, two numbers each: ledger, generation. */
    private long[] truncated = new long[2];

    private int truncatedSize;
    private final Map<RowKey, long[]> live = new HashMap<>();
    private RowKey lastLive;
    private long[] lastLiveDelta;
    private Checkpoint checkpoint;
    private byte[] sealed;
    /** What was sealed before, for the next time; null: none. */
    private byte[] used;

    private boolean closed;

    RocksIndexBatch(RocksLocationIndex owner) {
        this.owner = owner;
    }

    @Override
    public void put(long ledgerId, long generation, long entryId, long segmentId, long offset, int length) {
        Keys.checkEntry(entryId);
        if (segmentId < 0 || offset < 0 || offset > Location.OFFSET_MAX || length < 0 || length > Location.LENGTH_MAX) {
            throw new IllegalArgumentException(
                    "segment " + segmentId + ", offset " + offset + ", length " + length + " is no location");
        }
        long bucket = entryId >>> Keys.BUCKET_BITS;
        if (!hasPending
                || bucket != pendingBucket
                || ledgerId != pendingLedger
                || generation != pendingGeneration
                || sealed != null) {
            begin(ledgerId, generation, bucket);
        }
        pending.put((int) entryId & BucketRow.SLOTS - 1, segmentId, offset, length);
        pendingPuts++;
    }

    private void begin(long ledgerId, long generation, long bucket) {
        Keys.checkLedger(ledgerId, generation);
        emit();
        hasPending = true;
        pendingLedger = ledgerId;
        pendingGeneration = generation;
        pendingBucket = bucket;
    }

    /** Writes the gathered bucket, if any, so that what follows stands behind it. */
    private void emit() {
        checkOpen();
        if (!hasPending) {
            return;
        }
        key(pendingLedger, pendingGeneration, pendingBucket);
        fragment.truncate(0);
        encoder.put(bucketKey, pending, fragment);
        log.merge(bucketKey, fragment);
        touch(pendingLedger, pendingGeneration, pendingBucket, pending.count());
        pending.clear();
        hasPending = false;
        pendingPuts = 0;
    }

    private void key(long ledgerId, long generation, long bucket) {
        Keys.setBucket(bucketKey, ledgerId, generation, bucket);
    }

    /** The fragment that was just added puts so many slots of a row. */
    private void touch(long ledgerId, long generation, long bucket, int slots) {
        if (touchedSize == touched.length) {
            touched = Arrays.copyOf(touched, 2 * touchedSize);
        }
        touched[touchedSize++] = ledgerId;
        touched[touchedSize++] = generation;
        // The row is complete, as far as dense ids go, with its last slot; one fragment of all needs no rewriting.
        boolean completed = slots > 0 && slots < BucketRow.SLOTS && pending.has(BucketRow.SLOTS - 1);
        touched[touchedSize++] = completed ? ~bucket : bucket;
        // One that has all slots hides what the row had before.
        touched[touchedSize++] = slots < BucketRow.SLOTS ? 0 : (long) log.bytes() << Integer.SIZE | fragment.size();
    }

    @Override
    public void truncateAfter(long ledgerId, long generation, long lastEntryId) {
        Keys.checkLedger(ledgerId, generation);
        long firstGone = lastEntryId < 0 ? 0 : (Keys.checkEntry(lastEntryId) >>> Keys.BUCKET_BITS) + 1;
        if (lastEntryId < -1) {
            throw new IllegalArgumentException("truncate after " + lastEntryId);
        }
        emit();
        int lastSlot = (int) lastEntryId & BucketRow.SLOTS - 1;
        if (lastEntryId >= 0 && lastSlot < BucketRow.SLOTS - 1) {
            key(ledgerId, generation, firstGone - 1);
            fragment.truncate(0);
            encoder.cut(bucketKey, lastSlot, fragment);
            log.merge(bucketKey, fragment);
            touch(ledgerId, generation, firstGone - 1, 0);
        }
        log.deleteRange(
                Keys.bucket(ledgerId, generation, firstGone),
                Keys.successor(Keys.key(Keys.BUCKET, ledgerId, generation)));
        if (truncatedSize == truncated.length) {
            truncated = Arrays.copyOf(truncated, 2 * truncatedSize);
        }
        truncated[truncatedSize++] = ledgerId;
        truncated[truncatedSize++] = generation;
        touchedBeforeTruncation = touchedSize;
    }

    @Override
    public void putLedger(LedgerRow row) {
        byte[] value = StateCodec.ledger(row);
        emit();
        log.put(Keys.ledger(row.ledgerId()), value);
    }

    @Override
    public void removeLedger(long ledgerId) {
        byte[] key = Keys.ledger(ledgerId);
        emit();
        log.delete(key);
    }

    @Override
    public void dropGeneration(long ledgerId, long generation) {
        byte[] key = Keys.dropped(ledgerId, generation);
        emit();
        log.put(key, new byte[0]);
    }

    @Override
    public void addLiveBytes(long segmentId, long ledgerId, long generation, long bytes) {
        Keys.checkLedger(ledgerId, generation);
        if (segmentId < 0) {
            throw new IllegalArgumentException("segment " + segmentId);
        }
        checkOpen();
        if (lastLive == null
                || lastLive.number() != segmentId
                || lastLive.ledgerId() != ledgerId
                || lastLive.generation() != generation) {
            lastLive = new RowKey(true, ledgerId, generation, segmentId);
            lastLiveDelta = live.computeIfAbsent(lastLive, row -> new long[1]);
        }
        lastLiveDelta[0] += bytes;
    }

    @Override
    public void checkpoint(Checkpoint reached) {
        if (reached.settleNumber() < 0 || reached.lsn() < 0) {
            throw new IllegalArgumentException("out of range: " + reached);
        }
        checkOpen();
        checkpoint = reached;
    }

    @Override
    public long bytes() {
        return log.bytes()
                + (hasPending ? ROW_BYTES_ESTIMATE + 6L * pendingPuts : 0)
                + (long) ROW_BYTES_ESTIMATE * live.size()
                + (checkpoint == null ? 0 : ROW_BYTES_ESTIMATE);
    }

    @Override
    public void close() {
        closed = true;
    }

    boolean belongsTo(RocksLocationIndex index) {
        return owner == index;
    }

    private void checkOpen() {
        if (closed) {
            throw new IllegalStateException("the batch is closed");
        }
        if (sealed != null) {
            throw new IllegalStateException("the batch was offered for writing and is fixed until it is written");
        }
    }

    /** The batch as RocksDB takes it. The first call fixes it; {@code number} is used in that call only. */
    byte[] sealed(long number) {
        if (sealed == null) {
            emit();
            boolean numbered = false;
            for (Map.Entry<RowKey, long[]> row : live.entrySet()) {
                if (row.getValue()[0] != 0) {
                    fragment.truncate(0);
                    StateCodec.liveBytes(number, row.getValue()[0], fragment);
                    log.merge(row.getKey().key(), fragment);
                    numbered = true;
                }
            }
            if (numbered) {
                log.put(Keys.batchNumber(), StateCodec.number(number));
            }
            if (checkpoint != null) {
                log.put(Keys.checkpoint(), StateCodec.checkpoint(checkpoint));
            }
            sealed = log.toBytes(used);
            used = sealed;
        } else if (closed) {
            checkOpen();
        }
        return sealed;
    }

    int operations() {
        return log.count();
    }

    int rangeDeletes() {
        return truncatedSize / 2;
    }

    /** Called after each try to write it: tells which rows may have changed. */
    void tellChanges(RowCache cached) {
        for (int i = 0; i < truncatedSize; i += 2) {
            cached.allChanged(truncated[i], truncated[i + 1]);
        }
        for (int i = 0; i < touchedSize; i += TOUCHED) {
            long bucket = touched[i + 2];
            cached.changed(touched[i], touched[i + 1], bucket < 0 ? ~bucket : bucket);
        }
    }

    /** Called once written, and its changes were told: keeps the rows that stand in it whole. */
    void keepRows(RowCache cached) {
        for (int i = touchedBeforeTruncation; i < touchedSize; i += TOUCHED) {
            int length = (int) touched[i + 3];
            if (length > 0) {
                int to = (int) (touched[i + 3] >>> Integer.SIZE);
                cached.wrote(touched[i], touched[i + 1], touched[i + 2], sealed, to - length, to);
            } else {
                // It may have come whole in this same batch, before it was added to.
                cached.wroteMore(touched[i], touched[i + 1], Math.max(touched[i + 2], ~touched[i + 2]));
            }
        }
    }

    /** Called once written: tells which rows grew, and empties the batch. */
    void written(HotRows hot) {
        for (int i = 0; i < touchedSize; i += TOUCHED) {
            long bucket = touched[i + 2];
            if (bucket < 0) {
                hot.add(new RowKey(false, touched[i], touched[i + 1], ~bucket));
            } else {
                hot.merged(false, touched[i], touched[i + 1], bucket);
            }
        }
        for (RowKey row : live.keySet()) {
            hot.merged(true, row.ledgerId(), row.generation(), row.number());
        }
        log.clear();
        touchedSize = 0;
        touchedBeforeTruncation = 0;
        truncatedSize = 0;
        live.clear();
        lastLive = null;
        lastLiveDelta = null;
        checkpoint = null;
        sealed = null;
    }
}
