package io.daybook.engine;

/** A call on an engine that was closed or is closing. */
public final class EngineClosedException extends LedgerException {
    private static final long serialVersionUID = 1L;

    /**
     * With the place or values.
     *
     * @param message what, where, which limit
     */
    public EngineClosedException(String message) {
        super(message);
    }

    /**
     * With the place or values and the cause.
     *
     * @param message what, where, which limit
     * @param cause what failed first, may be null
     */
    public EngineClosedException(String message, Throwable cause) {
        super(message, cause);
    }
}
