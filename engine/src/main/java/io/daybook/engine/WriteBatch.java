package io.daybook.engine;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;

/**
 * Changes of any ledgers that happen together or not at all, in call order. Bytes are copied when a change is added; ids, and
 * that metadata is at most 1 MiB, are checked then; the limits of an engine ({@link EngineConfig#entryBytesMax()}) and states of
 * ledgers when it is written. <b>Confined to one thread at a time.</b>
 */
public final class WriteBatch {
    private final List<Change> changes = new ArrayList<>();

    /** An empty batch. */
    public WriteBatch() {}

    /**
     * Appends or replaces an entry, see {@link LedgerEngine#append(long, long, ByteBuf)}.
     *
     * @param ledgerId the ledger
     * @param entryId the entry
     * @param entry copied before this returns
     * @return this
     */
    public WriteBatch append(long ledgerId, long entryId, ByteBuf entry) {
        Ids.ledger(ledgerId);
        Ids.entry(entryId);
        return add(new Change(ChangeType.ENTRY, ledgerId, entryId, copy("entry", entry)));
    }

    /**
     * Removes all entries above an id, see {@link LedgerEngine#truncateAfter}.
     *
     * @param ledgerId the ledger
     * @param entryId the last to keep, -1: none
     * @return this
     */
    public WriteBatch truncateAfter(long ledgerId, long entryId) {
        Ids.ledger(ledgerId);
        Ids.entryOrNone(entryId);
        return add(new Change(ChangeType.TRUNCATE, ledgerId, entryId, NOTHING));
    }

    /**
     * Removes all entries below an id, see {@link LedgerEngine#trimBefore}.
     *
     * @param ledgerId the ledger
     * @param entryId the first to keep
     * @return this
     */
    public WriteBatch trimBefore(long ledgerId, long entryId) {
        Ids.ledger(ledgerId);
        Ids.entry(entryId);
        return add(new Change(ChangeType.TRIM, ledgerId, entryId, NOTHING));
    }

    /**
     * Sets the metadata, see {@link LedgerEngine#putMetadata}.
     *
     * @param ledgerId the ledger
     * @param value copied before this returns
     * @return this
     */
    public WriteBatch putMetadata(long ledgerId, ByteBuf value) {
        Ids.ledger(ledgerId);
        Ids.metadataBytes(Ids.buffer("value", value).readableBytes());
        return add(new Change(ChangeType.METADATA, ledgerId, 0, copy("value", value)));
    }

    /**
     * Fences a ledger, see {@link LedgerEngine#fence}.
     *
     * @param ledgerId the ledger
     * @return this
     */
    public WriteBatch fence(long ledgerId) {
        Ids.ledger(ledgerId);
        return add(new Change(ChangeType.FENCE, ledgerId, 0, NOTHING));
    }

    /**
     * Raises the last add confirmed, see {@link LedgerEngine#setLastAddConfirmed}.
     *
     * @param ledgerId the ledger
     * @param entryId the highest confirmed entry
     * @return this
     */
    public WriteBatch setLastAddConfirmed(long ledgerId, long entryId) {
        Ids.ledger(ledgerId);
        Ids.entry(entryId);
        return add(new Change(ChangeType.LAST_ADD_CONFIRMED, ledgerId, entryId, NOTHING));
    }

    /**
     * Deletes a ledger, see {@link LedgerEngine#delete}.
     *
     * @param ledgerId the ledger
     * @return this
     */
    public WriteBatch delete(long ledgerId) {
        Ids.ledger(ledgerId);
        return add(new Change(ChangeType.DELETE, ledgerId, 0, NOTHING));
    }

    /** Returns the number of changes. */
    public int size() {
        return changes.size();
    }

    /** Removes all changes, so that the batch can be filled anew. */
    public void clear() {
        changes.clear();
    }

    List<Change> changes() {
        return changes;
    }

    private WriteBatch add(Change change) {
        changes.add(change);
        return this;
    }

    private static byte[] copy(String what, ByteBuf buffer) {
        Ids.buffer(what, buffer);
        byte[] bytes = new byte[buffer.readableBytes()];
        buffer.getBytes(buffer.readerIndex(), bytes);
        return bytes;
    }

    private static final byte[] NOTHING = new byte[0];

    /** What a change does. */
    enum ChangeType {
        ENTRY,
        METADATA,
        FENCE,
        LAST_ADD_CONFIRMED,
        TRUNCATE,
        TRIM,
        DELETE
    }

    /** One change; the array is never changed. */
    record Change(ChangeType type, long ledgerId, long entryId, byte[] payload) {}
}
