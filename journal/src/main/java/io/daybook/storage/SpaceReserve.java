package io.daybook.storage;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A file of zeros that is there to be deleted: room that nobody else on the file system can take, for what has to be written
 * when there is no other. Its bytes are written and synced, as a length alone reserves nothing.
 *
 * <p><b>Thread-safe.</b>
 */
public final class SpaceReserve {
    /** Its name; files named {@code free-…} are never read. */
    public static final String NAME = "free-reserve";

    private static final ByteBuffer ZEROS = ByteBuffer.allocateDirect(256 << 10).asReadOnlyBuffer();

    private final Storage storage;
    private final long bytes;
    /** Null: not looked yet. */
    private Boolean whole;

    /**
     * A reserve in a directory; nothing is made yet.
     *
     * @param storage the directory
     * @param bytes its size when it is whole
     */
    public SpaceReserve(Storage storage, long bytes) {
        this.storage = storage;
        this.bytes = bytes;
    }

    /** Returns its size when it is whole. */
    public long bytes() {
        return bytes;
    }

    /**
     * Whether all of it is there.
     *
     * @throws IOException if that cannot be told
     */
    public synchronized boolean isWhole() throws IOException {
        if (whole == null) {
            whole = bytes == 0 || size() >= bytes;
        } else if (whole && bytes > 0) {
            // Somebody who looks for room may have deleted it.
            whole = storage.exists(NAME);
        }
        return whole;
    }

    private long size() throws IOException {
        if (!storage.exists(NAME)) {
            return 0;
        }
        try (StorageFile file = storage.open(NAME, Storage.Access.READ)) {
            return file.size();
        }
    }

    /**
     * Makes it, or makes it whole.
     *
     * @return whether it is whole now; false: there was no room, and nothing is left of the attempt
     * @throws IOException if it failed for another reason
     */
    public synchronized boolean fill() throws IOException {
        if (isWhole()) {
            return true;
        }
        boolean there = storage.exists(NAME);
        try (StorageFile file = there ? storage.open(NAME, Storage.Access.WRITE) : storage.create(NAME)) {
            writeZeros(file, 0, bytes);
            file.sync(true);
            whole = true;
        } catch (NoSpaceException e) {
            whole = false;
        }
        if (!whole && storage.exists(NAME)) {
            storage.delete(NAME);
        }
        return whole;
    }

    /**
     * Gives its room away.
     *
     * @return whether there was any
     * @throws IOException if it could not be deleted
     */
    public synchronized boolean spend() throws IOException {
        whole = bytes == 0;
        if (!storage.exists(NAME)) {
            return false;
        }
        storage.delete(NAME);
        return true;
    }

    /**
     * Gives the file itself away, to who renames it: unlike room that is freed, nobody else can come first. The caller holds
     * this object's monitor until it is renamed, so that nobody spends it meanwhile.
     *
     * @return whether all of it is there
     * @throws IOException if that cannot be told
     */
    public synchronized boolean take() throws IOException {
        boolean taken = bytes > 0 && isWhole();
        whole = bytes == 0;
        return taken;
    }

    /**
     * Writes zeros, so that blocks are allocated for certain; the caller syncs.
     *
     * @param file to write to
     * @param from first byte
     * @param to behind the last byte
     * @throws NoSpaceException if there is no room; what was written before stays
     */
    public static void writeZeros(StorageFile file, long from, long to) throws IOException {
        for (long at = from; at < to; ) {
            int count = (int) Math.min(ZEROS.capacity(), to - at);
            file.writeFully(ZEROS.duplicate().limit(count), at);
            at += count;
        }
    }
}
