package io.daybook.benchmarks;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.util.Collections;
import java.util.Map;
import java.util.NavigableMap;

/** A store that takes entries and says when each is durable: all that the load generator knows of it. <b>Thread-safe.</b> */
public interface AppendSink extends AutoCloseable {

    /**
     * Begins an append; may wait for room.
     *
     * @param entry copied before this returns; the caller keeps its buffer and indices
     * @param completion called once, in the order in which one thread called this method, never by two threads at a time
     */
    void append(long ledgerId, long entryId, ByteBuf entry, Completion completion);

    /** Entries held by the ledgers 0 to {@code ledgers} - 1, to check that the work was done; -1: the store can't tell. */
    long entriesHeld(int ledgers);

    /**
     * Returns the reads of one thread.
     *
     * @throws IOException if they cannot begin
     */
    default EntryReader reader() throws IOException {
        throw new UnsupportedOperationException(getClass().getSimpleName() + " is not read");
    }

    /**
     * Brings what is only in a journal or in memory to where it will stay.
     *
     * @throws IOException if that fails
     */
    default void flush() throws IOException {
        // Nothing is elsewhere.
    }

    /** Counts of what goes on inside, by name, each of which only grows: for a time line. */
    default Map<String, Long> events() {
        return Map.of();
    }

    /**
     * Counts of appends by the delay that the store itself added, without syncs of the device: by the upper bound of a class in
     * seconds, each with those of the lower classes. Empty: it does not say.
     */
    default NavigableMap<Double, Double> delays() {
        return Collections.emptyNavigableMap();
    }

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
