package io.daybook.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Aligned writes that are large, or into blocks written before, go past the page cache; nobody who reads or writes the ordinary way may see a difference. */
class DirectWritesTest {
    private static final int BLOCK = 4096;
    private static final int FILE_BYTES = 8 << 20;

    @TempDir
    Path directory;

    @Test
    void largeAndSmallWritesMixWithReaders() throws IOException {
        long seed = Long.getLong("daybook.seed", System.nanoTime());
        Random random = new Random(seed);
        byte[] expected = new byte[FILE_BYTES];
        ByteBuffer aligned = ByteBuffer.allocateDirect((2 << 20) + BLOCK).alignedSlice(BLOCK);
        NioStorage storage = NioStorage.at(directory, true);
        try (StorageFile file = storage.create("mixed")) {
            file.truncate(FILE_BYTES);
            try (StorageFile reader = storage.open("mixed", Storage.Access.READ)) {
                for (int i = 0; i < 200; i++) {
                    boolean large = random.nextBoolean();
                    int blocks = large ? 32 + random.nextInt(400) : 1 + random.nextInt(40);
                    int at = BLOCK * random.nextInt((FILE_BYTES - blocks * BLOCK) / BLOCK);
                    byte[] bytes = new byte[blocks * BLOCK];
                    random.nextBytes(bytes);
                    aligned.clear().put(bytes).flip();
                    file.writeFully(aligned, at);
                    System.arraycopy(bytes, 0, expected, at, bytes.length);
                    if (random.nextInt(4) == 0) {
                        file.sync(false);
                        // True or not: a hint changes no bytes.
                        file.written(random.nextInt(FILE_BYTES));
                    }
                    int from = random.nextInt(FILE_BYTES - 100_000);
                    ByteBuffer read = ByteBuffer.allocate(100_000);
                    assertThat(reader.readFully(read, from)).isEqualTo(100_000);
                    assertThat(java.util.Arrays.mismatch(read.array(), 0, 100_000, expected, from, from + 100_000))
                            .as("seed %s, write %s, read at %s", seed, i, from)
                            .isEqualTo(-1);
                }
            }
        }
        try (StorageFile reader = storage.open("mixed", Storage.Access.READ)) {
            ByteBuffer all = ByteBuffer.allocate(FILE_BYTES);
            reader.readFully(all, 0);
            assertThat(java.util.Arrays.mismatch(all.array(), expected))
                    .as("seed %s", seed)
                    .isEqualTo(-1);
        }
    }

    @Test
    void whatIsNotAlignedIsWrittenAsUsual() throws IOException {
        ByteBuffer source = ByteBuffer.allocateDirect((1 << 20) + 2 * BLOCK).alignedSlice(BLOCK);
        for (int i = 0; i < source.capacity(); i++) {
            source.put(i, (byte) (i * 31));
        }
        NioStorage storage = NioStorage.at(directory, true);
        try (StorageFile file = storage.create("odd")) {
            file.writeFully(source.duplicate().position(1).limit((1 << 20) + 1), BLOCK);
            file.writeFully(source.duplicate().limit((1 << 20) - 7), (2 << 20) + 3);
            ByteBuffer back = ByteBuffer.allocate(1 << 20);
            file.readFully(back, BLOCK);
            assertThat(back.flip()).isEqualTo(source.duplicate().position(1).limit((1 << 20) + 1));
        }
    }

    @Test
    void smallerWritesAreDirectWhereBlocksWereWrittenBefore() throws IOException {
        Path path = directory.resolve("written");
        ByteBuffer source = ByteBuffer.allocateDirect(17 * BLOCK).alignedSlice(BLOCK);
        NioStorage storage = NioStorage.at(directory, true);
        try (StorageFile file = storage.create("written");
                DirectWrites writes = new DirectWrites(path)) {
            file.truncate(FILE_BYTES);
            ByteBuffer sixteenBlocks = source.duplicate().limit(16 * BLOCK);
            assertThat(writes.channelFor(sixteenBlocks, 0)).as("new blocks").isNull();
            writes.written(20 * BLOCK);
            assumeTrue(writes.channelFor(sixteenBlocks, 0) != null, "the file system has no direct writes");
            assertThat(writes.channelFor(sixteenBlocks, 4 * BLOCK)).isNotNull();
            assertThat(writes.channelFor(sixteenBlocks, 5 * BLOCK))
                    .as("ends in a new block")
                    .isNull();
            assertThat(writes.channelFor(source.duplicate().limit(BLOCK), 19 * BLOCK))
                    .as("the last one")
                    .isNotNull();
            assertThat(writes.channelFor(source.duplicate().limit(BLOCK), 20 * BLOCK))
                    .as("the first new one")
                    .isNull();
        }
    }

    @Test
    void whatTheKernelRefusesIsWrittenAsUsual() throws IOException {
        Path path = directory.resolve("refused");
        Set<StandardOpenOption> options =
                Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        byte[] bytes = new byte[(256 << 10) + 1];
        new Random(7).nextBytes(bytes);
        ByteBuffer source = ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
        DirectWrites unaligned = new DirectWrites(path, 1);
        try (StorageFile file = new NioFile(path, NioFile.openChannel(path, options), unaligned)) {
            assumeTrue(unaligned.channelFor(source, 3) != null, "the file system has no direct writes");
            file.writeFully(source, 3);
            assertThat(unaligned.channelFor(source.clear(), 3))
                    .as("tried again")
                    .isNull();
            ByteBuffer back = ByteBuffer.allocate(bytes.length);
            file.readFully(back, 3);
            assertThat(back.array()).isEqualTo(bytes);
        }
    }
}
