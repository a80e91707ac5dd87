package io.daybook.journal;

import java.io.IOException;

/** A journal that cannot be opened or read as it is; nothing was changed. */
public final class JournalException extends IOException {
    private static final long serialVersionUID = 1L;

    /** What kind. */
    public enum Kind {
        /** Durable data is damaged or missing. */
        DAMAGED,
        /** Of a format that this release does not know. */
        UNSUPPORTED,
        /** No store is here, and something else is. */
        NOT_A_STORE
    }

    private final Kind kind;
    private final String file;
    private final long segmentId;
    private final long offset;

    private JournalException(Kind kind, String message, String file, long segmentId, long offset) {
        super(message);
        this.kind = kind;
        this.file = file;
        this.segmentId = segmentId;
        this.offset = offset;
    }

    static JournalException damaged(String file, long segmentId, long offset, String what) {
        return new JournalException(Kind.DAMAGED, what + " in " + file + " at " + offset, file, segmentId, offset);
    }

    static JournalException unsupported(String message) {
        return new JournalException(Kind.UNSUPPORTED, message, "", -1, -1);
    }

    static JournalException notAStore(String message) {
        return new JournalException(Kind.NOT_A_STORE, message, "", -1, -1);
    }

    /** Returns what kind. */
    public Kind kind() {
        return kind;
    }

    /** Returns the path of the file, empty if it is none of one file. */
    public String file() {
        return file;
    }

    /** Returns the segment, -1: none. */
    public long segmentId() {
        return segmentId;
    }

    /** Returns the offset in the file in bytes, -1: none. */
    public long offset() {
        return offset;
    }
}
