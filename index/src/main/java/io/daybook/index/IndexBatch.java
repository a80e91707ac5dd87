package io.daybook.index;

/**
 * Changes that an index takes all at once. Order matters: a truncation removes what was put before it in this batch or any
 * earlier one, and nothing that is put after. <b>Confined to one thread at a time.</b>
 */
public interface IndexBatch extends AutoCloseable {

    /**
     * Puts or replaces a location. Calls for one bucket that follow each other share one fragment, so callers sort by
     * ledger, generation and entry where order does not matter.
     *
     * @param ledgerId ledger, 0 to MAX
     * @param generation log sequence number that began the ledger, at least 0
     * @param entryId entry, 0 to MAX - 1
     * @param segmentId segment of the record, at least 0
     * @param offset its offset, 0 to {@link Location#OFFSET_MAX}
     * @param length payload length, 0 to {@link Location#LENGTH_MAX}
     */
    void put(long ledgerId, long generation, long entryId, long segmentId, long offset, int length);

    /**
     * Removes all ids above {@code lastEntryId} (-1: all) of this generation that were put before.
     *
     * @param ledgerId ledger, 0 to MAX
     * @param generation log sequence number that began the ledger, at least 0
     * @param lastEntryId highest id that stays, -1: none
     */
    void truncateAfter(long ledgerId, long generation, long lastEntryId);

    /**
     * Sets the state of a ledger; replaces the row of this ledger id whatever its generation.
     *
     * @param row the new state
     */
    void putLedger(LedgerRow row);

    /**
     * Removes the state of a ledger (all generations). Its locations go with {@link #dropGeneration}.
     *
     * @param ledgerId ledger, 0 to MAX
     */
    void removeLedger(long ledgerId);

    /**
     * The locations of this generation may be cleared, now or later in the background; no lookup will name it again.
     *
     * @param ledgerId ledger, 0 to MAX
     * @param generation log sequence number that began the ledger, at least 0
     */
    void dropGeneration(long ledgerId, long generation);

    /**
     * Adds to the live bytes of a segment (may be negative); kept per (segment, ledger, generation).
     *
     * @param segmentId segment, at least 0
     * @param ledgerId ledger, 0 to MAX
     * @param generation log sequence number that began the ledger, at least 0
     * @param bytes what to add
     */
    void addLiveBytes(long segmentId, long ledgerId, long generation, long bytes);

    /**
     * The checkpoint that this batch reaches.
     *
     * @param checkpoint how far this batch reaches
     */
    void checkpoint(Checkpoint checkpoint);

    /**
     * Encoded size so far in bytes, for the bound on a batch.
     *
     * @return bytes, about
     */
    long bytes();

    /** Frees native memory; the batch cannot be used afterwards. */
    @Override
    void close();
}
