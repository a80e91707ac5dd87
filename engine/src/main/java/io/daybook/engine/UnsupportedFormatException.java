package io.daybook.engine;

/** A store or file of a format version that this release does not know. Nothing was changed. */
public final class UnsupportedFormatException extends LedgerException {
    private static final long serialVersionUID = 1L;

    /**
     * With the place or values.
     *
     * @param message what, where, which limit
     */
    public UnsupportedFormatException(String message) {
        super(message);
    }

    /**
     * With the place or values and the cause.
     *
     * @param message what, where, which limit
     * @param cause what failed first, may be null
     */
    public UnsupportedFormatException(String message, Throwable cause) {
        super(message, cause);
    }
}
