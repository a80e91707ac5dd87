package io.daybook.journal;

import io.daybook.storage.SpaceReserve;
import io.daybook.storage.Storage;
import io.daybook.storage.StorageFile;
import java.io.IOException;

/**
 * How much room there is, and what is kept back of it.
 *
 * <h2>Near the limit</h2>
 * A new file takes no blocks before they are written, so free space that was seen when a segment was made may be somebody
 * else's when a frame comes. Where the file system has room for many segments that is left so, as to write each block twice
 * doubles the work of the device. Below {@link #LOW_SEGMENTS} of them the journal is <em>low</em>: segments are written with
 * zeros before anything is accepted into them, and a reserve of one segment is kept as a file. What is accepted then has its
 * blocks, whatever others do.
 *
 * <h2>Who may use what</h2>
 * Appends: what is free above {@code reserveBytes}. Changes that help to free space, and what gives segments back: all of it,
 * and the reserve. It is made anew when there is room for it.
 *
 * <p><b>Thread-safe.</b>
 */
final class JournalSpace {
    /** Room for fewer segments than this, and what is promised is also written. */
    private static final int LOW_SEGMENTS = 8;

    /** For some thousand changes of the manifest. */
    private static final long ROOT_BYTES_MIN = 256 << 10;

    /** What listing a segment takes besides its own bytes: a manifest is written anew. */
    private static final long MANIFEST_BLOCKS = 8;

    private final Storage storage;
    private final Storage root;
    private final FreeFiles free;
    private final SpaceReserve reserve;
    private final long segmentBytes;
    private final long reserveBytes;

    JournalSpace(Storage root, Storage storage, FreeFiles free, long segmentBytes, long reserveBytes) {
        this.storage = storage;
        this.root = root;
        this.free = free;
        this.reserve = new SpaceReserve(storage, segmentBytes + MANIFEST_BLOCKS * storage.blockBytes());
        this.segmentBytes = segmentBytes;
        this.reserveBytes = reserveBytes;
    }

    /**
     * Whether there is room for appends; deletes files that are only kept for their blocks if that helps.
     *
     * @param bytes more than is promised
     * @param promised what was accepted or may be, and has no blocks yet
     */
    boolean hasRoom(long bytes, long promised) throws IOException {
        return fits(bytes + promised + reserveBytes) || (free.clear() && fits(bytes + promised + reserveBytes));
    }

    /** Whether there is room for the next segment, which a kept file may bring along. */
    boolean hasRoomForSegment(long promised) throws IOException {
        long brought = Math.min(segmentBytes, free.nextBytes());
        return fits(segmentBytes - brought + promised + reserveBytes) || hasRoom(segmentBytes, promised);
    }

    /** Whether there is room for a segment for what helps to free space, without the reserve. */
    boolean hasRoomForRemovals(long promised) throws IOException {
        long needed = segmentBytes + promised;
        return storage.freeBytes() >= needed || (free.clear() && storage.freeBytes() >= needed);
    }

    /** Makes a segment of the reserve, durably; null: there is none. What it has more is for the manifest. */
    StorageFile takeReserve(SegmentDirectory directory, SegmentEntry entry) throws IOException {
        // Until it has another name, nobody else gives it away: spending it waits for this monitor.
        synchronized (reserve) {
            if (!reserve.take()) {
                return null;
            }
            StorageFile file = directory.recycle(SpaceReserve.NAME, entry, segmentBytes);
            try {
                file.truncate(segmentBytes);
            } catch (Throwable e) {
                SegmentDirectory.closeAfter(e, file);
                throw e;
            }
            return file;
        }
    }

    private boolean fits(long bytes) throws IOException {
        return storage.freeBytes() >= bytes && root.freeBytes() >= Math.min(bytes, ROOT_BYTES_MIN);
    }

    /** Whether there is so little room that what is promised must be written. */
    boolean isLow(long promised) throws IOException {
        return storage.freeBytes() < reserveBytes + promised + LOW_SEGMENTS * segmentBytes;
    }

    /** Bytes that a whole reserve still needs. */
    long missing() throws IOException {
        return reserve.isWhole() ? 0 : reserve.bytes();
    }

    /** Makes the reserve whole if there is room for it above what is promised; false: there is not. */
    boolean restore(long promised) throws IOException {
        return reserve.isWhole() || (storage.freeBytes() >= reserve.bytes() + promised && reserve.fill());
    }

    /** Gives away what is kept back; whether there was anything. */
    boolean spend() throws IOException {
        boolean cleared = free.clear();
        return reserve.spend() || cleared;
    }
}
