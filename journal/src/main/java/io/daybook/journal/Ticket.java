package io.daybook.journal;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;

/**
 * Room reserved in the open frame, and what its caller needs to fill it: a thread keeps one and uses it for all its appends.
 *
 * <p>A ticket that was reserved must be filled exactly as reserved, then {@link #done}; or {@link #abandon}ed, which turns
 * what is left into void records. Until then the frame waits. <b>Confined to one thread.</b>
 */
public final class Ticket {
    private final RecordChecksum checksum = new RecordChecksum();
    private Chunk viewed;
    private ByteBuffer view;

    Journal journal;
    Frame frame;
    private int startAt;
    private int totalBytes;
    private int totalRecords;
    private int at;
    private int recordsLeft;
    private long nextLsn;
    private int bytesLeft;

    /** An unused ticket. */
    public Ticket() {}

    void reserved(Journal owner, Frame inFrame, int frameAt, int bytes, int records, long lsn) {
        journal = owner;
        frame = inFrame;
        startAt = inFrame.chunkAt + frameAt;
        totalBytes = bytes;
        totalRecords = records;
        at = startAt;
        bytesLeft = bytes;
        recordsLeft = records;
        nextLsn = lsn;
        view();
    }

    /** Returns the LSN of the next record to fill. */
    public long lsn() {
        return nextLsn;
    }

    /**
     * Fills the next reserved record.
     *
     * @param type what it says
     * @param ledgerId the ledger
     * @param entryId the entry, or what the type wants there
     * @param payload its readable bytes, not consumed; null: none
     * @param payloadBytes as reserved
     * @param continued whether the next record belongs to the same batch
     */
    public void fill(
            RecordType type, long ledgerId, long entryId, ByteBuf payload, int payloadBytes, boolean continued) {
        ByteBuffer bytes = view();
        int payloadAt = at + RecordFormat.HEADER_BYTES;
        if (payloadBytes > 0) {
            bytes.limit(payloadAt + payloadBytes).position(payloadAt);
            payload.getBytes(payload.readerIndex(), bytes);
        }
        finish(bytes, type, ledgerId, entryId, payloadBytes, continued);
    }

    /**
     * Fills the next reserved record from an array.
     *
     * @param type what it says
     * @param ledgerId the ledger
     * @param entryId the entry, or what the type wants there
     * @param payload all of it
     * @param continued whether the next record belongs to the same batch
     */
    public void fill(RecordType type, long ledgerId, long entryId, byte[] payload, boolean continued) {
        ByteBuffer bytes = view().clear();
        bytes.put(at + RecordFormat.HEADER_BYTES, payload);
        finish(bytes, type, ledgerId, entryId, payload.length, continued);
    }

    private void finish(
            ByteBuffer bytes, RecordType type, long ledgerId, long entryId, int payloadBytes, boolean continued) {
        assert recordsLeft > 0 && RecordFormat.bytes(payloadBytes) <= bytesLeft
                : payloadBytes + " bytes into " + bytesLeft + " reserved, " + recordsLeft + " records";
        int payloadAt = at + RecordFormat.HEADER_BYTES;
        int word = RecordFormat.word(type, payloadBytes, continued);
        bytes.limit(payloadAt + payloadBytes).position(payloadAt);
        long offset = frame.offset + at - frame.chunkAt;
        int crc = checksum.record(frame.segment.nonce, offset, word, ledgerId, entryId, bytes);
        ByteBuffer target = frame.chunk.bytes;
        target.putInt(at + RecordFormat.CRC_OFFSET, crc);
        target.putInt(at + RecordFormat.WORD_OFFSET, word);
        target.putLong(at + RecordFormat.LEDGER_OFFSET, ledgerId);
        target.putLong(at + RecordFormat.ENTRY_OFFSET, entryId);
        at = payloadAt + payloadBytes;
        bytesLeft -= RecordFormat.bytes(payloadBytes);
        recordsLeft--;
        nextLsn++;
    }

    /** Hands the filled records over to the committer. */
    public void done() {
        assert recordsLeft == 0 && bytesLeft == 0 : recordsLeft + " records, " + bytesLeft + " bytes not filled";
        Frame filled = frame;
        Journal owner = journal;
        // Tickets are kept by threads, which outlive journals: one that is not in use leads to none.
        frame = null;
        journal = null;
        owner.filled(filled);
    }

    /** Turns the whole reservation into void records, so that its frame can go on. Nobody is told of them. */
    public void abandon() {
        forgetListeners();
        at = startAt;
        bytesLeft = totalBytes;
        recordsLeft = totalRecords;
        ByteBuffer bytes = view().clear();
        for (int i = startAt; i < startAt + totalBytes; i++) {
            // What the memory held before is nobody's business on disk.
            bytes.put(i, (byte) 0);
        }
        int length = totalBytes - totalRecords * RecordFormat.HEADER_BYTES;
        for (int i = 0; i < totalRecords; i++) {
            int payload = Math.min(length, RecordFormat.PAYLOAD_BYTES_LIMIT);
            finish(bytes, RecordType.VOID, 0, 0, payload, false);
            length -= payload;
        }
        done();
    }

    /** The caller hears by what is thrown; its listener must not hear that the void records are durable. */
    private void forgetListeners() {
        int first = (int) (nextLsn - (totalRecords - recordsLeft) - frame.firstLsn);
        // Others who reserve room in this frame may be about to move the slots.
        journal.lock();
        try {
            for (int i = 0; i < totalRecords; i++) {
                frame.forgetListener(first + i);
            }
        } finally {
            journal.unlock();
        }
    }

    private ByteBuffer view() {
        if (viewed != frame.chunk) {
            viewed = frame.chunk;
            view = viewed.view();
        }
        return view;
    }
}
