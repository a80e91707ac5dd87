package io.daybook.engine.model;

import io.daybook.engine.LedgerEngine;
import io.daybook.index.LocationIndex;
import io.daybook.storage.Storage;
import java.io.IOException;
import java.util.function.UnaryOperator;

/**
 * What a run is made of: the seams at which a test can put something wrong in.
 *
 * @param mix how often the engine is restarted
 * @param indexes makes a place for the index
 * @param disk what the engine sees of a directory
 * @param engine what the test sees of an engine
 */
record Rig(Mix mix, IndexPlaces indexes, UnaryOperator<Storage> disk, UnaryOperator<LedgerEngine> engine) {

    /** Makes a place for the index of a run. */
    @FunctionalInterface
    interface IndexPlaces {
        IndexDouble make(long seed) throws IOException;
    }

    static Rig plain() {
        return new Rig(Mix.USUAL, seed -> new MemoryIndexDouble(index -> index), disk -> disk, engine -> engine);
    }

    Rig withMix(Mix other) {
        return new Rig(other, indexes, disk, engine);
    }

    Rig withIndexes(IndexPlaces places) {
        return new Rig(mix, places, disk, engine);
    }

    Rig withIndex(UnaryOperator<LocationIndex> shown) {
        return withIndexes(seed -> new MemoryIndexDouble(shown));
    }

    Rig withDisk(UnaryOperator<Storage> shown) {
        return new Rig(mix, indexes, shown, engine);
    }

    Rig withEngine(UnaryOperator<LedgerEngine> shown) {
        return new Rig(mix, indexes, disk, shown);
    }
}
