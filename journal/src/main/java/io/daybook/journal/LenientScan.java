package io.daybook.journal;

import io.daybook.storage.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads what can be read of a segment that is damaged: whole frames, and, where a frame is not whole, each record in it that
 * verifies by itself, as records have checksums of their own that cover nonce and place. A record that does not verify is
 * stepped over by its length; where that leads to none, the next one is looked for byte by byte.
 *
 * <p><b>Confined to one thread.</b>
 */
final class LenientScan {
    /** A frame is never longer: the longest record and its header. */
    private static final int REGION_BYTES_MAX = (16 << 20) + (64 << 10);

    /** Looking for records byte by byte computes checksums of so many bytes for each byte looked at, then gives up. */
    private static final long WORK_PER_BYTE = 64;

    /** Takes what is found, in order. */
    interface Sink {
        /** A record that verifies. */
        void record(Frame.Cursor record) throws IOException;

        /**
         * A place that cannot be read.
         *
         * @param offset where it begins
         * @param end where the next whole frame begins
         * @param records how many records are lost there, -1: not known
         * @param firstLsn lowest LSN that may be lost
         * @param lastLsn highest LSN that may be lost, {@link Long#MAX_VALUE}: not known
         */
        void hole(long offset, long end, long records, long firstLsn, long lastLsn, String what);
    }

    /** Says whether the journal goes on behind a place where no whole frame stands. */
    @FunctionalInterface
    interface Goes {
        boolean on(long offset, long lastLsn) throws IOException;
    }

    private final StorageFile file;
    private final SegmentEntry entry;
    private final int blockBytes;
    private final long end;
    private final Sink sink;
    private final RecordChecksum checksum = new RecordChecksum();
    private final Frame.Cursor cursor = new Frame.Cursor();
    private long lastLsn;

    LenientScan(StorageFile file, SegmentEntry entry, int blockBytes, long end, long lsnBefore, Sink sink) {
        this.file = file;
        this.entry = entry;
        this.blockBytes = blockBytes;
        this.end = end;
        this.lastLsn = lsnBefore;
        this.sink = sink;
    }

    /** Highest LSN that was read. */
    long lastLsn() {
        return lastLsn;
    }

    /**
     * Reads to the end, or to where the journal does not go on.
     *
     * @return where it stopped
     */
    long run(Goes goes) throws IOException {
        long at = blockBytes;
        long stands = 0;
        while (at < end) {
            FrameScan scan = new FrameScan(file, entry, blockBytes, at, end, 0);
            while (scan.next()) {
                emit(scan);
            }
            at = scan.end();
            if (scan.fault() == null) {
                return at;
            }
            // Asked once for a place: up to the frame that was found behind it then, all of it belongs to the journal.
            if (at >= stands && !goes.on(at, lastLsn)) {
                return at;
            }
            long behind = FrameScan.findFrame(file, entry, blockBytes, at + blockBytes, end);
            stands = Math.max(stands, behind);
            at = broken(at, behind < 0 ? end : behind, behind < 0 ? lsnBehind() : firstLsn(behind), scan.fault());
        }
        return at;
    }

    private void emit(FrameScan scan) throws IOException {
        scan.rewind(cursor);
        while (cursor.next()) {
            sink.record(cursor);
        }
        lastLsn = Math.max(lastLsn, scan.lastLsn());
    }

    /** The LSN behind the segment's last one, 0: not known. */
    private long lsnBehind() {
        return entry.isJournal() && entry.lastLsn() > 0 && end == entry.validEnd() ? entry.lastLsn() + 1 : 0;
    }

    private long firstLsn(long frame) throws IOException {
        return header(frame).getLong(FrameFormat.FIRST_LSN_OFFSET);
    }

    private ByteBuffer header(long frame) throws IOException {
        ByteBuffer header = ByteBuffer.allocate(FrameFormat.HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        file.readFully(header, frame);
        return header.clear();
    }

    /** A record that was found in a region: where it begins there, and how long it is. */
    private record Piece(int at, int bytes) {}

    /**
     * A frame that is not whole; where its header does not verify, everything up to the next one that does.
     *
     * @param next where that one is, or the end
     * @return where what follows begins: behind a frame with a header may stand one that has lost its own
     */
    private long broken(long from, long next, long nextLsn, String fault) throws IOException {
        ByteBuffer header = header(from);
        boolean headed = FrameFormat.fault(header, 0, checksum, entry.nonce(), entry.id(), from) == null;
        long bytes = headed ? Math.min(header.getInt(FrameFormat.BYTES_OFFSET), next - from) : next - from;
        long to = headed ? Math.min(FrameFormat.padded(bytes, blockBytes), next - from) + from : next;
        long firstLsn = headed ? header.getLong(FrameFormat.FIRST_LSN_OFFSET) : lastLsn + 1;
        long records = headed ? header.getInt(FrameFormat.RECORDS_OFFSET) : nextLsn > 0 ? nextLsn - firstLsn : -1;
        long found = 0;
        long behind = from + bytes;
        long at = from;
        boolean last = false;
        while (!last) {
            int length = (int) Math.min(REGION_BYTES_MAX, behind - at);
            last = at + length == behind;
            ByteBuffer region = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
            file.readFully(region, at);
            region.flip();
            List<Piece> pieces = pieces(region, at, at == from ? FrameFormat.HEADER_BYTES : 0);
            emit(region, at, pieces, at == from, firstLsn + found, headed ? firstLsn + records : 0);
            found += pieces.size();
            // A record that begins in this part and ends behind it is found in the next one, unless it is longer than
            // half.
            Piece reached = pieces.isEmpty() ? null : pieces.get(pieces.size() - 1);
            at += Math.max(length / 2, reached == null ? 0 : reached.at() + reached.bytes());
        }
        boolean known = headed || nextLsn > 0;
        long highest = headed ? firstLsn + records - 1 : nextLsn - 1;
        if (records < 0 || found < records) {
            long missing = records < 0 ? -1 : records - found;
            sink.hole(from, to, missing, firstLsn, known ? highest : Long.MAX_VALUE, fault);
        }
        lastLsn = Math.max(lastLsn, known ? highest : firstLsn + found - 1);
        return to;
    }

    /** LSNs count from the begin as long as nothing is missing, and from the end where the last one ends the frame. */
    private void emit(ByteBuffer region, long at, List<Piece> pieces, boolean first, long firstLsn, long endLsn)
            throws IOException {
        int expected = first ? FrameFormat.HEADER_BYTES : -1;
        long lsn = firstLsn;
        boolean gap = false;
        for (int i = 0; i < pieces.size(); i++) {
            Piece piece = pieces.get(i);
            gap |= expected >= 0 && piece.at() != expected;
            if (gap && endLsn > 0 && closesFrame(pieces, i, region.limit())) {
                lsn = Math.max(lsn, endLsn - (pieces.size() - i));
                gap = false;
            }
            expected = piece.at() + piece.bytes();
            cursor.start(
                    region,
                    piece.at() - FrameFormat.HEADER_BYTES,
                    entry.id(),
                    at + piece.at() - FrameFormat.HEADER_BYTES,
                    1,
                    lsn,
                    FrameFormat.HEADER_BYTES + piece.bytes());
            while (cursor.next()) {
                sink.record(cursor);
            }
            lsn++;
        }
    }

    /** Whether the pieces from one on follow each other up to the end. */
    private static boolean closesFrame(List<Piece> pieces, int from, int end) {
        int expected = pieces.get(from).at();
        for (Piece piece : pieces.subList(from, pieces.size())) {
            if (piece.at() != expected) {
                return false;
            }
            expected += piece.bytes();
        }
        return expected == end;
    }

    private List<Piece> pieces(ByteBuffer region, long offset, int from) {
        List<Piece> pieces = new ArrayList<>();
        long[] work = {region.limit() * WORK_PER_BYTE};
        int at = from;
        int expected = from;
        while (at + RecordFormat.HEADER_BYTES <= region.limit() && work[0] > 0) {
            int bytes = whole(region, at, offset, work);
            if (bytes > 0) {
                pieces.add(new Piece(at, bytes));
                at += bytes;
                expected = at;
                continue;
            }
            // Its length may be right though its payload is not. Only where a record should begin: what looks like a
            // length elsewhere leads over records that are whole.
            int stepped = at == expected && RecordFormat.headerFault(region, at, region.limit()) == null
                    ? at + RecordFormat.bytes(RecordFormat.payloadBytes(region.getInt(at + RecordFormat.WORD_OFFSET)))
                    : -1;
            at = stepped > 0 && whole(region, stepped, offset, work) > 0 ? stepped : at + 1;
        }
        return pieces;
    }

    /** The length of the record at a place, 0: none that verifies. */
    private int whole(ByteBuffer region, int at, long offset, long[] work) {
        if (RecordFormat.headerFault(region, at, region.limit()) != null) {
            return 0;
        }
        int word = region.getInt(at + RecordFormat.WORD_OFFSET);
        RecordType type = RecordType.of(RecordFormat.typeCode(word));
        long ledgerId = region.getLong(at + RecordFormat.LEDGER_OFFSET);
        long entryId = region.getLong(at + RecordFormat.ENTRY_OFFSET);
        if (type == null || RecordFormat.idFault(type, ledgerId, entryId) != null) {
            return 0;
        }
        int bytes = RecordFormat.bytes(RecordFormat.payloadBytes(word));
        work[0] -= bytes;
        ByteBuffer payload = region.duplicate();
        payload.limit(at + bytes).position(at + RecordFormat.HEADER_BYTES);
        int computed = checksum.record(entry.nonce(), offset + at, word, ledgerId, entryId, payload);
        return computed == region.getInt(at + RecordFormat.CRC_OFFSET) ? bytes : 0;
    }
}
