package io.daybook.engine.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.daybook.index.IndexBatch;
import io.daybook.index.IndexException;
import io.daybook.index.IndexOptions;
import io.daybook.index.LocationIndex;
import io.daybook.index.RocksLocationIndex;
import io.daybook.storage.NioStorage;
import io.daybook.storage.SimStorage;
import io.daybook.storage.Storage;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A flipped bit in the manifest of RocksDB is damage, and no open that never returns. */
@Tag("F9")
class RocksManifestTest {
    private static final IndexOptions OPTIONS = IndexOptions.defaults().withMemoryBytes(12 << 20);
    private static final Duration OPEN_MAX = Duration.ofSeconds(30);

    @TempDir
    Path directory;

    private Path manifest;
    private byte[] whole;

    @BeforeEach
    void make() throws IOException {
        for (int i = 0; i < 3; i++) {
            RocksLocationIndex index = (RocksLocationIndex) open(OPTIONS);
            try (IndexBatch batch = index.newBatch()) {
                batch.put(1, 1, i, 7, 4096, 100);
                index.write(batch);
            }
            index.compact();
            index.close();
        }
        try (Stream<Path> files = Files.list(directory.resolve("index"))) {
            manifest = files.filter(file -> file.getFileName().toString().startsWith("MANIFEST-"))
                    .findFirst()
                    .orElseThrow();
        }
        whole = Files.readAllBytes(manifest);
    }

    private LocationIndex open(IndexOptions options) throws IOException {
        return new RocksIndexStore(NioStorage.at(directory, false), directory, options, "manifest").open();
    }

    /** Where the records have their types. */
    private List<Integer> types() {
        List<Integer> types = new ArrayList<>();
        for (int at = 0; at + 7 <= whole.length; ) {
            types.add(at + 6);
            at += 7 + (whole[at + 4] & 0xFF) + ((whole[at + 5] & 0xFF) << 8);
        }
        return types;
    }

    private void write(int at, int value) throws IOException {
        byte[] damaged = whole.clone();
        damaged[at] = (byte) value;
        Files.write(manifest, damaged);
    }

    @Test
    void aRecordOfARecycledLogIsDamage() throws IOException {
        assertTrue(types().size() > 3, "records: " + types().size());
        Storage index = NioStorage.at(directory, false).directory("index", false);
        for (int at : types()) {
            for (int type : new int[] {5, 6, 7, 8, 11, 131}) {
                write(at, type);
                for (boolean readOnly : new boolean[] {true, false}) {
                    IndexException e = assertThrows(
                            IndexException.class, () -> RocksManifest.check(index), "type " + type + " at " + at);
                    assertEquals(IndexException.Kind.DAMAGED, e.kind());
                    assertTrue(e.getMessage().contains("at " + (at - 6) + " of " + manifest), e.getMessage());
                    IndexOptions options = readOnly ? OPTIONS.withReadOnly(true) : OPTIONS;
                    e = assertThrows(
                            IndexException.class,
                            () -> assertTimeoutPreemptively(
                                    OPEN_MAX, () -> open(options).close()));
                    assertEquals(IndexException.Kind.DAMAGED, e.kind());
                }
            }
        }
        Files.write(manifest, whole);
        open(OPTIONS).close();
    }

    @Test
    void everyBitOfAHeaderEndsInAnAnswer() throws IOException {
        int refused = 0;
        for (int type : types()) {
            for (int bit = 0; bit < 56; bit++) {
                int at = type - 6 + bit / 8;
                write(at, whole[at] ^ 1 << bit % 8);
                refused += assertTimeoutPreemptively(OPEN_MAX, this::refused, "bit " + bit + " of " + at) ? 1 : 0;
            }
        }
        assertTrue(refused > types().size() * 40, "refused: " + refused + " of " + types().size() * 56);
    }

    private boolean refused() throws IOException {
        try {
            open(OPTIONS.withReadOnly(true)).close();
            return false;
        } catch (IndexException e) {
            return true;
        }
    }

    /** An index can be built anew, so a block that the device cannot read must not end the open of a store. */
    @ParameterizedTest
    @ValueSource(strings = {"CURRENT", "MANIFEST-000001"})
    void whatCannotBeReadIsDamage(String file) throws IOException {
        SimStorage index = SimStorage.create(1);
        index.put("CURRENT", "MANIFEST-000001\n".getBytes(StandardCharsets.ISO_8859_1));
        index.put("MANIFEST-000001", new byte[1000]);
        RocksManifest.check(index);
        index.spoil(file, 0, 512);
        IndexException e = assertThrows(IndexException.class, () -> RocksManifest.check(index));
        assertEquals(IndexException.Kind.DAMAGED, e.kind());
        assertTrue(e.getMessage().contains(file + " cannot be read"), e.getMessage());
    }

    /** As with too many open files: nobody has looked, so RocksDB must not be let at it, and nothing says that it is damaged. */
    @ParameterizedTest
    @ValueSource(strings = {"CURRENT", "MANIFEST-"})
    void whatCannotBeOpenedFailsTheOpen(String file) throws IOException {
        Storage index = NioStorage.at(directory, false).directory("index", false);
        Storage exhausted = (Storage) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {Storage.class}, (proxy, method, args) -> {
                    if (method.getName().equals("open") && ((String) args[0]).startsWith(file)) {
                        throw new FileSystemException((String) args[0], null, "Too many open files");
                    }
                    return method.invoke(index, args);
                });
        IndexException e = assertThrows(IndexException.class, () -> RocksManifest.check(exhausted));
        assertEquals(IndexException.Kind.FAILED, e.kind());
        assertTrue(e.getMessage().contains("cannot be opened"), e.getMessage());
        assertTrue(e.getMessage().contains("Too many open files"), e.getMessage());
    }

    @Test
    void somethingElseInItsPlaceIsLeftToRocksDb() throws IOException {
        Storage index = NioStorage.at(directory, false).directory("index", false);
        Path current = directory.resolve("index/CURRENT");
        byte[] name = Files.readAllBytes(current);
        Files.delete(manifest);
        RocksManifest.check(index);
        assertThrows(IndexException.class, () -> open(OPTIONS));
        Files.createDirectory(manifest);
        RocksManifest.check(index);
        assertThrows(IndexException.class, () -> open(OPTIONS));
        Files.delete(current);
        Files.createDirectory(current);
        RocksManifest.check(index);
        assertThrows(IndexException.class, () -> open(OPTIONS));
        Files.delete(current);
        Files.write(current, name);
        NioStorage.at(directory, false).delete("index");
        RocksManifest.check(index);
        Files.write(directory.resolve("index"), name);
        RocksManifest.check(index);
        assertThrows(IOException.class, () -> open(OPTIONS));
        assertThrows(IndexException.class, () -> open(OPTIONS.withReadOnly(true)));
    }
}
