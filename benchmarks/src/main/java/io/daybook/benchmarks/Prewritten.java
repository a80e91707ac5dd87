package io.daybook.benchmarks;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.SplittableRandom;

/** Makes files whose blocks have all been written and synced: a later write changes no metadata of the file system. */
public final class Prewritten {
    private static final int CHUNK_BYTES = 1 << 20;

    private Prewritten() {}

    /** Creates a file of random bytes; zeros might be stored as holes by the device. The caller closes the channel. */
    public static FileChannel create(Path path, long bytes) throws IOException {
        if (bytes % CHUNK_BYTES != 0) {
            throw new IllegalArgumentException(bytes + " bytes, but must be a multiple of " + CHUNK_BYTES);
        }
        FileChannel file = FileChannel.open(
                path, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE);
        byte[] random = new byte[CHUNK_BYTES];
        new SplittableRandom(bytes).nextBytes(random);
        ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK_BYTES).put(random);
        for (long at = 0; at < bytes; ) {
            chunk.clear();
            while (chunk.hasRemaining()) {
                at += file.write(chunk, at);
            }
        }
        file.force(true);
        return file;
    }
}
