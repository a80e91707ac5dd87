package io.daybook.engine;

/** A write or sync failed, so the engine takes no more changes; reads go on. The cause is the first failure. Whether a change that was under way is there after the next open is unknown. */
public final class EngineFailedException extends LedgerException {
    private static final long serialVersionUID = 1L;

    /**
     * With the place or values.
     *
     * @param message what, where, which limit
     */
    public EngineFailedException(String message) {
        super(message);
    }

    /**
     * With the place or values and the cause.
     *
     * @param message what, where, which limit
     * @param cause what failed first, may be null
     */
    public EngineFailedException(String message, Throwable cause) {
        super(message, cause);
    }
}
