package io.daybook.index;

import io.daybook.lease.Lease;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Finds entries: (generation, entry id) to location, and the state of each ledger, as of a checkpoint.
 *
 * <p>Derived data: all of it can be rebuilt from the segments. One batch is atomic, and batches survive a crash as a prefix
 * in the order written. Reads see a batch once {@link #write} has returned.
 *
 * <p>Writes come from one thread at a time (the implementation has a writer lock that enforces it); reads are
 * <b>thread-safe</b>. Every call may throw {@link IndexException}; none of them ever answers "not there" because of a
 * failure or of damage. After {@link #close} each throws it with {@link IndexException.Kind#CLOSED}.
 */
public interface LocationIndex extends AutoCloseable {

    /** Ids of one bucket: entry / 256. */
    int BUCKET_ENTRIES = 256;

    /** No such entry. */
    long NO_ENTRY = -1;

    /**
     * Collects the changes of one batch; {@link #write} applies and empties it.
     *
     * @return an empty batch for this index alone
     */
    IndexBatch newBatch();

    /**
     * Applies a batch atomically, in the order of its calls.
     *
     * @param batch of {@link #newBatch}
     * @throws IndexException of kind NO_SPACE: nothing was applied and the identical batch may be written again later; the
     *     batch is fixed until then
     * @throws IllegalStateException if another batch found no room before and was not yet written again
     */
    void write(IndexBatch batch);

    /**
     * Where an entry is, or null if this index has none of that id. Truncations in the index are honoured.
     *
     * @param ledgerId ledger, 0 to MAX
     * @param generation log sequence number that began the ledger, at least 0
     * @param entryId entry, 0 to MAX - 1
     * @return its location, or null
     */
    Location find(long ledgerId, long generation, long entryId);

    /**
     * The lowest id in the index that is at least {@code fromEntryId}, with its location, or null. One bounded step for
     * dense ledgers; deleted and truncated ids are skipped.
     *
     * @param ledgerId ledger, 0 to MAX
     * @param generation log sequence number that began the ledger, at least 0
     * @param fromEntryId lowest id of interest, 0 to MAX
     * @return id and location, or null
     */
    Found ceiling(long ledgerId, long generation, long fromEntryId);

    /**
     * The highest id in the index that is at most {@code fromEntryId}, with its location, or null.
     *
     * @param ledgerId ledger, 0 to MAX
     * @param generation log sequence number that began the ledger, at least 0
     * @param fromEntryId highest id of interest, -1 to MAX
     * @return id and location, or null
     */
    Found floor(long ledgerId, long generation, long fromEntryId);

    /**
     * All ids of the bucket row that holds {@code entryId}, for range reads: 256 locations indexed by {@code entryId % 256},
     * null where absent. Null if there is no such row.
     *
     * @param ledgerId ledger, 0 to MAX
     * @param generation log sequence number that began the ledger, at least 0
     * @param entryId any id of the row
     * @return 256 locations or nulls; null if no id of the row is there
     */
    Location[] bucket(long ledgerId, long generation, long entryId);

    /** Takes a location without an object for it. */
    @FunctionalInterface
    interface SlotVisitor {
        /**
         * An id that is there.
         *
         * @param slot id modulo 256
         * @param segmentId segment of the record
         * @param offset its offset
         * @param length payload length
         */
        void slot(int slot, long segmentId, long offset, int length);
    }

    /**
     * As {@link #bucket}, in ascending order of ids, and allocating little.
     *
     * @param ledgerId ledger, 0 to MAX
     * @param generation log sequence number that began the ledger, at least 0
     * @param entryId any id of the row
     * @param visitor told of each id of the row that is there; must not call the index
     */
    default void visitBucket(long ledgerId, long generation, long entryId, SlotVisitor visitor) {
        Location[] row = bucket(ledgerId, generation, entryId);
        for (int slot = 0; row != null && slot < row.length; slot++) {
            if (row[slot] != null) {
                visitor.slot(slot, row[slot].segmentId(), row[slot].offset(), row[slot].length());
            }
        }
    }

    /**
     * All ledger rows; read at open. Sorted by ledger id.
     *
     * @return a list of the caller's own
     */
    List<LedgerRow> ledgers();

    /**
     * Live payload bytes by segment id, summed over ledgers; may err upward after doubt, never downward.
     *
     * @return a map of the caller's own
     */
    Map<Long, Long> liveBytes();

    /**
     * The checkpoint, empty in a new index.
     *
     * @return the newest written
     */
    Optional<Checkpoint> checkpoint();

    /** Makes every batch written so far durable. */
    void sync();

    /**
     * Reads every byte of the files of this index and checks it, which takes as long as it takes.
     *
     * @throws IndexException of kind DAMAGED, naming the file where it is known
     */
    default void verify() {
        // Nothing here is read from a file.
    }

    /** Rewrites rows with many fragments and compacts; for tests, benchmarks and operators. */
    void compact();

    /**
     * Bytes of the index at rest (files), an estimate.
     *
     * @return bytes of live table files
     */
    long bytesAtRest();

    /**
     * What guards native memory of this index: {@link #close} ends it, if nobody did so before. Gauges may be registered on
     * it, and an owner who wants to know who keeps it from ending ends it first.
     *
     * @return the lease, empty if nothing is guarded
     */
    default Optional<Lease> lease() {
        return Optional.empty();
    }

    /**
     * Lets calls that may take long (compactions, writes that are held back) end early, with {@link
     * IndexException.Kind#CLOSED}, before a close. There is no way back: later writes may fail likewise.
     */
    default void hurry() {
        // Nothing here takes long.
    }

    /**
     * Does work of the owner, on the calling thread, for which this index works as before although its lease has ended or ends
     * meanwhile. Nothing is freed before it is done.
     *
     * @param work lookups, writes and syncs; throws what they throw
     * @throws IndexException of kind CLOSED after {@link #close}
     */
    default void asOwner(Runnable work) {
        work.run();
    }

    /** Syncs, ends all use and frees; bounded in time. A second call does nothing. */
    @Override
    void close();

    /**
     * Whether nothing native is left.
     *
     * @return false: not closed yet, or in use past the deadline of the close, so that it was left alone
     */
    default boolean isFreed() {
        return true;
    }

    /**
     * An id and its place.
     *
     * @param entryId the id
     * @param location where
     */
    record Found(long entryId, Location location) {}
}
