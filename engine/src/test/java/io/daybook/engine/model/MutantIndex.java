package io.daybook.engine.model;

import io.daybook.index.Checkpoint;
import io.daybook.index.IndexBatch;
import io.daybook.index.LedgerRow;
import io.daybook.index.Location;
import io.daybook.index.LocationIndex;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** An index that does one thing wrong. */
class MutantIndex implements LocationIndex {
    private final LocationIndex right;
    private int batches;

    MutantIndex(LocationIndex right) {
        this.right = right;
    }

    /** Whether a location is kept. */
    boolean puts(int batch, long entryId) {
        return true;
    }

    /** Whether a truncation is done. */
    boolean truncates() {
        return true;
    }

    /** Whether a deletion is done. */
    boolean drops() {
        return true;
    }

    /** The row that is kept. */
    LedgerRow row(LedgerRow row) {
        return row;
    }

    /** Where an entry is found. */
    Location found(Location location) {
        return location;
    }

    /** Rows lost by the latest writes say nothing of it: checkpoints are always right. */
    private final class Batch implements IndexBatch {
        private final IndexBatch to = right.newBatch();
        /** Of what is in it now: a batch that was written is filled again. */
        private int number = batches++;

        @Override
        public void put(long ledgerId, long generation, long entryId, long segmentId, long offset, int length) {
            if (puts(number, entryId)) {
                to.put(ledgerId, generation, entryId, segmentId, offset, length);
            }
        }

        @Override
        public void truncateAfter(long ledgerId, long generation, long lastEntryId) {
            if (truncates()) {
                to.truncateAfter(ledgerId, generation, lastEntryId);
            }
        }

        @Override
        public void putLedger(LedgerRow row) {
            to.putLedger(row(row));
        }

        @Override
        public void removeLedger(long ledgerId) {
            if (drops()) {
                to.removeLedger(ledgerId);
            }
        }

        @Override
        public void dropGeneration(long ledgerId, long generation) {
            if (drops()) {
                to.dropGeneration(ledgerId, generation);
            }
        }

        @Override
        public void addLiveBytes(long segmentId, long ledgerId, long generation, long bytes) {
            to.addLiveBytes(segmentId, ledgerId, generation, bytes);
        }

        @Override
        public void checkpoint(Checkpoint checkpoint) {
            to.checkpoint(checkpoint);
        }

        @Override
        public long bytes() {
            return to.bytes();
        }

        @Override
        public void close() {
            to.close();
        }
    }

    @Override
    public IndexBatch newBatch() {
        return new Batch();
    }

    @Override
    public void write(IndexBatch batch) {
        Batch mine = (Batch) batch;
        right.write(mine.to);
        mine.number = batches++;
    }

    @Override
    public Location find(long ledgerId, long generation, long entryId) {
        return found(right.find(ledgerId, generation, entryId));
    }

    @Override
    public Found ceiling(long ledgerId, long generation, long fromEntryId) {
        return right.ceiling(ledgerId, generation, fromEntryId);
    }

    @Override
    public Found floor(long ledgerId, long generation, long fromEntryId) {
        return right.floor(ledgerId, generation, fromEntryId);
    }

    @Override
    public Location[] bucket(long ledgerId, long generation, long entryId) {
        return right.bucket(ledgerId, generation, entryId);
    }

    @Override
    public List<LedgerRow> ledgers() {
        return right.ledgers();
    }

    @Override
    public Map<Long, Long> liveBytes() {
        return right.liveBytes();
    }

    @Override
    public Optional<Checkpoint> checkpoint() {
        return right.checkpoint();
    }

    @Override
    public void sync() {
        right.sync();
    }

    @Override
    public void compact() {
        right.compact();
    }

    @Override
    public long bytesAtRest() {
        return right.bytesAtRest();
    }

    @Override
    public void close() {
        right.close();
    }
}
