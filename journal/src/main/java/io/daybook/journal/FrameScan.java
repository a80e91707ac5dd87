package io.daybook.journal;

import io.daybook.storage.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Reads the frames of a segment one after the other and checks every byte of them. Stops at the first place where no whole
 * frame of this segment stands; whether that is the end, a torn write or damage is for {@link JournalRecovery} to say.
 *
 * <p><b>Confined to one thread.</b>
 */
final class FrameScan implements CheckedFrames {
    private static final int BUFFER_BYTES = 1 << 20;

    /** Gives memory to read on into, so that another thread may work on what was read before. */
    @FunctionalInterface
    interface Buffers {
        /**
         * Takes a buffer in exchange for the one that is read to its end: what is left of that one is copied out of it
         * before the next call.
         */
        ByteBuffer next(ByteBuffer full);
    }

    private final StorageFile file;
    private final SegmentEntry entry;
    private final int blockBytes;
    private final long end;
    private final RecordChecksum checksum = new RecordChecksum();
    private final Buffers buffers;

    /** Holds file bytes from {@code bufferFrom} on, up to its limit. */
    private ByteBuffer buffer;

    private long bufferFrom;
    private long next;
    private long expectedLsn;

    private int at;
    private long offset = -1;
    private String fault;
    private long faultOffset;
    private boolean endsClean;
    private boolean endsInFrameOfSegment;

    /**
     * @param end bytes from here on are not read
     * @param expectedLsn of the first record, 0: any
     */
    FrameScan(StorageFile file, SegmentEntry entry, int blockBytes, long from, long end, long expectedLsn) {
        this(file, entry, blockBytes, from, end, expectedLsn, buffer(end - from, blockBytes), full -> full);
    }

    /** As above, in memory of the caller's. */
    FrameScan(
            StorageFile file,
            SegmentEntry entry,
            int blockBytes,
            long from,
            long end,
            long expectedLsn,
            ByteBuffer first,
            Buffers buffers) {
        this.file = file;
        this.entry = entry;
        this.blockBytes = blockBytes;
        this.next = from;
        this.end = end;
        this.expectedLsn = expectedLsn;
        this.buffer = first.limit(0);
        this.buffers = buffers;
    }

    private static ByteBuffer buffer(long bytes, int blockBytes) {
        return buffer(null, bytes, blockBytes);
    }

    /**
     * Memory for a scan of so many bytes: that of an earlier one if it will do. No larger than what is to be read: small journals
     * are opened often, and direct memory is only given back by the collector.
     */
    static ByteBuffer buffer(ByteBuffer earlier, long bytes, int blockBytes) {
        int wanted = (int) Math.min(BUFFER_BYTES, FrameFormat.padded(Math.max(bytes, blockBytes), blockBytes));
        return earlier != null && earlier.capacity() >= wanted ? earlier : memory(wanted);
    }

    private static ByteBuffer memory(int bytes) {
        return ByteBuffer.allocateDirect(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    @Override
    public boolean next() throws IOException {
        if (fault != null || next >= end) {
            return false;
        }
        offset = next;
        if (!load(offset, FrameFormat.HEADER_BYTES)) {
            endsClean = buffer.limit() == at;
            return stop(offset, "no frame: the file ends");
        }
        String bad = FrameFormat.fault(buffer, at, checksum, entry.nonce(), entry.id(), offset);
        if (bad != null) {
            endsClean = buffer.getInt(at + FrameFormat.MAGIC_OFFSET) == 0;
            endsInFrameOfSegment = buffer.getInt(at + FrameFormat.MAGIC_OFFSET) == FrameFormat.MAGIC
                    && buffer.getLong(at + FrameFormat.SEGMENT_OFFSET) == entry.id();
            return stop(offset, bad);
        }
        endsInFrameOfSegment = true;
        long padded = FrameFormat.padded(bytes(), blockBytes);
        if (padded > end - offset) {
            return stop(offset, "frame of " + bytes() + " bytes reaches behind the end " + end);
        }
        if (!load(offset, bytes())) {
            return stop(offset, "frame of " + bytes() + " bytes is cut off by the end of the file");
        }
        if (expectedLsn != 0 && firstLsn() != expectedLsn) {
            return stop(offset, "frame begins at LSN " + firstLsn() + " instead of " + expectedLsn);
        }
        if (!checkRecords()) {
            return false;
        }
        expectedLsn = lastLsn() + 1;
        next = offset + padded;
        return true;
    }

    private boolean checkRecords() {
        ByteBuffer view = buffer.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        int limit = at + bytes();
        int recordAt = at + FrameFormat.HEADER_BYTES;
        boolean continued = false;
        for (int i = 0; i < records(); i++) {
            long recordOffset = offset + recordAt - at;
            String bad = RecordFormat.headerFault(buffer, recordAt, limit);
            if (bad != null) {
                return stop(recordOffset, bad);
            }
            int word = buffer.getInt(recordAt + RecordFormat.WORD_OFFSET);
            long ledgerId = buffer.getLong(recordAt + RecordFormat.LEDGER_OFFSET);
            long entryId = buffer.getLong(recordAt + RecordFormat.ENTRY_OFFSET);
            int payloadEnd = recordAt + RecordFormat.HEADER_BYTES + RecordFormat.payloadBytes(word);
            view.limit(payloadEnd).position(recordAt + RecordFormat.WORD_OFFSET);
            int expected = buffer.getInt(recordAt + RecordFormat.CRC_OFFSET);
            int computed = checksum.bytes(entry.nonce(), recordOffset, view);
            if (expected != computed) {
                return stop(
                        recordOffset,
                        String.format("record crc mismatch: expected 0x%08x, computed 0x%08x", expected, computed));
            }
            RecordType type = RecordType.of(RecordFormat.typeCode(word));
            if (type == null) {
                return stop(recordOffset, "record of unknown type " + RecordFormat.typeCode(word));
            }
            String badIds = RecordFormat.idFault(type, ledgerId, entryId);
            if (badIds != null) {
                return stop(recordOffset, badIds);
            }
            recordAt = payloadEnd;
            continued = RecordFormat.continued(word);
        }
        if (continued) {
            // Readers would wait for the rest of the batch.
            return stop(offset, "frame ends within a batch");
        }
        return recordAt == limit || stop(offset, "frame has " + (limit - recordAt) + " bytes behind its last record");
    }

    private boolean stop(long where, String what) {
        fault = what;
        faultOffset = where;
        return false;
    }

    /** Brings {@code bytes} from an offset on into the buffer and sets {@link #at}; false if the file is shorter. */
    private boolean load(long from, int bytes) throws IOException {
        if (from < bufferFrom || from + bytes > bufferFrom + buffer.limit()) {
            // A frame that reaches over the end of the buffer is not read twice: what is here of it moves to the front.
            ByteBuffer kept = buffer.duplicate();
            kept.position(from < bufferFrom ? kept.limit() : (int) Math.min(kept.limit(), from - bufferFrom));
            ByteBuffer target = buffers.next(buffer);
            if (bytes > target.capacity()) {
                target = memory((int) FrameFormat.padded(bytes, blockBytes));
            }
            target.clear().limit((int) Math.min(target.capacity(), end - from));
            target.put(kept);
            buffer = target;
            file.readFully(buffer, from + buffer.position());
            buffer.flip();
            bufferFrom = from;
        }
        at = (int) (from - bufferFrom);
        return buffer.limit() - at >= bytes;
    }

    /**
     * Whether a frame header of this segment stands on a block boundary behind an offset whose watermark covers an LSN: then
     * what should stand at that offset was durable once.
     *
     * @return the offset of that frame, -1: none
     */
    static long findProof(StorageFile file, SegmentEntry entry, int blockBytes, long from, long lsn)
            throws IOException {
        return findProof(file, entry, blockBytes, from, lsn, null);
    }

    /** As above, in memory of the caller's, if it will do. */
    static long findProof(StorageFile file, SegmentEntry entry, int blockBytes, long from, long lsn, ByteBuffer memory)
            throws IOException {
        return findFrame(file, entry, blockBytes, from, file.size(), lsn, memory);
    }

    /** The next frame header of this segment on a block boundary between two offsets, -1: none. */
    static long findFrame(StorageFile file, SegmentEntry entry, int blockBytes, long from, long to) throws IOException {
        return findFrame(file, entry, blockBytes, from, to, 0, null);
    }

    private static long findFrame(
            StorageFile file, SegmentEntry entry, int blockBytes, long from, long size, long lsn, ByteBuffer memory)
            throws IOException {
        RecordChecksum checksum = new RecordChecksum();
        long start = FrameFormat.padded(from, blockBytes);
        ByteBuffer buffer = buffer(memory, size - start, blockBytes);
        for (long base = start; base < size; base += buffer.capacity()) {
            buffer.clear().limit((int) Math.min(buffer.capacity(), size - base));
            file.readFully(buffer, base);
            buffer.flip();
            for (int i = 0; i + FrameFormat.HEADER_BYTES <= buffer.limit(); i += blockBytes) {
                if (buffer.getInt(i) == FrameFormat.MAGIC
                        && FrameFormat.fault(buffer, i, checksum, entry.nonce(), entry.id(), base + i) == null
                        && buffer.getLong(i + FrameFormat.WATERMARK_OFFSET) >= lsn) {
                    return base + i;
                }
            }
        }
        return -1;
    }

    @Override
    public String fault() {
        return fault;
    }

    @Override
    public long faultOffset() {
        return faultOffset;
    }

    /** Whether nothing was begun where it stopped: the file ends or a block begins with zeros. */
    boolean endsClean() {
        return endsClean;
    }

    /** Whether a frame of this segment was begun where it stopped: else what stands there may be older than the segment. */
    boolean endsInFrameOfSegment() {
        return endsInFrameOfSegment;
    }

    /** Where the frame that did not verify begins, or behind the last frame. */
    long end() {
        return next;
    }

    @Override
    public long offset() {
        return offset;
    }

    int bytes() {
        return buffer.getInt(at + FrameFormat.BYTES_OFFSET);
    }

    int records() {
        return buffer.getInt(at + FrameFormat.RECORDS_OFFSET);
    }

    long firstLsn() {
        return buffer.getLong(at + FrameFormat.FIRST_LSN_OFFSET);
    }

    @Override
    public long lastLsn() {
        return firstLsn() + records() - 1;
    }

    long watermark() {
        return buffer.getLong(at + FrameFormat.WATERMARK_OFFSET);
    }

    @Override
    public void rewind(Frame.Cursor cursor) {
        cursor.start(buffer, at, entry.id(), offset, records(), firstLsn(), bytes());
    }

    /** Copies the frame into a buffer at its position, unchanged. */
    void copyTo(ByteBuffer target) {
        ByteBuffer source = buffer.duplicate();
        source.limit(at + bytes()).position(at);
        target.put(source);
    }

    /** The memory that the frame stands in. */
    ByteBuffer buffer() {
        return buffer;
    }

    /** Where the frame begins in that memory. */
    int at() {
        return at;
    }

    /** Whether the frame says anything that a reader could see. */
    boolean saysAnything() {
        Frame.Cursor cursor = new Frame.Cursor();
        rewind(cursor);
        while (cursor.next()) {
            RecordType type = cursor.type();
            if (type != RecordType.SEAL && type != RecordType.VOID) {
                return true;
            }
        }
        return false;
    }
}
