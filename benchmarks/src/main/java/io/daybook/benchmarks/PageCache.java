package io.daybook.benchmarks;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;

/** Makes the page cache hold the files of a directory, or not. */
public final class PageCache {
    private static final int READ_BYTES = 1 << 20;

    private PageCache() {}

    /** Reads all of it; returns the bytes. */
    public static long warm(Path directory) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(READ_BYTES);
        long bytes = 0;
        for (Path file : files(directory)) {
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
                int read;
                while ((read = channel.read(buffer.clear())) >= 0) {
                    bytes += read;
                }
            }
        }
        return bytes;
    }

    /** Takes all of it out, and nothing else: what the JVM reads its classes from stays. */
    public static void forget(Path directory) throws IOException {
        sync();
        for (Path file : files(directory)) {
            command(List.of("dd", "if=" + file, "iflag=nocache", "count=0", "status=none"));
        }
    }

    /** Writes what is dirty. */
    public static void sync() throws IOException {
        command(List.of("sync"));
    }

    private static List<Path> files(Path directory) throws IOException {
        try (Stream<Path> all = Files.walk(directory)) {
            return all.filter(Files::isRegularFile).sorted().toList();
        }
    }

    private static void command(List<String> command) throws IOException {
        try {
            if (new ProcessBuilder(command).inheritIO().start().waitFor() != 0) {
                throw new IOException(command + " failed");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }
}
