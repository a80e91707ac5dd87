package io.daybook.engine.model;

import io.daybook.engine.LedgerEngine;
import io.daybook.index.LocationIndex;
import io.daybook.storage.Storage;
import java.io.IOException;
import java.util.function.UnaryOperator;

/**
 * What a run is made of: the seams at which a test can put something wrong in.
 *
 * @param indexes makes a place for the index
 * @param disk what the engine sees of a directory
 * @param engine what the test sees of an engine
 */
record Rig(IndexPlaces indexes, UnaryOperator<Storage> disk, UnaryOperator<LedgerEngine> engine) {

    /** Makes a place for the index of a run. */
    @FunctionalInterface
    interface IndexPlaces {
        IndexDouble make(long seed) throws IOException;
    }

    static Rig plain() {
        return new Rig(seed -> new MemoryIndexDouble(index -> index), disk -> disk, engine -> engine);
    }

    Rig withIndexes(IndexPlaces places) {
        return new Rig(places, disk, engine);
    }

    Rig withIndex(UnaryOperator<LocationIndex> shown) {
        return withIndexes(seed -> new MemoryIndexDouble(shown));
    }

    Rig withDisk(UnaryOperator<Storage> shown) {
        return new Rig(indexes, shown, engine);
    }

    Rig withEngine(UnaryOperator<LedgerEngine> shown) {
        return new Rig(indexes, disk, shown);
    }
}
