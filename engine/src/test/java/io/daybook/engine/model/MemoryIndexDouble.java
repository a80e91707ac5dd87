package io.daybook.engine.model;

import io.daybook.index.IndexException;
import io.daybook.index.LedgerRow;
import io.daybook.index.LocationIndex;
import io.daybook.index.MemoryLocationIndex;
import io.daybook.storage.FaultCounts;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;

/** Keeps the index in memory. */
final class MemoryIndexDouble implements IndexDouble {
    private static final int COPIES = 3;

    /** What the engine sees of an index: itself, or a mutant of it. */
    private final UnaryOperator<LocationIndex> shown;

    private final FaultCounts failed = new FaultCounts();
    private MemoryLocationIndex current = new MemoryLocationIndex();
    private MemoryLocationIndex fresh;
    private final List<MemoryLocationIndex> copies = new ArrayList<>();

    MemoryIndexDouble(UnaryOperator<LocationIndex> shown) {
        this.shown = shown;
    }

    @Override
    public LocationIndex open() {
        current = current.reopen();
        fresh = null;
        return shown.apply(current);
    }

    @Override
    public LocationIndex openFresh() {
        fresh = new MemoryLocationIndex();
        return shown.apply(fresh);
    }

    @Override
    public LocationIndex replaceBy(LocationIndex closed) {
        closed.sync();
        closed.close();
        current = fresh.reopen();
        return shown.apply(current);
    }

    @Override
    public void kill() {
        current = current.reopen();
    }

    @Override
    public void powerLoss(SplittableRandom random) {
        current = current.crash(random.nextInt(current.unsyncedBatches() + 1));
    }

    /** An independent one with the same in it, for crashes that are tried; without the copies that were remembered. */
    MemoryIndexDouble crashClone() {
        MemoryIndexDouble clone = new MemoryIndexDouble(shown);
        clone.current = current.crashClone();
        return clone;
    }

    /** Batches that a power loss now could take. */
    int unsyncedBatches() {
        return current.unsyncedBatches();
    }

    /** The power went: the first batches that were not synced are kept. */
    void powerLoss(int kept) {
        current = current.crash(kept);
    }

    @Override
    public void lose() {
        current.close();
        current = new MemoryLocationIndex();
    }

    @Override
    public void remember() {
        if (copies.size() == COPIES) {
            copies.remove(0);
        }
        copies.add(current.snapshot());
    }

    @Override
    public boolean setBack(SplittableRandom random) {
        if (copies.isEmpty()) {
            return false;
        }
        current.close();
        current = copies.get(random.nextInt(copies.size())).snapshot();
        return true;
    }

    @Override
    public void failWrites(IndexException.Kind kind, int times) {
        current.failWrites(kind, 0, times, () -> failed.addKind(kind));
    }

    /** Lets each read of the index that is open fail from now on; null: no longer. */
    void failReads(IndexException.Kind kind) {
        current.failReads(kind);
    }

    @Override
    public FaultCounts failed() {
        return failed;
    }

    @Override
    public List<LedgerRow> rows() {
        return current.look().ledgers();
    }

    @Override
    public IndexDump dump() {
        return IndexDump.of(current.look());
    }

    @Override
    public long liveBytes() {
        long sum = 0;
        for (long bytes : current.look().liveBytes().values()) {
            sum += bytes;
        }
        return sum;
    }

    @Override
    public void close() {
        current.close();
    }
}
