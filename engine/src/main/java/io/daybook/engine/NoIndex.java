package io.daybook.engine;

import io.daybook.index.Checkpoint;
import io.daybook.index.IndexBatch;
import io.daybook.index.LedgerRow;
import io.daybook.index.Location;
import io.daybook.index.LocationIndex;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The index of a store that is opened read-only while its index cannot be used: everything stands in the tails. */
final class NoIndex implements LocationIndex {
    @Override
    public IndexBatch newBatch() {
        throw new IllegalStateException("read-only");
    }

    @Override
    public void write(IndexBatch batch) {
        throw new IllegalStateException("read-only");
    }

    @Override
    public Location find(long ledgerId, long generation, long entryId) {
        return null;
    }

    @Override
    public Found ceiling(long ledgerId, long generation, long fromEntryId) {
        return null;
    }

    @Override
    public Found floor(long ledgerId, long generation, long fromEntryId) {
        return null;
    }

    @Override
    public Location[] bucket(long ledgerId, long generation, long entryId) {
        return null;
    }

    @Override
    public List<LedgerRow> ledgers() {
        return List.of();
    }

    @Override
    public Map<Long, Long> liveBytes() {
        return Map.of();
    }

    @Override
    public Optional<Checkpoint> checkpoint() {
        return Optional.empty();
    }

    @Override
    public void sync() {
        // Nothing was written.
    }

    @Override
    public void compact() {
        // Nothing to compact.
    }

    @Override
    public long bytesAtRest() {
        return 0;
    }

    @Override
    public void close() {
        // Nothing is open.
    }
}
