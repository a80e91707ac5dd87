package io.daybook.storage;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * An open file with positional I/O only.
 *
 * <p><b>Thread-safe</b> for reads and for writes to places that do not overlap; the caller orders the rest.
 */
public interface StorageFile extends Closeable {

    /** So many reads may give nothing, one after the other, before {@link #readFully} takes it for a failure. */
    int EMPTY_READS_MAX = 1000;

    /**
     * Writes some of the remaining bytes at a position; may write fewer than remain.
     *
     * @return bytes written, at least 1 if any remained
     * @throws NoSpaceException if the file system or quota is full
     */
    int writeAt(ByteBuffer source, long position) throws IOException;

    /**
     * Reads some bytes into what remains of the buffer; may read fewer.
     *
     * @return bytes read, -1 at or behind the end of the file
     */
    int readAt(ByteBuffer target, long position) throws IOException;

    /**
     * Makes all that was written before this call durable.
     *
     * @param metadata false: data and what is needed to read it back (fdatasync); true: everything (fsync)
     */
    void sync(boolean metadata) throws IOException;

    /** Sets the length: cuts what is longer, extends what is shorter with zeros that need not be allocated. */
    void truncate(long bytes) throws IOException;

    /**
     * Tells that the blocks below an offset were written and synced before, so that a write there changes nothing but data, and
     * that each write is synced at once. A hint: it may let such writes take a faster way, and changes nothing else.
     */
    default void written(long end) {
        // Nothing is faster for it.
    }

    /** The length in bytes. */
    long size() throws IOException;

    /** The name it was opened by. */
    String name();

    /** Writes all remaining bytes. */
    default void writeFully(ByteBuffer source, long position) throws IOException {
        long at = position;
        while (source.hasRemaining()) {
            int written = writeAt(source, at);
            if (written <= 0) {
                throw new IOException(
                        name() + ": write of " + source.remaining() + " bytes at " + at + " returned " + written);
            }
            at += written;
        }
    }

    /**
     * Reads until the buffer is full or the file ends.
     *
     * @return bytes read, less than remained only at the end of the file
     * @throws IOException if a read fails, or gives nothing before the end again and again
     */
    default int readFully(ByteBuffer target, long position) throws IOException {
        int total = 0;
        int empty = 0;
        while (target.hasRemaining()) {
            int read = readAt(target, position + total);
            if (read < 0) {
                break;
            }
            empty = read == 0 ? empty + 1 : 0;
            if (empty == EMPTY_READS_MAX) {
                throw new IOException(name() + ": reads of " + target.remaining() + " bytes at " + (position + total)
                        + " give nothing, before the end of the file");
            }
            total += read;
        }
        return total;
    }
}
