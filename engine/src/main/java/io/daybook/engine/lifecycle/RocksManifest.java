package io.daybook.engine.lifecycle;

import io.daybook.index.IndexException;
import io.daybook.storage.NotAFileException;
import io.daybook.storage.Storage;
import io.daybook.storage.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.Arrays;

/**
 * Looks at RocksDB's own manifest before RocksDB does. A record of it that is marked as one of a recycled log, by a flipped bit
 * of its type, is read by RocksDB 11.8.1 over and over, so that the open never returns. Manifests are not recycled, so such a type
 * is damage. Whatever else is wrong with it RocksDB finds and says.
 *
 * <p>The format is that of RocksDB's logs, as its wiki describes it: blocks of 32 KiB, and in them records with a header of a
 * checksum (4 bytes), a length (2) and a type (1), none of which crosses the end of its block.
 */
final class RocksManifest {
    private static final String CURRENT = "CURRENT";
    /** RocksDB begins a new one long before. */
    private static final long BYTES_MAX = 1L << 30;

    private static final int BLOCK_BYTES = 32 << 10;
    private static final int HEADER_BYTES = 7;
    private static final int LENGTH_OFFSET = 4;
    private static final int TYPE_OFFSET = 6;

    /** Of files that are made longer in advance: nothing follows in this block. */
    private static final int ZERO_TYPE = 0;

    /** Whole, first, middle, last record of a recycled log, sizes of timestamps and what the log before was, of one. */
    private static final int[] RECYCLED_TYPES = {5, 6, 7, 8, 11, 131};

    private RocksManifest() {}

    /**
     * Looks for records that RocksDB would not get past.
     *
     * @param index where RocksDB has its files, may hold none yet
     * @throws IndexException if there is one, or a file cannot be read: {@link IndexException.Kind#DAMAGED}; if a file cannot be
     *     opened, so that nobody knows: {@link IndexException.Kind#FAILED}
     */
    static void check(Storage index) throws IOException {
        byte[] current = read(index, CURRENT);
        if (current == null) {
            return;
        }
        String name = new String(current, StandardCharsets.ISO_8859_1).strip();
        byte[] bytes = name.matches("MANIFEST-[0-9]+") ? read(index, name) : null;
        if (bytes != null) {
            check(index.description() + "/" + name, bytes);
        }
    }

    /**
     * A whole file, null: it is not there, goes just now, as beside a writer, or something else stands in its place or in that of
     * its directory, which RocksDB meets too.
     */
    private static byte[] read(Storage index, String name) throws IOException {
        try (StorageFile file = index.open(name, Storage.Access.READ)) {
            ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(BYTES_MAX, file.size()));
            int read = file.readFully(bytes, 0);
            return Arrays.copyOf(bytes.array(), read);
        } catch (NoSuchFileException | NotDirectoryException | NotAFileException e) {
            return null;
        } catch (FileSystemException e) {
            if (!index.exists(name)) {
                // In the place of its directory is something else, for which the JDK has a text only.
                return null;
            }
            // Such as too many open files: RocksDB may get one a moment later, and meet what was not looked for.
            throw new IndexException(
                    IndexException.Kind.FAILED,
                    index.description() + "/" + name + " cannot be opened: " + e.getMessage(),
                    e);
        } catch (IOException e) {
            // Such as a block that the device cannot read.
            throw new IndexException(
                    IndexException.Kind.DAMAGED,
                    index.description() + "/" + name + " cannot be read: " + e.getMessage(),
                    e);
        }
    }

    private static void check(String file, byte[] bytes) {
        for (int block = 0; block < bytes.length; block += BLOCK_BYTES) {
            int end = Math.min(bytes.length, block + BLOCK_BYTES);
            int at = block;
            while (at + HEADER_BYTES <= end) {
                int type = bytes[at + TYPE_OFFSET] & 0xFF;
                int length = (bytes[at + LENGTH_OFFSET] & 0xFF) | (bytes[at + LENGTH_OFFSET + 1] & 0xFF) << 8;
                if (Arrays.binarySearch(RECYCLED_TYPES, type) >= 0) {
                    throw new IndexException(
                            IndexException.Kind.DAMAGED,
                            "record of type " + type + ", that of a recycled log, at " + at + " of " + file,
                            null);
                }
                if (type == ZERO_TYPE && length == 0) {
                    break;
                }
                at += HEADER_BYTES + length;
            }
        }
    }
}
