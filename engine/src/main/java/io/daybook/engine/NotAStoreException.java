package io.daybook.engine;

/** A directory that is not empty and holds no store, or a path that is no directory. */
public final class NotAStoreException extends LedgerException {
    private static final long serialVersionUID = 1L;

    /**
     * With the place or values.
     *
     * @param message what, where, which limit
     */
    public NotAStoreException(String message) {
        super(message);
    }

    /**
     * With the place or values and the cause.
     *
     * @param message what, where, which limit
     * @param cause what failed first, may be null
     */
    public NotAStoreException(String message, Throwable cause) {
        super(message, cause);
    }
}
