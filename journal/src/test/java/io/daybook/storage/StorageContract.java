package io.daybook.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What every {@link Storage} does alike. */
abstract class StorageContract {

    /** An empty directory, the same for the whole test. */
    abstract Storage storage() throws IOException;

    @Test
    void readsWhatWasWritten() throws IOException {
        try (StorageFile file = storage().create("a")) {
            file.writeFully(bytes("hello"), 0);
            file.writeFully(bytes("LP"), 3);
            assertThat(file.size()).isEqualTo(5);
            assertThat(file.name()).isEqualTo("a");
        }
        assertThat(text("a")).isEqualTo("helLP");
    }

    @Test
    void takesEveryKindOfBuffer() throws IOException {
        byte[] content = new byte[3_000_000];
        new Random(1).nextBytes(content);
        ByteBuffer direct =
                ByteBuffer.allocateDirect(content.length).put(content).flip();
        try (StorageFile file = storage().create("a")) {
            ByteBuffer heap = ByteBuffer.wrap(content).asReadOnlyBuffer();
            file.writeFully(heap, 0);
            assertThat(heap.position()).isEqualTo(heap.limit()).isEqualTo(content.length);
            file.writeFully(direct, content.length);
            file.writeFully(ByteBuffer.wrap(content, 10, 20).slice(), 2L * content.length);
            assertThat(file.size()).isEqualTo(2L * content.length + 20);

            ByteBuffer whole = ByteBuffer.allocate(content.length);
            assertThat(file.readFully(whole, content.length)).isEqualTo(content.length);
            assertThat(whole.array()).isEqualTo(content);
            ByteBuffer part = ByteBuffer.allocateDirect(100).position(50).limit(60);
            assertThat(file.readFully(part, 7)).isEqualTo(10);
            assertThat(part.limit()).isEqualTo(60);
            assertThat(part.get(50)).isEqualTo(content[7]);
        }
    }

    @Test
    void readsEndWithTheFile() throws IOException {
        try (StorageFile file = storage().create("a")) {
            assertThat(file.readAt(ByteBuffer.allocate(1), 0)).isEqualTo(-1);
            file.writeFully(bytes("abc"), 0);
            assertThat(file.readAt(ByteBuffer.allocate(1), 3)).isEqualTo(-1);
            assertThat(file.readAt(ByteBuffer.allocate(1), 1L << 40)).isEqualTo(-1);
            assertThat(file.readFully(ByteBuffer.allocate(10), 1)).isEqualTo(2);
            assertThat(file.readAt(ByteBuffer.allocate(0), 0)).isZero();
            assertThat(file.writeAt(ByteBuffer.allocate(0), 9)).isZero();
            assertThat(file.size()).isEqualTo(3);
        }
    }

    @Test
    void refusesNegativePositions() throws IOException {
        try (StorageFile file = storage().create("a")) {
            assertThatThrownBy(() -> file.readAt(ByteBuffer.allocate(1), -1))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> file.writeAt(ByteBuffer.allocate(1), -1))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> file.truncate(-1)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void gapsReadAsZeros() throws IOException {
        try (StorageFile file = storage().create("a")) {
            file.writeFully(bytes("x"), 0);
            file.writeFully(bytes("y"), 10_000);
            ByteBuffer gap = ByteBuffer.allocate(10_001);
            assertThat(file.readFully(gap, 0)).isEqualTo(10_001);
            byte[] expected = new byte[10_001];
            expected[0] = 'x';
            expected[10_000] = 'y';
            assertThat(gap.array()).isEqualTo(expected);
        }
    }

    @Test
    void truncatesBothWays() throws IOException {
        try (StorageFile file = storage().create("a")) {
            file.writeFully(bytes("abcdef"), 0);
            file.truncate(6);
            file.truncate(2);
            assertThat(file.size()).isEqualTo(2);
            file.truncate(5);
            assertThat(file.size()).isEqualTo(5);
            file.truncate(1L << 30);
            assertThat(file.size()).isEqualTo(1L << 30);
            ByteBuffer read = ByteBuffer.allocate(6);
            file.readFully(read, 0);
            assertThat(read.array()).containsExactly('a', 'b', 0, 0, 0, 0);
            file.truncate(0);
            assertThat(file.size()).isZero();
        }
    }

    @Test
    void syncsFilesAndDirectories() throws IOException {
        try (StorageFile file = storage().create("a")) {
            file.sync(false);
            file.writeFully(bytes("abc"), 0);
            file.sync(true);
            file.sync(false);
        }
        storage().syncDirectory();
        try (StorageFile file = storage().open("a", Storage.Access.READ)) {
            file.sync(false);
        }
        assertThat(text("a")).isEqualTo("abc");
    }

    @Test
    void createRefusesWhatExists() throws IOException {
        put("a", "1");
        assertThatThrownBy(() -> storage().create("a")).isInstanceOf(FileAlreadyExistsException.class);
        storage().directory("d", true);
        assertThatThrownBy(() -> storage().create("d")).isInstanceOf(FileAlreadyExistsException.class);
        assertThatThrownBy(() -> storage().directory("a", true)).isInstanceOf(FileAlreadyExistsException.class);
        assertThat(text("a")).isEqualTo("1");
    }

    @Test
    void openNeedsAFile() throws IOException {
        storage().directory("d", true);
        for (Storage.Access access : Storage.Access.values()) {
            assertThatThrownBy(() -> storage().open("a", access)).isInstanceOf(NoSuchFileException.class);
            assertThatThrownBy(() -> storage().open("d", access)).isInstanceOf(FileSystemException.class);
        }
    }

    @Test
    void readAccessDoesNotWrite() throws IOException {
        put("a", "abc");
        try (StorageFile file = storage().open("a", Storage.Access.READ)) {
            assertThatThrownBy(() -> file.writeAt(bytes("x"), 0)).isInstanceOf(NonWritableChannelException.class);
            assertThatThrownBy(() -> file.truncate(1)).isInstanceOf(NonWritableChannelException.class);
            assertThatThrownBy(() -> file.truncate(9)).isInstanceOf(NonWritableChannelException.class);
        }
        try (StorageFile file = storage().open("a", Storage.Access.WRITE)) {
            file.writeFully(bytes("x"), 0);
        }
        assertThat(text("a")).isEqualTo("xbc");
    }

    @Test
    void closedFileRefusesAll() throws IOException {
        StorageFile file = storage().create("a");
        file.close();
        file.close();
        assertThatThrownBy(() -> file.writeAt(bytes("x"), 0)).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(() -> file.readAt(ByteBuffer.allocate(1), 0)).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(() -> file.sync(false)).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(() -> file.truncate(0)).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(file::size).isInstanceOf(ClosedChannelException.class);
    }

    @Test
    void renameReplacesFiles() throws IOException {
        put("a", "new");
        put("b", "old");
        storage().rename("a", "b");
        assertThat(storage().list()).containsExactly("b");
        assertThat(text("b")).isEqualTo("new");
        storage().rename("b", "b");
        assertThat(text("b")).isEqualTo("new");
        assertThatThrownBy(() -> storage().rename("a", "c")).isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void renameMovesDirectories() throws IOException {
        put(storage().directory("d", true), "a", "inside");
        storage().rename("d", "e");
        assertThat(text(storage().directory("e", false), "a")).isEqualTo("inside");
        put("f", "file");
        assertThatThrownBy(() -> storage().rename("f", "e")).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> storage().rename("e", "f")).isInstanceOf(IOException.class);
        assertThat(storage().list()).containsExactly("e", "f");
    }

    @Test
    void handlesOutliveNames() throws IOException {
        try (StorageFile file = storage().create("a")) {
            file.writeFully(bytes("abc"), 0);
            storage().rename("a", "b");
            put("a", "other");
            file.writeFully(bytes("X"), 0);
            assertThat(text("b")).isEqualTo("Xbc");
            storage().delete("b");
            file.writeFully(bytes("Y"), 1);
            ByteBuffer read = ByteBuffer.allocate(3);
            file.readFully(read, 0);
            assertThat(new String(read.array(), StandardCharsets.US_ASCII)).isEqualTo("XYc");
        }
        assertThat(text("a")).isEqualTo("other");
    }

    @Test
    void deletesFilesAndTrees() throws IOException {
        put("a", "1");
        Storage inner = storage().directory("d", true).directory("e", true);
        put(inner, "b", "2");
        storage().delete("a");
        storage().delete("d");
        assertThat(storage().list()).isEmpty();
        assertThat(inner.list()).isEmpty();
        assertThatThrownBy(() -> storage().delete("a")).isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void listsSorted() throws IOException {
        for (String name : new String[] {"c", "a", "B", "10", "9"}) {
            put(name, "");
        }
        storage().directory("b", true);
        assertThat(storage().list()).containsExactly("10", "9", "B", "a", "b", "c");
        assertThat(storage().exists("a")).isTrue();
        assertThat(storage().exists("b")).isTrue();
        assertThat(storage().exists("x")).isFalse();
    }

    @Test
    void directoryNeedNotExist() throws IOException {
        Storage missing = storage().directory("d", false);
        assertThat(storage().exists("d")).isFalse();
        assertThat(missing.list()).isEmpty();
        assertThat(missing.exists("a")).isFalse();
        assertThatThrownBy(() -> missing.create("a")).isInstanceOf(NoSuchFileException.class);
        assertThatThrownBy(() -> missing.open("a", Storage.Access.READ)).isInstanceOf(NoSuchFileException.class);
        assertThatThrownBy(() -> missing.delete("a")).isInstanceOf(NoSuchFileException.class);
        assertThatThrownBy(missing::syncDirectory).isInstanceOf(NoSuchFileException.class);
        assertThatThrownBy(missing::lock).isInstanceOf(NoSuchFileException.class);
        assertThatThrownBy(missing::freeBytes).isInstanceOf(NoSuchFileException.class);
        assertThatThrownBy(() -> missing.directory("e", true)).isInstanceOf(NoSuchFileException.class);

        Storage made = storage().directory("d", true);
        put(made, "a", "1");
        assertThat(text(storage().directory("d", true), "a")).isEqualTo("1");
        assertThat(missing.list()).containsExactly("a");
        assertThat(made.description()).endsWith("d");
    }

    @Test
    void takesOnlySingleElementsAsNames() {
        for (String name : new String[] {"", ".", "..", "a/b", "/a", "a\0b", "LOCK", "PID"}) {
            assertThatThrownBy(() -> storage().create(name)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> storage().open(name, Storage.Access.READ))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> storage().delete(name)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> storage().rename(name, "x")).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> storage().rename("x", name)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> storage().directory(name, true)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    /** F16. */
    @Test
    void locksOnce() throws IOException {
        DirectoryLock lock = storage().lock();
        long self = ProcessHandle.current().pid();
        assertThatThrownBy(() -> storage().lock())
                .isInstanceOfSatisfying(
                        DirectoryInUseException.class,
                        e -> assertThat(e.holder()).hasValue(self))
                .hasMessageContaining(storage().description());
        assertThat(storage().list()).isEmpty();
        assertThat(storage().exists("LOCK")).isFalse();
        storage().directory("d", true).lock().close();
        lock.close();
        try (DirectoryLock again = storage().lock()) {
            lock.close();
            assertThatThrownBy(() -> storage().lock()).isInstanceOf(DirectoryInUseException.class);
            assertThat(again).isNotSameAs(lock);
        }
        assertThat(storage().list()).containsExactly("d");
    }

    @Test
    void knowsItsRoom() throws IOException {
        assertThat(storage().totalBytes()).isPositive();
        assertThat(storage().freeBytes()).isBetween(1L, storage().totalBytes());
        assertThat(storage().blockBytes()).isGreaterThanOrEqualTo(4096);
        assertThat(Integer.bitCount(storage().blockBytes())).isEqualTo(1);
    }

    void put(String name, String content) throws IOException {
        put(storage(), name, content);
    }

    String text(String name) throws IOException {
        return text(storage(), name);
    }

    static void put(Storage storage, String name, String content) throws IOException {
        try (StorageFile file = storage.create(name)) {
            file.writeFully(bytes(content), 0);
        }
    }

    static String text(Storage storage, String name) throws IOException {
        try (StorageFile file = storage.open(name, Storage.Access.READ)) {
            ByteBuffer all = ByteBuffer.allocate((int) file.size());
            file.readFully(all, 0);
            return new String(all.array(), StandardCharsets.US_ASCII);
        }
    }

    static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
    }
}
