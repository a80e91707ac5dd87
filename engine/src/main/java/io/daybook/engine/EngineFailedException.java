package io.daybook.engine;

/**
 * The disk or the index failed; the cause says how.
 *
 * <p>From a change: a write or sync failed, now or before, and the engine takes no more changes; reads go on. The cause is the
 * first failure. Whether a change that was under way is there after the next open is unknown. From a read: this one could not be
 * answered; others, and changes, go on, and it may be tried again. From an open: the index cannot be opened or built.
 */
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
