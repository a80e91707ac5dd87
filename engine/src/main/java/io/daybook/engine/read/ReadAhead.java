package io.daybook.engine.read;

import io.daybook.index.Location;
import io.daybook.journal.Journal;
import io.daybook.journal.JournalException;
import io.daybook.journal.RecordFormat;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The bytes behind the last record that a cursor read, for cursors whose records lie close together: one read of the file
 * serves many entries, each a slice. Where they lie far apart (many ledgers interleaved) nothing is read ahead.
 *
 * <p>Bytes that were read before they were written fail their record's check, and the record is then read by itself.
 * <b>Confined to one thread.</b>
 */
final class ReadAhead {
    private static final int WINDOW_BYTES_MAX = 256 << 10;
    private static final int WINDOW_BYTES_FIRST = 32 << 10;
    private static final int NEAR_BYTES = 16 << 10;

    private final Journal journal;
    private final ByteBufAllocator allocator;
    /** Doubles while the cursor goes on. */
    private int windowBytes = WINDOW_BYTES_FIRST;

    private ByteBuf window;
    private long windowSegment = -1;
    private long windowFrom;
    private long windowTo;
    private long lastSegment = -1;
    private long lastEnd;

    ReadAhead(Journal journal, ByteBufAllocator allocator) {
        this.journal = journal;
        this.allocator = allocator;
    }

    /** The payload of a record out of the window, owned by the caller; null: read it by itself. */
    ByteBuf read(long ledgerId, long entryId, Location location) throws IOException {
        long offset = location.offset();
        int bytes = RecordFormat.bytes(location.length());
        boolean near = location.segmentId() == lastSegment && offset >= lastEnd && offset - lastEnd <= NEAR_BYTES;
        lastSegment = location.segmentId();
        lastEnd = offset + bytes;
        if (bytes > WINDOW_BYTES_MAX) {
            return null;
        }
        if (!holds(location, bytes)) {
            if (!near) {
                return null;
            }
            fill(location.segmentId(), offset, bytes);
            if (!holds(location, bytes)) {
                return null;
            }
        }
        int at = (int) (offset - windowFrom);
        ByteBuffer record = window.nioBuffer(at, bytes).slice().order(ByteOrder.LITTLE_ENDIAN);
        try {
            journal.check(location.segmentId(), offset, location.length(), ledgerId, entryId, record);
        } catch (JournalException e) {
            close();
            return null;
        }
        return window.retainedSlice(at + RecordFormat.HEADER_BYTES, location.length());
    }

    private boolean holds(Location location, int bytes) {
        return window != null
                && location.segmentId() == windowSegment
                && location.offset() >= windowFrom
                && location.offset() + bytes <= windowTo;
    }

    private void fill(long segmentId, long offset, int bytes) throws IOException {
        close();
        int length = Math.max(windowBytes, bytes);
        windowBytes = Math.min(WINDOW_BYTES_MAX, windowBytes * 2);
        ByteBuf fresh = allocator.directBuffer(length, length);
        try {
            int read = journal.readRaw(segmentId, offset, fresh.nioBuffer(0, length));
            fresh.writerIndex(read);
            windowSegment = segmentId;
            windowFrom = offset;
            windowTo = offset + read;
            window = fresh;
        } finally {
            if (window == null) {
                fresh.release();
            }
        }
    }

    /** Gives the window back; slices of it that are still in use keep it. */
    void close() {
        if (window != null) {
            window.release();
            window = null;
        }
    }
}
