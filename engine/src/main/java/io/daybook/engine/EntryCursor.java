package io.daybook.engine;

import io.netty.buffer.ByteBuf;

/**
 * Goes over the entries of a ledger in order, reading ahead. Bound to the ledger as it was when the cursor was made: entries
 * that are appended behind it are met, and when the ledger is deleted it ends with {@link NoSuchLedgerException}.
 *
 * <p>Holds nothing of the engine between calls, so a cursor that is never closed keeps nothing from closing; after the engine
 * closed, {@link #next} throws {@link EngineClosedException}. <b>Confined to one thread at a time.</b>
 */
public interface EntryCursor extends AutoCloseable {

    /**
     * Moves to the next entry that is there.
     *
     * @return false behind the last one
     * @throws CorruptEntryException if the next entry is damaged; the cursor stands on it ({@link #entryId} names it) and the
     *     following call goes on behind it
     * @throws EngineFailedException if the disk or the index fails; the cursor stands on no entry, and the following call tries
     *     the same one again
     * @throws NoSuchLedgerException if the ledger was deleted
     * @throws EngineClosedException if the engine is closed
     * @throws IllegalStateException if this cursor is closed
     */
    boolean next();

    /**
     * Returns the id of the entry the cursor stands on.
     *
     * @throws java.util.NoSuchElementException if it stands on none
     */
    long entryId();

    /**
     * Returns its bytes, valid until {@link #next} or {@link #close}; retain to keep them longer.
     *
     * @throws java.util.NoSuchElementException if it stands on no entry, or on a damaged one
     */
    ByteBuf entry();

    /** Releases the current entry and what was read ahead. A second call does nothing. */
    @Override
    void close();
}
