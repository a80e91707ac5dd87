package io.daybook.engine.model;

import io.daybook.storage.SimStorage;

/**
 * A moment at which everything may stop: the disk with all that was not synced, the index, and what was promised by then.
 *
 * @param operation the operation that was the last, counted over all disks of a run
 * @param disk a copy
 * @param index a copy
 * @param history what was promised
 */
record CrashPoint(long operation, SimStorage disk, MemoryIndexDouble index, History history) {

    /** Whether a power loss leaves the same as the end of the process does. */
    boolean isSettled() {
        return !disk.hasUnsynced() && index.unsyncedBatches() == 0;
    }

    /** What is found by who comes after. */
    Store after(Survival survival, long seed) {
        return after(survival, seed, history.after(survival.losesPower()));
    }

    /** The same with other promises. */
    Store after(Survival survival, long seed, History promised) {
        var random = new java.util.SplittableRandom(seed);
        SimStorage left = disk.crashClone(survival.power(), random.nextLong());
        MemoryIndexDouble leftIndex = index.crashClone();
        if (survival.losesPower()) {
            leftIndex.powerLoss(survival.indexBatches(leftIndex.unsyncedBatches(), random));
        } else {
            leftIndex.kill();
        }
        return new Store(left, leftIndex, promised);
    }

    /** A disk and an index that nobody has open, and what must be on them. */
    record Store(SimStorage disk, MemoryIndexDouble index, History history) {}
}
