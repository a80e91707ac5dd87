package io.daybook.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileStore;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.Set;

/**
 * A temporary directory that is gone at the end, also when the JVM is told to stop. <b>Confined to one thread</b>, but for
 * the shutdown hook.
 */
public final class Workspace implements AutoCloseable {
    /** System property that names the directory under which all temporary files go. */
    public static final String BASE_PROPERTY = "daybook.bench.dir";

    /** What a cell of the longest benchmark may write before it ends. */
    private static final long FREE_BYTES_MIN = 8L << 30;

    private static final Set<String> MEMORY_FILE_SYSTEMS = Set.of("tmpfs", "ramfs", "devtmpfs");

    private final Path path;
    private final Thread hook;
    private volatile AutoCloseable user;

    private Workspace(Path path) {
        this.path = path;
        this.hook = new Thread(this::endInHurry, "workspace-cleaner");
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /** Makes a directory under {@link #base}; its name begins with {@code daybook-bench-}. */
    public static Workspace create(String what) {
        return createUnder(base(), what);
    }

    public static Workspace createUnder(Path base, String what) {
        try {
            Files.createDirectories(base);
            long free = Files.getFileStore(base).getUsableSpace();
            if (free < FREE_BYTES_MIN) {
                System.out.println("warning: only " + Format.bytes(free) + " free in " + base + ", benchmarks want "
                        + Format.bytes(FREE_BYTES_MIN));
            }
            return new Workspace(Files.createTempDirectory(base, "daybook-bench-" + what + "-"));
        } catch (IOException e) {
            throw new UncheckedIOException("no temporary directory in " + base, e);
        }
    }

    /** The directory for temporary files: the property, else java.io.tmpdir, but the working directory where that is memory. */
    public static Path base() {
        String named = System.getProperty(BASE_PROPERTY);
        if (named != null) {
            return Path.of(named).toAbsolutePath().normalize();
        }
        Path temporary = Path.of(System.getProperty("java.io.tmpdir")).toAbsolutePath();
        return isMemory(temporary) ? Path.of("").toAbsolutePath() : temporary;
    }

    /** The JVM argument that makes a directory the {@link #base} of another process. */
    public static String baseArgument(Path base) {
        return "-D" + BASE_PROPERTY + "=" + base;
    }

    /** Whether what is written there never reaches a device. */
    public static boolean isMemory(Path directory) {
        try {
            Path existing = directory.toAbsolutePath();
            while (existing != null && !Files.exists(existing)) {
                existing = existing.getParent();
            }
            FileStore store = Files.getFileStore(existing == null ? Path.of("/") : existing);
            return MEMORY_FILE_SYSTEMS.contains(store.type());
        } catch (IOException e) {
            return false;
        }
    }

    public Path path() {
        return path;
    }

    /** What uses the directory: closed first when the JVM is told to stop. Null: nothing any more. */
    public void usedBy(AutoCloseable newUser) {
        user = newUser;
    }

    /** Deletes the directory. A second call does nothing. */
    @Override
    public void close() {
        try {
            delete(path);
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot delete " + path, e);
        } catch (IllegalStateException e) {
            // The JVM is stopping; the hook runs already.
        }
    }

    private void endInHurry() {
        Children.end();
        AutoCloseable open = user;
        if (open != null) {
            try {
                open.close();
            } catch (Exception e) {
                System.err.println("closing " + path + ": " + e);
            }
        }
        // Threads of the benchmark still run and may make another file meanwhile.
        for (int attempt = 0; attempt < 20; attempt++) {
            try {
                delete(path);
                return;
            } catch (IOException e) {
                Threads.sleep(Duration.ofMillis(100));
            }
        }
        System.err.println("left behind: " + path);
    }

    /** Deletes a tree; what is missing is no error. */
    public static void delete(Path root) throws IOException {
        if (!Files.exists(root)) {
            return;
        }
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.deleteIfExists(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
                if (e instanceof NoSuchFileException) {
                    return FileVisitResult.CONTINUE;
                }
                throw e;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, IOException e) throws IOException {
                if (e != null) {
                    throw e;
                }
                Files.deleteIfExists(directory);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
