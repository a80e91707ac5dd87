package io.daybook.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SimStorageTest extends StorageContract {
    private final SimStorage sim = SimStorage.create(1);

    @Override
    Storage storage() {
        return sim;
    }

    /** F10. */
    @Test
    void shortWritesAndReadsAreContinued() throws IOException {
        sim.failAt(1, StorageFault.SHORT_WRITE, true);
        sim.failAt(1, StorageFault.SHORT_READ, true);
        try (StorageFile file = sim.create("a")) {
            assertThat(file.writeAt(bytes("0123456789"), 0)).isBetween(1, 9);
            file.writeFully(bytes("0123456789"), 0);
            ByteBuffer read = ByteBuffer.allocate(10);
            assertThat(file.readAt(read, 0)).isBetween(1, 9);
            read.clear();
            assertThat(file.readFully(read, 0)).isEqualTo(10);
            assertThat(read.flip()).isEqualTo(bytes("0123456789"));
        }
        assertThat(sim.faultsFired()).isGreaterThan(3);
    }

    @Test
    void faultHitsTheFirstFittingOperationOnce() throws IOException {
        put("a", "x");
        try (StorageFile file = sim.open("a", Storage.Access.WRITE)) {
            long next = sim.operations() + 1;
            sim.failAt(next + 2, StorageFault.EIO_WRITE, false);
            file.writeFully(bytes("1"), 0);
            file.writeFully(bytes("2"), 0);
            file.readFully(ByteBuffer.allocate(1), 0);
            assertThatThrownBy(() -> file.writeFully(bytes("3"), 0))
                    .isExactlyInstanceOf(IOException.class)
                    .hasMessageContaining("a: write of 1 bytes at 0");
            assertThat(sim.lastFaultAt()).isEqualTo(next + 3);
            file.writeFully(bytes("4"), 0);
        }
        assertThat(text("a")).isEqualTo("4");
        assertThat(sim.faultsFired()).isEqualTo(1);
    }

    @Test
    void stickyFaultEndsWhenCleared() throws IOException {
        put("a", "x");
        put("b", "y");
        sim.failAt(0, StorageFault.EIO_READ, true, "a"::equals);
        assertThatThrownBy(() -> text("a")).hasMessageContaining("Input/output error");
        assertThatThrownBy(() -> text("a")).hasMessageContaining("Input/output error");
        assertThat(text("b")).isEqualTo("y");
        sim.clearFaults();
        assertThat(text("a")).isEqualTo("x");
    }

    /** F7. */
    @Test
    void everyKindOfFullDisk() throws IOException {
        put("a", "x");
        try (StorageFile file = sim.open("a", Storage.Access.WRITE)) {
            sim.failAt(0, StorageFault.NO_SPACE_WRITE, false);
            assertThatThrownBy(() -> file.writeFully(bytes("1"), 0)).isInstanceOf(NoSpaceException.class);
            sim.failAt(0, StorageFault.NO_SPACE_SYNC, false);
            assertThatThrownBy(() -> file.sync(false)).isInstanceOf(NoSpaceException.class);
        }
        sim.failAt(0, StorageFault.NO_SPACE_CREATE, true);
        assertThatThrownBy(() -> sim.create("b")).isInstanceOf(NoSpaceException.class);
        assertThatThrownBy(() -> sim.rename("a", "b")).isInstanceOf(NoSpaceException.class);
        assertThatThrownBy(() -> sim.directory("d", true)).isInstanceOf(NoSpaceException.class);
        sim.clearFaults();
        sim.failAt(0, StorageFault.TOO_MANY_FILES, false);
        assertThatThrownBy(() -> sim.open("a", Storage.Access.READ)).hasMessageContaining("Too many open files");
        assertThat(sim.list()).containsExactly("a");
        assertThat(text("a")).isEqualTo("x");
    }

    @Test
    void capacityIsShortWriteThenNoSpace() throws IOException {
        sim.capacityBytes(3 * 4096);
        try (StorageFile file = sim.create("a")) {
            file.truncate(1 << 20);
            assertThat(sim.freeBytes()).isEqualTo(3 * 4096);
            assertThat(file.writeAt(ByteBuffer.allocate(4 * 4096), 100)).isEqualTo(3 * 4096 - 100);
            assertThat(sim.freeBytes()).isZero();
            assertThatThrownBy(() -> file.writeAt(ByteBuffer.allocate(1), 5 * 4096))
                    .isInstanceOf(NoSpaceException.class);
            file.writeFully(ByteBuffer.allocate(4096), 4096);
            file.truncate(4096);
            assertThat(sim.freeBytes()).isEqualTo(2 * 4096);
        }
        sim.delete("a");
        assertThat(sim.freeBytes()).isEqualTo(sim.totalBytes());
    }

    @Test
    void knowsOpenFilesAndLocks() throws IOException {
        StorageFile first = sim.create("a");
        StorageFile second = sim.directory("d", true).create("b");
        DirectoryLock lock = sim.lock();
        assertThat(sim.openFiles()).containsExactly("a", "d/b");
        assertThat(sim.locks()).isEqualTo(1);
        first.close();
        second.close();
        lock.close();
        assertThat(sim.openFiles()).isEmpty();
        assertThat(sim.locks()).isZero();
    }

    @Test
    void hooksSeeOperationsAndSyncs() throws IOException {
        List<String> seen = new ArrayList<>();
        sim.onOperation((number, op, path) -> seen.add(number + op.name() + path));
        sim.onSync(path -> seen.add("synced " + path));
        sim.tracing(true);
        try (StorageFile file = sim.create("a")) {
            file.writeFully(bytes("abc"), 7);
            file.sync(false);
        }
        sim.syncDirectory();
        assertThat(seen).containsExactly("1CREATEa", "2WRITEa", "3SYNCa", "synced a", "4SYNC_DIRECTORY/", "synced /");
        assertThat(sim.trace()).containsExactly("#1 CREATE a", "#2 WRITE a 7+3", "#3 SYNC a", "#4 SYNC_DIRECTORY /");
    }

    @Test
    void interferenceIsDurable() throws IOException {
        Storage inner = sim.directory("d", true);
        put(inner, "a", "abc");
        sim.corrupt("d/a", 1, 0x20);
        assertThat(text(inner, "a")).isEqualTo("aBc");
        sim.put("d/b", new byte[] {'x'});
        sim.remove("d/a");
        SimStorage after = sim.crash(Power.NOTHING);
        assertThat(after.files()).containsExactly("d/b");
        assertThat(after.content("d/b")).containsExactly('x');
        assertThatThrownBy(() -> after.corrupt("d/b", 1, 1)).isInstanceOf(IOException.class);
    }

    @Test
    void copiesTrees() throws IOException {
        Storage inner = sim.directory("d", true);
        put(sim, "a", "1");
        put(inner, "b", "2");
        SimStorage backup = SimStorage.create(2);
        backup.put("old", new byte[1]);
        backup.copyFrom(sim);
        try (StorageFile file = inner.open("b", Storage.Access.WRITE)) {
            file.writeFully(bytes("changed"), 0);
        }
        SimStorage after = backup.crash(Power.NOTHING);
        assertThat(after.files()).containsExactly("a", "d/b");
        assertThat(text(after.directory("d", false), "b")).isEqualTo("2");
    }

    @Test
    void countsOverAnyStorage() throws IOException {
        CountingStorage counting = CountingStorage.over(sim);
        put(counting.directory("d", true), "a", "abc");
        assertThat(text(counting.directory("d", false), "a")).isEqualTo("abc");
        counting.syncDirectory();
        assertThat(counting.writtenBytes()).isEqualTo(3);
        assertThat(counting.readBytes()).isEqualTo(3);
        assertThat(counting.syncs()).isEqualTo(2);
        assertThat(counting.count(StorageOp.CREATE)).isEqualTo(1);
        assertThat(counting.count(StorageOp.WRITE)).isEqualTo(1);
    }
}
