package io.daybook.engine;

/** A store that was refused at open because durable data is damaged or missing; the message gives the place. Nothing was changed. */
public final class CorruptStoreException extends LedgerException {
    private static final long serialVersionUID = 1L;

    /**
     * With the place or values.
     *
     * @param message what, where, which limit
     */
    public CorruptStoreException(String message) {
        super(message);
    }

    /**
     * With the place or values and the cause.
     *
     * @param message what, where, which limit
     * @param cause what failed first, may be null
     */
    public CorruptStoreException(String message, Throwable cause) {
        super(message, cause);
    }
}
