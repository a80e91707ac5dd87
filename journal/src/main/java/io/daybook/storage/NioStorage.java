package io.daybook.storage;

import java.io.IOException;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;

/**
 * A directory of the operating system.
 *
 * <p>An interrupt neither ends a call nor closes a file for other threads; the flag stays as it was. A failed sync is
 * reported as it is and never repeated. The names {@code LOCK} and {@code PID} are reserved for {@link #lock}: they are
 * hidden from {@link #list} and {@link #exists}, and calls that name them throw {@link IllegalArgumentException}, as
 * they do for a name that is not a single path element.
 *
 * <p>Files stay usable through their handles when they are renamed or deleted. A directory that is renamed needs a new
 * {@code Storage}.
 *
 * <p><b>Thread-safe.</b>
 */
public final class NioStorage implements Storage {
    private static final int BLOCK_BYTES_MIN = 4096;
    private static final int BLOCK_BYTES_MAX = 1 << 16;

    private static final Set<OpenOption> READ = Set.of(StandardOpenOption.READ);
    private static final Set<OpenOption> WRITE = Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE);
    private static final Set<OpenOption> CREATE =
            Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW);

    private final Path directory;

    private NioStorage(Path directory) {
        this.directory = directory;
    }

    /** Whether there is a directory at a path, also behind a symbolic link. */
    public static boolean isDirectory(Path path) {
        return Files.isDirectory(path);
    }

    /**
     * The storage in a directory.
     *
     * @param directory where; symbolic links are followed
     * @param create whether to make it and its missing parents, durably; else it need not exist
     * @return its storage, with nothing open or locked
     * @throws NoSpaceException if there is no room for it
     * @throws IOException if it cannot be made
     */
    public static NioStorage at(Path directory, boolean create) throws IOException {
        Path absolute = directory.toAbsolutePath();
        if (create) {
            makeDurable(absolute);
        }
        return new NioStorage(absolute);
    }

    @Override
    public StorageFile create(String name) throws IOException {
        return NioFile.open(child(name), CREATE);
    }

    @Override
    public StorageFile open(String name, Access access) throws IOException {
        Path path = child(name);
        // The system would open a directory for reading, and wait for a writer of a pipe.
        if (!Files.readAttributes(path, BasicFileAttributes.class).isRegularFile()) {
            throw new NotAFileException(path.toString());
        }
        return NioFile.open(path, access == Access.READ ? READ : WRITE);
    }

    @Override
    public List<String> list() throws IOException {
        List<String> names = new ArrayList<>();
        for (Path path : children(directory)) {
            String name = path.getFileName().toString();
            if (!StorageNames.isReserved(name) && isFileOrDirectory(path)) {
                names.add(name);
            }
        }
        Collections.sort(names);
        return names;
    }

    @Override
    public boolean exists(String name) throws IOException {
        return !StorageNames.isReserved(name) && attributes(child(name)) != null;
    }

    /** Null: it is not there. That the device cannot say is a failure: what it has would be taken for lost. */
    private static BasicFileAttributes attributes(Path path, LinkOption... options) throws IOException {
        try {
            return Files.readAttributes(path, BasicFileAttributes.class, options);
        } catch (NoSuchFileException e) {
            return null;
        } catch (FileSystemException e) {
            // A file in the place of a directory above it is told by a text only.
            BasicFileAttributes above = path.getParent() == null ? null : attributes(path.getParent());
            if (above == null || !above.isDirectory()) {
                return null;
            }
            throw e;
        }
    }

    private static boolean isFileOrDirectory(Path path) throws IOException {
        BasicFileAttributes own = attributes(path, LinkOption.NOFOLLOW_LINKS);
        // Links are somebody's, and may lead anywhere.
        return own != null
                && (own.isSymbolicLink()
                        ? Files.isRegularFile(path) || Files.isDirectory(path)
                        : own.isRegularFile() || own.isDirectory());
    }

    @Override
    public void rename(String from, String to) throws IOException {
        Path source = child(from);
        Path target = child(to);
        try {
            Files.move(source, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw NioErrors.orNoSpace(e, source + ": rename to " + to);
        }
    }

    @Override
    public void delete(String name) throws IOException {
        deleteTree(child(name));
    }

    @Override
    public void syncDirectory() throws IOException {
        sync(directory);
    }

    @Override
    public Storage directory(String name, boolean create) throws IOException {
        Path path = child(name);
        if (create) {
            makeIn(directory, path);
        }
        return new NioStorage(path);
    }

    @Override
    public long freeBytes() throws IOException {
        // java.io.File asks the system directly; Files.getFileStore reads the mount table and fails in some containers.
        return existing().toFile().getUsableSpace();
    }

    @Override
    public long totalBytes() throws IOException {
        return existing().toFile().getTotalSpace();
    }

    @Override
    public int blockBytes() {
        long reported;
        try {
            reported = Files.getFileStore(directory).getBlockSize();
        } catch (IOException | UnsupportedOperationException e) {
            reported = BLOCK_BYTES_MIN;
        }
        return blockBytes(reported);
    }

    /** Some network file systems report what they like to move at once, not what is written as a whole. */
    static int blockBytes(long reported) {
        int block = BLOCK_BYTES_MIN;
        while (block < reported && block < BLOCK_BYTES_MAX) {
            block <<= 1;
        }
        return block;
    }

    @Override
    public DirectoryLock lock() throws IOException {
        return NioDirectoryLock.take(directory);
    }

    @Override
    public String description() {
        return directory.toString();
    }

    @Override
    public String toString() {
        return description();
    }

    private Path child(String name) {
        return directory.resolve(StorageNames.check(name));
    }

    private Path existing() throws IOException {
        Files.readAttributes(directory, BasicFileAttributes.class);
        return directory;
    }

    /**
     * Makes a directory and its missing parents. The directory that exists already is synced into its parent too: the
     * process that made it may have been killed before it came to that.
     */
    private static void makeDurable(Path path) throws IOException {
        Path parent = path.getParent();
        if (!Files.isDirectory(path) && parent != null) {
            makeDurable(parent);
            makeIn(parent, path);
            return;
        }
        Path realParent = path.toRealPath().getParent();
        if (realParent != null) {
            try {
                sync(realParent);
            } catch (AccessDeniedException e) {
                // Not ours, so whoever gave us the directory has made it.
            }
        }
    }

    private static void makeIn(Path parent, Path path) throws IOException {
        try {
            Files.createDirectory(path);
        } catch (FileAlreadyExistsException e) {
            if (!Files.isDirectory(path)) {
                throw e;
            }
        } catch (IOException e) {
            throw NioErrors.orNoSpace(e, path + ": create directory");
        }
        sync(parent);
    }

    private static void sync(Path directory) throws IOException {
        if (!Files.readAttributes(directory, BasicFileAttributes.class).isDirectory()) {
            throw new NotDirectoryException(directory.toString());
        }
        try (AsynchronousFileChannel channel = NioFile.openChannel(directory, READ)) {
            try {
                channel.force(true);
            } catch (IOException e) {
                throw NioErrors.at(e, directory + ": sync of directory");
            }
        }
    }

    private static void deleteTree(Path path) throws IOException {
        if (Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                .isDirectory()) {
            for (Path child : children(path)) {
                deleteTree(child);
            }
        }
        Files.delete(path);
    }

    private static List<Path> children(Path directory) throws IOException {
        List<Path> children = new ArrayList<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory)) {
            stream.forEach(children::add);
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        return children;
    }
}
