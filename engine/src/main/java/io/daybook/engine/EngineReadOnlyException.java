package io.daybook.engine;

/** A change of a store that was opened read-only. */
public final class EngineReadOnlyException extends LedgerException {
    private static final long serialVersionUID = 1L;

    /**
     * With the place or values.
     *
     * @param message what, where, which limit
     */
    public EngineReadOnlyException(String message) {
        super(message);
    }

    /**
     * With the place or values and the cause.
     *
     * @param message what, where, which limit
     * @param cause what failed first, may be null
     */
    public EngineReadOnlyException(String message, Throwable cause) {
        super(message, cause);
    }
}
