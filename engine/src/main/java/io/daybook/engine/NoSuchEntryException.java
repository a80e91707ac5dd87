package io.daybook.engine;

/** An entry id that its ledger does not have. Never the answer to damage or to a failed index. */
public final class NoSuchEntryException extends LedgerException {
    private static final long serialVersionUID = 1L;
    private final long ledgerId;
    private final long entryId;

    /**
     * Names what was asked.
     *
     * @param ledgerId the ledger
     * @param entryId the entry, -1: the last one of an empty ledger
     */
    public NoSuchEntryException(long ledgerId, long entryId) {
        super("ledger " + ledgerId + (entryId < 0 ? " is empty" : " has no entry " + entryId));
        this.ledgerId = ledgerId;
        this.entryId = entryId;
    }

    /** Returns the ledger. */
    public long ledgerId() {
        return ledgerId;
    }

    /** Returns the entry, -1: the last one of an empty ledger. */
    public long entryId() {
        return entryId;
    }
}
