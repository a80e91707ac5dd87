package io.daybook.engine;

/** A ledger that is not there: never made, or deleted. */
public final class NoSuchLedgerException extends LedgerException {
    private static final long serialVersionUID = 1L;
    private final long ledgerId;

    /**
     * Names what was asked.
     *
     * @param ledgerId the ledger
     */
    public NoSuchLedgerException(long ledgerId) {
        super("ledger " + ledgerId + " does not exist");
        this.ledgerId = ledgerId;
    }

    /** Returns the ledger. */
    public long ledgerId() {
        return ledgerId;
    }
}
