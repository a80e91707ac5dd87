package io.daybook.journal;

import io.daybook.storage.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * The state of all ledgers as of an LSN, in a segment of its own: what the records of dropped segments said that still counts.
 * It is complete, so it also says what is no more: a record up to that LSN of a ledger that is not in it, or from before the
 * generation in it, is dead.
 *
 * <p>Frames as in any segment, of records of type {@link RecordType#LEDGER}, numbered from 1. In the manifest its last LSN is
 * the one it speaks as of, its first LSN the highest LSN that was in a dropped segment. There is at most one; of two, as a
 * crash may leave them, the one with the higher id counts.
 */
final class LedgerTable {
    private static final int FRAME_BYTES = 1 << 20;

    private LedgerTable() {}

    /**
     * One ledger.
     *
     * @param ledgerId its id
     * @param state the engine's encoding of its state
     */
    record Row(long ledgerId, byte[] state) {}

    /** Takes a row. */
    @FunctionalInterface
    interface Visitor {
        void row(long ledgerId, byte[] state) throws IOException;
    }

    /** The LSN that a table speaks as of. */
    static long asOfLsn(SegmentEntry table) {
        return table.lastLsn();
    }

    /** The highest LSN that was in a segment which is not there any more. */
    static long droppedUpTo(SegmentEntry table) {
        return table.firstLsn();
    }

    /** The table that counts among listed segments, null: none. */
    static SegmentEntry newest(List<SegmentEntry> segments) {
        SegmentEntry newest = null;
        for (SegmentEntry entry : segments) {
            if (!entry.isJournal() && (newest == null || entry.id() > newest.id())) {
                newest = entry;
            }
        }
        return newest;
    }

    /** Writes a table, durable on return, and not listed yet. */
    static SegmentEntry write(
            SegmentDirectory directory, SegmentEntry entry, List<Row> rows, long asOfLsn, long droppedUpTo)
            throws IOException {
        int block = directory.blockBytes();
        try (StorageFile file = directory.create(entry, Long.MAX_VALUE)) {
            RecordChecksum checksum = new RecordChecksum();
            long offset = block;
            long lsn = 1;
            int from = 0;
            while (from < rows.size()) {
                int to = from;
                long bytes = FrameFormat.HEADER_BYTES;
                do {
                    bytes += RecordFormat.bytes(rows.get(to).state().length);
                    to++;
                } while (to < rows.size()
                        && bytes + RecordFormat.bytes(rows.get(to).state().length) <= FRAME_BYTES);
                ByteBuffer frame = frame(rows.subList(from, to), (int) bytes, block, entry, offset, lsn, checksum);
                int padded = frame.remaining();
                file.writeFully(frame, offset);
                offset += padded;
                lsn += to - from;
                from = to;
            }
            file.sync(true);
            return entry.sealed(droppedUpTo, asOfLsn, offset, 0);
        } catch (IOException e) {
            try {
                directory.delete(entry.id());
            } catch (IOException again) {
                e.addSuppressed(again);
            }
            throw e;
        }
    }

    private static ByteBuffer frame(
            List<Row> rows, int bytes, int block, SegmentEntry entry, long offset, long lsn, RecordChecksum checksum) {
        ByteBuffer frame =
                ByteBuffer.allocate((int) FrameFormat.padded(bytes, block)).order(ByteOrder.LITTLE_ENDIAN);
        ByteBuffer view = frame.duplicate();
        int at = FrameFormat.HEADER_BYTES;
        for (Row row : rows) {
            int word = RecordFormat.word(RecordType.LEDGER, row.state().length, false);
            int payloadAt = at + RecordFormat.HEADER_BYTES;
            int end = payloadAt + row.state().length;
            frame.put(payloadAt, row.state());
            frame.putInt(at + RecordFormat.WORD_OFFSET, word);
            frame.putLong(at + RecordFormat.LEDGER_OFFSET, row.ledgerId());
            frame.putLong(at + RecordFormat.ENTRY_OFFSET, 0);
            view.limit(end).position(payloadAt);
            frame.putInt(
                    at + RecordFormat.CRC_OFFSET,
                    checksum.record(entry.nonce(), offset + at, word, row.ledgerId(), 0, view));
            at = end;
        }
        FrameFormat.writeHeader(
                frame, view, 0, checksum, entry.nonce(), entry.id(), offset, bytes, rows.size(), lsn, 0);
        return frame.clear();
    }

    /** Hands out the rows; every byte is checked. */
    static void read(SegmentDirectory directory, SegmentEntry entry, Visitor visitor) throws IOException {
        try (StorageFile file = directory.open(entry)) {
            int block = directory.blockBytes(file);
            FrameScan scan = new FrameScan(file, entry, block, block, entry.validEnd(), 1);
            Frame.Cursor cursor = new Frame.Cursor();
            while (scan.next()) {
                scan.rewind(cursor);
                while (cursor.next()) {
                    if (cursor.type() != RecordType.LEDGER) {
                        throw JournalException.damaged(
                                directory.path(entry.id()),
                                entry.id(),
                                cursor.offset(),
                                "record of type " + cursor.type() + " in a table of ledgers");
                    }
                    visitor.row(cursor.ledgerId(), cursor.payload());
                }
            }
            if (scan.fault() != null || scan.end() != entry.validEnd()) {
                throw JournalException.damaged(
                        directory.path(entry.id()),
                        entry.id(),
                        scan.fault() != null ? scan.faultOffset() : scan.end(),
                        (scan.fault() != null ? scan.fault() : "table of ledgers ends early")
                                + "; without it the index cannot be built anew");
            }
        }
    }
}
