package io.daybook.journal;

/** What a record says. The codes are part of the format; an unknown one is refused, never skipped. */
public enum RecordType {
    /** An entry: ledger, entry id, bytes. Makes the ledger if it does not exist. */
    ENTRY(1),
    /** The user's metadata of a ledger. Makes the ledger if it does not exist. */
    METADATA(2),
    /** Ordinary appends to the ledger are refused from here on. */
    FENCE(3),
    /** Last add confirmed, in the entry field. */
    LAST_ADD_CONFIRMED(4),
    /** Entries above the entry field (-1: all) are gone. */
    TRUNCATE(5),
    /** Entries below the entry field are gone for good. */
    TRIM(6),
    /** The ledger is gone. */
    DELETE(7),
    /** The whole state of a ledger, in the engine's encoding; only in segments that are tables of ledgers. */
    LEDGER(8),
    /** Reserved room that was not used; says nothing. */
    VOID(11),
    /** Ends a journal that is idle or closed: its frame's watermark covers all before it. */
    SEAL(12);

    private static final RecordType[] BY_CODE = new RecordType[128];

    static {
        for (RecordType type : values()) {
            BY_CODE[type.code] = type;
        }
    }

    private final int code;

    RecordType(int code) {
        this.code = code;
    }

    /** Returns the code in the file, 1 to 127. */
    public int code() {
        return code;
    }

    /**
     * Finds a type.
     *
     * @param code from a file
     * @return the type, null if this release does not know it
     */
    public static RecordType of(int code) {
        return code > 0 && code < BY_CODE.length ? BY_CODE[code] : null;
    }
}
