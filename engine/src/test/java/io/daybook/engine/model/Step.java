package io.daybook.engine.model;

/**
 * One change of one ledger.
 *
 * @param entry the entry, or what the kind wants there
 * @param bytes of an entry or of metadata, else null
 */
record Step(Kind kind, long ledger, long entry, byte[] bytes) {

    /** What is changed. */
    enum Kind {
        ENTRY,
        METADATA,
        FENCE,
        CONFIRM,
        TRUNCATE,
        TRIM,
        DELETE
    }

    @Override
    public String toString() {
        return kind + "(" + ledger + (kind == Kind.FENCE || kind == Kind.DELETE ? "" : ", " + entry)
                + (bytes == null ? "" : ", " + ModelLedger.text(bytes)) + ")";
    }
}
