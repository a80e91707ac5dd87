package io.daybook.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The lock of a directory. <b>Thread-safe.</b>
 *
 * <p>A POSIX lock belongs to the process and ends when <em>any</em> descriptor of its file is closed. Looking at the
 * lock file of a directory that this process holds would therefore give the directory away. So a registry of this JVM
 * is asked before the file is opened, the process id stands in a second file, and the file is never deleted, as a new
 * one of that name could be locked beside the old one.
 */
final class NioDirectoryLock implements DirectoryLock {
    /**
     * Prefix of the system properties that are the registry. A static set would not be seen by a second copy of this
     * class in another class loader; the system properties are one map for the whole JVM, with an atomic putIfAbsent.
     */
    private static final String REGISTRY = "io.daybook.storage.lock.";

    /** Channels that may not be closed because somebody else in this JVM has a lock on their file. */
    private static final Queue<AsynchronousFileChannel> KEPT_OPEN = new ConcurrentLinkedQueue<>();

    private final Path directory;
    private final String registered;
    private final AsynchronousFileChannel channel;
    private final AtomicBoolean closed = new AtomicBoolean();

    private NioDirectoryLock(Path directory, String registered, AsynchronousFileChannel channel) {
        this.directory = directory;
        this.registered = registered;
        this.channel = channel;
    }

    static NioDirectoryLock take(Path directory) throws IOException {
        Path real = directory.toRealPath();
        Object key = Files.readAttributes(real, BasicFileAttributes.class).fileKey();
        String registered = REGISTRY + (key == null ? real : key);
        if (System.getProperties().putIfAbsent(registered, real.toString()) != null) {
            throw new DirectoryInUseException(
                    directory.toString(),
                    OptionalLong.of(ProcessHandle.current().pid()));
        }
        boolean taken = false;
        try {
            NioDirectoryLock lock = new NioDirectoryLock(real, registered, lockedChannel(directory, real));
            taken = true;
            lock.writeHolder();
            return lock;
        } finally {
            if (!taken) {
                System.getProperties().remove(registered);
            }
        }
    }

    @Override
    public void close() throws IOException {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        try {
            // Before the lock goes, else this might be the file of the next holder.
            Files.deleteIfExists(directory.resolve(StorageNames.PID));
        } catch (IOException e) {
            // A stale id only misleads a message; the lock itself is what counts.
        }
        try {
            channel.close();
        } finally {
            System.getProperties().remove(registered);
        }
    }

    private static AsynchronousFileChannel lockedChannel(Path directory, Path real) throws IOException {
        AsynchronousFileChannel channel = NioFile.openChannel(
                real.resolve(StorageNames.LOCK), Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE));
        FileLock lock;
        try {
            lock = channel.tryLock();
        } catch (OverlappingFileLockException e) {
            // The registry was emptied by somebody, yet this JVM has the lock. To close the channel would end it.
            KEPT_OPEN.add(channel);
            throw new DirectoryInUseException(
                    directory.toString(),
                    OptionalLong.of(ProcessHandle.current().pid()));
        } catch (IOException e) {
            channel.close();
            throw NioErrors.at(e, real.resolve(StorageNames.LOCK) + ": lock");
        }
        if (lock == null) {
            channel.close();
            throw new DirectoryInUseException(directory.toString(), readHolder(real));
        }
        return channel;
    }

    private void writeHolder() {
        try (NioFile file = NioFile.open(
                directory.resolve(StorageNames.PID),
                Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING))) {
            String pid = Long.toString(ProcessHandle.current().pid());
            file.writeFully(ByteBuffer.wrap(pid.getBytes(StandardCharsets.US_ASCII)), 0);
        } catch (IOException e) {
            // Only a message is poorer for it, and a store on a full disk must still open.
        }
    }

    private static OptionalLong readHolder(Path real) {
        try (NioFile file = NioFile.open(real.resolve(StorageNames.PID), Set.of(StandardOpenOption.READ))) {
            ByteBuffer text = ByteBuffer.allocate(20);
            int bytes = file.readFully(text, 0);
            return OptionalLong.of(Long.parseLong(new String(text.array(), 0, bytes, StandardCharsets.US_ASCII)));
        } catch (IOException | NumberFormatException e) {
            return OptionalLong.empty();
        }
    }
}
