package io.daybook.engine.model;

import io.daybook.engine.LedgerEngine;
import io.daybook.engine.WriteBatch;
import java.util.concurrent.CompletableFuture;

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

    /** Makes the call. */
    CompletableFuture<?> on(LedgerEngine engine) {
        return switch (kind) {
            case ENTRY -> engine.append(ledger, entry, Answers.buffer(bytes));
            case METADATA -> engine.putMetadata(ledger, Answers.buffer(bytes));
            case FENCE -> engine.fence(ledger);
            case CONFIRM -> engine.setLastAddConfirmed(ledger, entry);
            case TRUNCATE -> engine.truncateAfter(ledger, entry);
            case TRIM -> engine.trimBefore(ledger, entry);
            case DELETE -> engine.delete(ledger);
        };
    }

    void addTo(WriteBatch batch) {
        switch (kind) {
            case ENTRY -> batch.append(ledger, entry, Answers.buffer(bytes));
            case METADATA -> batch.putMetadata(ledger, Answers.buffer(bytes));
            case FENCE -> batch.fence(ledger);
            case CONFIRM -> batch.setLastAddConfirmed(ledger, entry);
            case TRUNCATE -> batch.truncateAfter(ledger, entry);
            case TRIM -> batch.trimBefore(ledger, entry);
            case DELETE -> batch.delete(ledger);
        }
    }

    @Override
    public String toString() {
        return kind + "(" + ledger + (kind == Kind.FENCE || kind == Kind.DELETE ? "" : ", " + entry)
                + (bytes == null ? "" : ", " + ModelLedger.text(bytes)) + ")";
    }
}
