package io.daybook.engine.model;

import io.daybook.engine.lifecycle.IndexStore;
import io.daybook.index.IndexException;
import io.daybook.index.LedgerRow;
import io.daybook.storage.FaultCounts;
import java.io.IOException;
import java.util.List;
import java.util.SplittableRandom;

/** A place for an index that a test can crash, lose and set back. All but {@link #remember} and rows with the index closed. */
interface IndexDouble extends IndexStore, AutoCloseable {

    /** The process ended: everything written is there. */
    void kill();

    /** The power went: some suffix of what was not synced is gone. */
    void powerLoss(SplittableRandom random) throws IOException;

    /** The index is gone. */
    void lose() throws IOException;

    /** Keeps a copy. */
    void remember() throws IOException;

    /** Puts a copy in its place; false: none was kept. */
    boolean setBack(SplittableRandom random) throws IOException;

    /** Lets writes fail, where that can be done. */
    void failWrites(IndexException.Kind kind, int times);

    /** What has failed so far, by kind. */
    FaultCounts failed();

    /** The rows of the index that is open or was open last. */
    List<LedgerRow> rows() throws IOException;

    /** All of the index that is open or was open last. */
    IndexDump dump() throws IOException;

    /** Bytes of live entries by the index's own count, -1: not known. */
    long liveBytes();

    @Override
    void close() throws IOException;
}
