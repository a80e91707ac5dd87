package io.daybook.benchmarks;

import io.netty.buffer.ByteBuf;
import java.io.IOException;

/** A store that takes entries and says when each is durable: all that the load generator knows of it. <b>Thread-safe.</b> */
interface AppendSink extends AutoCloseable {

    /**
     * Begins an append; may wait for room.
     *
     * @param entry copied before this returns; the caller keeps its buffer and indices
     * @param completion called once, in the order in which one thread called this method, never by two threads at a time
     */
    void append(long ledgerId, long entryId, ByteBuf entry, Completion completion);

    /** Entries held by the ledgers 0 to {@code ledgers} - 1, to check that the work was done; -1: the store can't tell. */
    long entriesHeld(int ledgers);

    /** Completes what was appended, then lets go of files and threads. A second call does nothing. */
    @Override
    void close() throws IOException;

    /** Learns the end of appends. */
    @FunctionalInterface
    interface Completion {

        /**
         * The oldest append of this completion that is not completed yet has ended.
         *
         * @param failure null: durable
         */
        void completed(Throwable failure);
    }
}
