package io.daybook.engine.append;

import io.daybook.journal.RecordType;

/**
 * A change before it is accepted.
 *
 * @param type as it will stand in the journal
 * @param ledgerId the ledger
 * @param entryId the entry, or what the type wants there
 * @param payload its bytes; never changed
 */
public record Change(RecordType type, long ledgerId, long entryId, byte[] payload) {}
