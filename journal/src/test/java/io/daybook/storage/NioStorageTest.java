package io.daybook.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NioStorageTest extends StorageContract {
    @TempDir
    Path directory;

    @Override
    Storage storage() throws IOException {
        return NioStorage.at(directory, false);
    }

    @Test
    void makesMissingParents() throws IOException {
        Path deep = directory.resolve("a/b/c");
        assertThat(NioStorage.at(deep, false).list()).isEmpty();
        assertThat(deep).doesNotExist();
        put(NioStorage.at(deep, true), "f", "1");
        assertThat(text(NioStorage.at(deep, true), "f")).isEqualTo("1");
        assertThatThrownBy(() -> NioStorage.at(deep.resolve("f"), true)).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> NioStorage.at(deep.resolve("f/g"), true)).isInstanceOf(IOException.class);
    }

    /** A frame is padded to a block, and a store whose blocks are over 1 MiB would not open again. */
    @ParameterizedTest
    @CsvSource({"-1,4096", "0,4096", "512,4096", "4096,4096", "4097,8192", "16384,16384", "65536,65536", "1048576,65536"
    })
    void blocksAreWhatAFileSystemReportsWithinBounds(long reported, int block) {
        assertThat(NioStorage.blockBytes(reported)).isEqualTo(block);
    }

    @Test
    void blocksOfAnythingLargerAreBoundedToo() {
        assertThat(NioStorage.blockBytes(Long.MAX_VALUE)).isEqualTo(65_536);
    }

    /** Such as a file whose inode the device cannot read: who takes it for gone may go on without it, and delete others. */
    @Test
    void whatCannotBeAskedIsNotTakenForMissing() throws IOException {
        Files.createSymbolicLink(directory.resolve("loop"), Path.of("loop"));
        Files.createSymbolicLink(directory.resolve("nowhere"), Path.of("not-there"));
        put(storage(), "f", "1");
        assertThatThrownBy(() -> storage().exists("loop")).isInstanceOf(FileSystemException.class);
        assertThat(storage().exists("nowhere")).isFalse();
        assertThat(storage().exists("neither")).isFalse();
        assertThat(storage().exists("f")).isTrue();
        assertThat(storage().list()).containsExactly("f");
        assertThat(NioStorage.at(directory.resolve("f"), false).exists("in-a-file"))
                .isFalse();
    }

    @Test
    void deleteDoesNotFollowLinks() throws IOException {
        Path outside = Files.createDirectory(directory.resolve("outside"));
        Files.createFile(outside.resolve("kept"));
        Path tree = Files.createDirectory(directory.resolve("tree"));
        Files.createSymbolicLink(tree.resolve("link"), outside);
        storage().delete("tree");
        assertThat(outside.resolve("kept")).exists();
        assertThat(tree).doesNotExist();
    }

    @Test
    void namesThePlaceInErrors() throws IOException {
        Path notThere = Path.of("/proc/self");
        assumeTrue(Files.isDirectory(notThere));
        assertThatThrownBy(() -> NioStorage.at(notThere, false).create("segment"))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("/proc/self/segment");
        Files.createFile(directory.resolve("file"));
        assertThatThrownBy(() -> NioStorage.at(directory.resolve("file"), false).syncDirectory())
                .isInstanceOf(IOException.class)
                .hasMessageContaining(directory.resolve("file").toString());
    }

    /** F7. */
    @Test
    void tellsAFullDiskFromOtherErrors() throws IOException {
        Path full = Path.of("/dev/full");
        assumeTrue(Files.exists(full));
        try (StorageFile file = NioFile.open(full, Set.of(StandardOpenOption.WRITE))) {
            assertThatThrownBy(() -> file.writeAt(ByteBuffer.allocate(7), 123))
                    .isInstanceOf(NoSpaceException.class)
                    .hasMessageStartingWith("/dev/full: write of 7 bytes at 123: ");
        }
        assertThat(NioErrors.isNoSpace(new IOException("Disk quota exceeded"))).isTrue();
        assertThat(NioErrors.isNoSpace(new IOException("Input/output error"))).isFalse();
        assertThat(NioErrors.isNoSpace(new IOException())).isFalse();
    }

    /** F12. */
    @Test
    void worksOnAnInterruptedThread() throws IOException {
        Thread.currentThread().interrupt();
        try (StorageFile file = storage().create("a")) {
            file.writeFully(bytes("abc"), 0);
            file.sync(false);
            file.truncate(2);
            file.truncate(4);
            storage().syncDirectory();
            storage().lock().close();
            storage().directory("d", true);
            storage().rename("a", "b");
            assertThat(storage().list()).containsExactly("b", "d");
            ByteBuffer read = ByteBuffer.allocate(4);
            assertThat(file.readFully(read, 0)).isEqualTo(4);
            assertThat(read.array()).containsExactly('a', 'b', 0, 0);
            assertThat(Thread.currentThread().isInterrupted()).isTrue();
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    /** F12: an interrupt that arrives inside a call, and what other threads see of it. */
    @Test
    @Timeout(60)
    void interruptsDoNotCloseTheFile() throws Exception {
        byte[] block = new byte[8192];
        try (StorageFile file = storage().create("a")) {
            file.writeFully(ByteBuffer.wrap(block), 0);
            AtomicReference<Throwable> failure = new AtomicReference<>();
            CountDownLatch stop = new CountDownLatch(1);
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                int kind = i;
                Thread thread = new Thread(() -> {
                    try {
                        for (int n = 0; stop.getCount() > 0; n++) {
                            if (kind == 0) {
                                file.writeFully(ByteBuffer.wrap(block), 8192);
                                if (n % 16 == 0) {
                                    file.sync(false);
                                }
                            } else if (file.readFully(ByteBuffer.allocate(8192), 0) != 8192) {
                                throw new IOException("short");
                            }
                        }
                    } catch (Throwable e) {
                        failure.compareAndSet(null, e);
                    }
                });
                threads.add(thread);
                thread.start();
            }
            // The last one is never interrupted itself.
            for (int i = 0; i < 2000; i++) {
                threads.get(i % 2).interrupt();
                TimeUnit.MICROSECONDS.sleep(50);
            }
            stop.countDown();
            for (Thread thread : threads) {
                thread.join();
            }
            assertThat(failure.get()).isNull();
            assertThat(file.size()).isEqualTo(16384);
        }
    }

    /** F16: other spellings of one directory. */
    @Test
    void locksTheDirectoryNotItsPath() throws IOException {
        Path real = Files.createDirectory(directory.resolve("real"));
        Path link = Files.createSymbolicLink(directory.resolve("link"), real);
        try (DirectoryLock lock = NioStorage.at(link, false).lock()) {
            assertThat(lock).isNotNull();
            for (Path path : List.of(real, link, directory.resolve("real/../real/."))) {
                assertThatThrownBy(() -> NioStorage.at(path, false).lock())
                        .isInstanceOf(DirectoryInUseException.class)
                        .hasMessageContaining(path.toString());
            }
            NioStorage.at(directory, false).lock().close();
        }
        NioStorage.at(real, false).lock().close();
    }

    @Test
    void lockSurvivesAFullOrStalePid() throws IOException {
        Files.writeString(directory.resolve("PID"), "not a number");
        storage().lock().close();
        Files.createDirectories(directory.resolve("PID/x"));
        storage().lock().close();
    }

    /** F16, F11: another process has the directory, and is killed. */
    @Test
    @Timeout(60)
    void anotherProcessHoldsTheLock() throws Exception {
        Process child = fork();
        try {
            assertThat(child.inputReader().readLine()).isEqualTo("LOCKED");
            for (int i = 0; i < 2; i++) {
                assertThatThrownBy(() -> storage().lock())
                        .isInstanceOfSatisfying(
                                DirectoryInUseException.class,
                                e -> assertThat(e.holder()).hasValue(child.pid()));
            }
        } finally {
            child.destroyForcibly();
        }
        child.waitFor();
        storage().lock().close();
    }

    /** F16: nothing that this process does besides takes its lock away. */
    @Test
    @Timeout(60)
    void keepsTheLockAgainstOtherProcesses() throws Exception {
        try (DirectoryLock lock = storage().lock()) {
            assertThat(lock).isNotNull();
            assertThatThrownBy(() -> storage().lock()).isInstanceOf(DirectoryInUseException.class);
            assertThat(storage().list()).isEmpty();
            assertThat(storage().exists("LOCK")).isFalse();
            assertThat(fork().inputReader().readLine())
                    .isEqualTo("IN USE BY " + ProcessHandle.current().pid());
            // Even when the registry of the JVM is lost, the lock is not.
            List.copyOf(System.getProperties().stringPropertyNames()).stream()
                    .filter(name -> name.startsWith("io.daybook.storage.lock."))
                    .forEach(System::clearProperty);
            assertThatThrownBy(() -> storage().lock()).isInstanceOf(DirectoryInUseException.class);
            assertThat(fork().inputReader().readLine())
                    .isEqualTo("IN USE BY " + ProcessHandle.current().pid());
        }
        Process child = fork();
        assertThat(child.inputReader().readLine()).isEqualTo("LOCKED");
        child.outputWriter().close();
        assertThat(child.waitFor()).isZero();
    }

    private Process fork() throws Exception {
        String classes = Path.of(LockHolder.class
                        .getProtectionDomain()
                        .getCodeSource()
                        .getLocation()
                        .toURI())
                + System.getProperty("path.separator")
                + Path.of(NioStorage.class
                        .getProtectionDomain()
                        .getCodeSource()
                        .getLocation()
                        .toURI());
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xshare:auto",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        classes,
                        LockHolder.class.getName(),
                        directory.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    /** Takes the lock and keeps it until its input ends. */
    static final class LockHolder {
        private LockHolder() {}

        public static void main(String[] args) throws IOException {
            try (DirectoryLock lock = NioStorage.at(Path.of(args[0]), false).lock()) {
                System.out.println(lock == null ? "NONE" : "LOCKED");
                while (System.in.read() >= 0) {
                    // Nothing is expected but the end.
                }
            } catch (DirectoryInUseException e) {
                System.out.println("IN USE BY " + e.holder().orElse(-1));
            }
        }
    }

    @Test
    void aFullDeviceIsKnownInTheLanguageOfTheSystem() throws IOException {
        Path full = Path.of("/dev/full");
        assumeTrue(Files.exists(full), "there is no /dev/full");
        try (StorageFile file = NioFile.open(full, Set.of(StandardOpenOption.WRITE))) {
            assertThatThrownBy(() -> file.writeAt(ByteBuffer.allocate(10), 0)).isInstanceOf(NoSpaceException.class);
        }
    }
}
