package io.daybook.engine;

/** An entry whose bytes are damaged; only this entry is affected. */
public final class CorruptEntryException extends LedgerException {
    private static final long serialVersionUID = 1L;

    /**
     * With the place or values.
     *
     * @param message what, where, which limit
     */
    public CorruptEntryException(String message) {
        super(message);
    }

    /**
     * With the place or values and the cause.
     *
     * @param message what, where, which limit
     * @param cause what failed first, may be null
     */
    public CorruptEntryException(String message, Throwable cause) {
        super(message, cause);
    }
}
