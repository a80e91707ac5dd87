package io.daybook.index;

/** The index failed or is damaged; never means that an entry is not there. */
public final class IndexException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** What kind of failure. */
    public enum Kind {
        /** No room on the device: the same batch may be written again when there is. */
        NO_SPACE,
        /** The index was ended: its lease refuses holds. */
        CLOSED,
        /** What was read does not decode, the database reports corruption, or the device cannot read it: rebuild. */
        DAMAGED,
        /** Any other error: final for this instance. */
        FAILED
    }

    /** What kind of failure. */
    private final Kind kind;

    /**
     * With kind, message and cause.
     *
     * @param kind what kind
     * @param message what was tried, where
     * @param cause may be null
     */
    public IndexException(Kind kind, String message, Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    /**
     * What kind of failure.
     *
     * @return the kind
     */
    public Kind kind() {
        return kind;
    }
}
