package io.daybook.engine;

/** The disk is full or under the reserve: appends are refused, reads and deletes work, and appends work again when there is room. */
public final class DiskFullException extends LedgerException {
    private static final long serialVersionUID = 1L;

    /**
     * With the place or values.
     *
     * @param message what, where, which limit
     */
    public DiskFullException(String message) {
        super(message);
    }

    /**
     * With the place or values and the cause.
     *
     * @param message what, where, which limit
     * @param cause what failed first, may be null
     */
    public DiskFullException(String message, Throwable cause) {
        super(message, cause);
    }
}
