package io.daybook.index;

/**
 * The state of one ledger as of a checkpoint, one row of the index.
 *
 * @param ledgerId the ledger, at least 0
 * @param generation log sequence number of the record that began it
 * @param fenced whether ordinary appends are refused
 * @param lastAddConfirmed highest confirmed entry, -1: none
 * @param trimBound ids below are gone, 0: none
 * @param firstEntryId lowest id present, -1: empty
 * @param lastEntryId highest id present, -1: empty
 * @param entryCount ids present
 * @param bytes payload bytes of the ids present
 * @param nextEntryId id that an append without one gets, at least 0
 * @param metadata opaque bytes of the user, null: none; never changed after construction
 */
public record LedgerRow(
        long ledgerId,
        long generation,
        boolean fenced,
        long lastAddConfirmed,
        long trimBound,
        long firstEntryId,
        long lastEntryId,
        long entryCount,
        long bytes,
        long nextEntryId,
        byte[] metadata) {}
