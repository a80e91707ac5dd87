package io.daybook.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * Where the demo's store is, and a directory for temporary files of the writer: a process that is killed does not delete its
 * own, and the native library of the index is one of them.
 */
final class DemoDirectory implements AutoCloseable {
    private final Path store;
    private final Path scratch;
    private final Path writerFiles;
    private final boolean temporary;

    private DemoDirectory(Path store, Path scratch, boolean temporary) throws IOException {
        this.store = store;
        this.scratch = scratch;
        this.writerFiles = Files.createDirectory(scratch.resolve("tmp"));
        this.temporary = temporary;
    }

    /**
     * A directory for a new store.
     *
     * @param given where, must be missing or empty, and stays; null: in a new temporary directory
     * @param keep whether a temporary store stays too
     */
    static DemoDirectory make(Path given, boolean keep) {
        try {
            if (given == null) {
                Path scratch = Files.createTempDirectory("daybook-demo-");
                return new DemoDirectory(Files.createDirectory(scratch.resolve("store")), scratch, !keep);
            }
            if (Files.exists(given) && !Files.isDirectory(given)) {
                throw CommandException.misuse(given + " is no directory");
            }
            Files.createDirectories(given);
            try (Stream<Path> files = Files.list(given)) {
                if (files.findAny().isPresent()) {
                    throw CommandException.misuse(given + " is not empty: the demo makes a new store");
                }
            }
            return new DemoDirectory(given, Files.createTempDirectory("daybook-demo-"), false);
        } catch (IOException e) {
            throw CommandException.misuse("cannot make a directory for the demo: " + Failures.describe(e), e);
        }
    }

    Path store() {
        return store;
    }

    /** For the temporary files of the writer. */
    Path writerFiles() {
        return writerFiles;
    }

    /** Whether the store is deleted in the end. */
    boolean temporary() {
        return temporary;
    }

    /** Bytes that may be used, 0 if that cannot be told. */
    long usableBytes() {
        try {
            return Files.getFileStore(store).getUsableSpace();
        } catch (IOException e) {
            return 0;
        }
    }

    /** E.g. {@code ext4}. */
    String fileSystem() {
        try {
            return Files.getFileStore(store).type();
        } catch (IOException e) {
            return "unknown file system";
        }
    }

    /** Bytes of the files below a subdirectory, 0 if it is missing. */
    long bytes(String subdirectory) {
        try (Stream<Path> files = Files.walk(store.resolve(subdirectory))) {
            return files.filter(Files::isRegularFile)
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        } catch (IOException | UncheckedIOException e) {
            return 0;
        }
    }

    /** Deletes what is temporary. */
    @Override
    public void close() {
        delete(writerFiles);
        if (temporary || !store.startsWith(scratch)) {
            delete(scratch);
        }
    }

    private static void delete(Path root) {
        try (Stream<Path> files = Files.walk(root)) {
            List<Path> deepestFirst = files.sorted(Comparator.reverseOrder()).toList();
            for (Path file : deepestFirst) {
                Files.deleteIfExists(file);
            }
        } catch (NoSuchFileException e) {
            // Was deleted already, by the signal's thread.
        } catch (IOException | UncheckedIOException e) {
            throw CommandException.io("cannot delete " + root + ": " + e.getMessage(), e);
        }
    }
}
