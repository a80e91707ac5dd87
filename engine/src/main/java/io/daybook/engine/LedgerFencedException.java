package io.daybook.engine;

/** An ordinary change of a ledger that was fenced. */
public final class LedgerFencedException extends LedgerException {
    private static final long serialVersionUID = 1L;
    private final long ledgerId;

    /**
     * Names what was asked.
     *
     * @param ledgerId the ledger
     */
    public LedgerFencedException(long ledgerId) {
        super("ledger " + ledgerId + " is fenced");
        this.ledgerId = ledgerId;
    }

    /** Returns the ledger. */
    public long ledgerId() {
        return ledgerId;
    }
}
