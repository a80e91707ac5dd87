package io.daybook.engine;

/** The bound on bytes in flight was reached and no room came in time. Nothing was written; try again later. */
public final class EngineBusyException extends LedgerException {
    private static final long serialVersionUID = 1L;

    /**
     * With the place or values.
     *
     * @param message what, where, which limit
     */
    public EngineBusyException(String message) {
        super(message);
    }

    /**
     * With the place or values and the cause.
     *
     * @param message what, where, which limit
     * @param cause what failed first, may be null
     */
    public EngineBusyException(String message, Throwable cause) {
        super(message, cause);
    }
}
