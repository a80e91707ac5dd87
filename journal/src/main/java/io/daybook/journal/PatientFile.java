package io.daybook.journal;

import io.daybook.storage.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A file of which a device cannot read every block: such a block reads as zeros, in which nothing verifies, and what stands
 * around it can be read. For looking only.
 */
final class PatientFile implements StorageFile {
    static final int BLOCK_BYTES = 4096;

    private final StorageFile file;
    private final Listener listener;

    /** Told of blocks that cannot be read. */
    @FunctionalInterface
    interface Listener {
        /** A block, or a part of one. */
        void unreadable(long offset, IOException cause);
    }

    PatientFile(StorageFile file) {
        this(file, (offset, cause) -> {});
    }

    PatientFile(StorageFile file, Listener listener) {
        this.file = file;
        this.listener = listener;
    }

    /** Reads less and less, down to one block. */
    @Override
    public int readAt(ByteBuffer target, long position) throws IOException {
        int at = target.position();
        int limit = target.limit();
        int bytes = limit - at;
        while (true) {
            target.limit(at + bytes).position(at);
            try {
                return file.readAt(target, position);
            } catch (IOException e) {
                int inBlock = (int) (BLOCK_BYTES - position % BLOCK_BYTES);
                if (bytes <= inBlock) {
                    listener.unreadable(position, e);
                    return zeros(target.position(at), position);
                }
                bytes = Math.max(inBlock, bytes / 2);
            } finally {
                target.limit(limit);
            }
        }
    }

    private int zeros(ByteBuffer target, long position) throws IOException {
        long left = file.size() - position;
        if (left <= 0) {
            return -1;
        }
        int inBlock = (int) (BLOCK_BYTES - position % BLOCK_BYTES);
        int bytes = (int) Math.min(left, Math.min(inBlock, target.remaining()));
        target.put(new byte[bytes]);
        return bytes;
    }

    @Override
    public int writeAt(ByteBuffer source, long position) {
        throw new UnsupportedOperationException("for looking only");
    }

    @Override
    public void sync(boolean metadata) {
        throw new UnsupportedOperationException("for looking only");
    }

    @Override
    public void truncate(long bytes) {
        throw new UnsupportedOperationException("for looking only");
    }

    @Override
    public long size() throws IOException {
        return file.size();
    }

    @Override
    public String name() {
        return file.name();
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
