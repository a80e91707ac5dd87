package io.daybook.storage;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;

/**
 * Writes past the page cache (O_DIRECT) for what is aligned, and large or into blocks written before: a log that only grows would
 * otherwise take a fresh page for each of its bytes, which costs more than the write, to keep what the journal holds in memory
 * anyway.
 *
 * <p>The second descriptor is opened at the first such write. Where the file system or the JDK has no such
 * writes, all of them go through the page cache. So does the rest of a file once a direct write of it was refused as invalid
 * (EINVAL): a device may want a larger alignment, and a limit on the length of files cuts a write to any number of bytes.
 * Nothing of a refused write is on the disk. The kernel keeps both ways coherent: a direct write drops the pages of its range.
 * <b>Thread-safe.</b>
 */
final class DirectWrites implements Closeable {
    /** Into blocks that are new; below, the page cache is faster: the copy is cheap, and a sync allocates them in one go. */
    private static final int BYTES_MIN = 128 << 10;

    private static final int ALIGNMENT = 4096;
    private static final OpenOption DIRECT = option();

    private final Path path;
    private final int alignment;
    private volatile AsynchronousFileChannel channel;
    /** Blocks below were written before. */
    private volatile long writtenEnd;

    private volatile boolean refused = DIRECT == null || Boolean.getBoolean("io.daybook.storage.buffered");
    private boolean closed;

    DirectWrites(Path path) {
        this(path, ALIGNMENT);
    }

    /** Takes writes of another alignment, in bytes, which the kernel may then refuse. */
    DirectWrites(Path path, int alignment) {
        this.path = path;
        this.alignment = alignment;
    }

    /** The option is not part of the Java SE API. */
    private static OpenOption option() {
        try {
            Class<?> type = Class.forName("com.sun.nio.file.ExtendedOpenOption");
            for (Object constant : type.getEnumConstants()) {
                if (constant.toString().equals("DIRECT")) {
                    return (OpenOption) constant;
                }
            }
            return null;
        } catch (ClassNotFoundException e) {
            return null;
        }
    }

    /** Blocks below this offset were written and synced before. */
    void written(long end) {
        writtenEnd = end;
    }

    /** The channel that takes this write past the page cache; null: write it as usual. */
    AsynchronousFileChannel channelFor(ByteBuffer source, long position) {
        int bytes = source.remaining();
        // Into blocks that were written before, nothing is too small.
        int bytesMin = position + bytes <= writtenEnd ? ALIGNMENT : BYTES_MIN;
        if (bytes < bytesMin
                || refused
                || !source.isDirect()
                || (bytes & alignment - 1) != 0
                || (position & alignment - 1) != 0
                || source.alignmentOffset(source.position(), alignment) != 0) {
            return null;
        }
        AsynchronousFileChannel open = channel;
        return open != null ? open : open();
    }

    private synchronized AsynchronousFileChannel open() {
        if (channel == null && !closed && !refused) {
            try {
                channel = NioFile.openChannel(path, Set.of(StandardOpenOption.WRITE, DIRECT));
            } catch (IOException | UnsupportedOperationException e) {
                refuse(e);
            }
        }
        return channel;
    }

    /** Whether the same write may be tried through the page cache, as this file takes no direct ones from now on. */
    boolean refusedBy(IOException error) {
        if (!NioErrors.isInvalid(error)) {
            return false;
        }
        refuse(error);
        return true;
    }

    private void refuse(Exception error) {
        refused = true;
        System.getLogger(DirectWrites.class.getName())
                .log(System.Logger.Level.DEBUG, path + ": no direct writes", error);
    }

    @Override
    public synchronized void close() throws IOException {
        closed = true;
        if (channel != null) {
            channel.close();
        }
    }
}
