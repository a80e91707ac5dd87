package io.daybook.storage;

import java.io.IOException;
import java.util.List;

/**
 * One directory of a store, and the only way the engine reaches files.
 *
 * <p>The seam that lets the whole engine run on a simulated disk: an operation here is exactly one thing that a crash can
 * come before or after. A name is one path element; there are no sub-directories but those of {@link #directory}.
 *
 * <p>What is durable when: {@link StorageFile#sync} makes the bytes of a file durable, {@link #syncDirectory} makes
 * creations, renames and deletions in this directory durable. Neither implies the other.
 *
 * <p><b>Thread-safe.</b> Threads that are interrupted inside a call must not break it for others (see {@code NioStorage}).
 */
public interface Storage {

    /** How a file is opened. */
    enum Access {
        /** Only {@link StorageFile#readAt} and {@link StorageFile#size}. */
        READ,
        /** Reading and writing. */
        WRITE
    }

    /**
     * Creates an empty file.
     *
     * @throws java.nio.file.FileAlreadyExistsException if there is one of this name
     * @throws NoSpaceException if the file system is full
     */
    StorageFile create(String name) throws IOException;

    /**
     * Opens a file that exists.
     *
     * @throws java.nio.file.NoSuchFileException if there is none
     */
    StorageFile open(String name, Access access) throws IOException;

    /** The names of all regular files and directories here, sorted. Empty if the directory does not exist. */
    List<String> list() throws IOException;

    /** Whether a file or directory of this name is here. */
    boolean exists(String name) throws IOException;

    /** Renames a file or directory within this directory, replacing a file of the new name atomically. */
    void rename(String from, String to) throws IOException;

    /**
     * Deletes a file; a directory is deleted with all it holds.
     *
     * @throws java.nio.file.NoSuchFileException if there is none
     */
    void delete(String name) throws IOException;

    /** Makes all creations, renames and deletions in this directory durable. */
    void syncDirectory() throws IOException;

    /** The directory of this name inside this one; it is made (durably) if {@code create}, else need not exist. */
    Storage directory(String name, boolean create) throws IOException;

    /** Bytes that may still be allocated on this file system by this process. */
    long freeBytes() throws IOException;

    /** Size of the file system in bytes. */
    long totalBytes() throws IOException;

    /** The unit in which the device may tear a write, in bytes: a power of two, 4096 to 65,536. */
    int blockBytes();

    /**
     * Takes the directory for this process until the lock is closed.
     *
     * @throws DirectoryInUseException if it is taken, here or elsewhere
     */
    DirectoryLock lock() throws IOException;

    /** The path or a like name for messages. */
    String description();
}
