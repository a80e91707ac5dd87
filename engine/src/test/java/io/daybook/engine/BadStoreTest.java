package io.daybook.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.daybook.engine.RealStores.Facts;
import io.daybook.testing.Command;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.StringAppendOperator;

/** Directories that are in use, no store, of a newer format or incomplete: a named error, and nothing is changed. */
@Timeout(120)
class BadStoreTest {

    @TempDir
    Path temporary;

    private Path store() {
        Path store = temporary.resolve("store");
        try (LedgerEngine engine = RealStores.open(store)) {
            new RealStores.History(3, 5, 200).write(engine, 60);
        }
        return store;
    }

    private static TreeMap<Long, Facts> factsOf(EngineConfig config) {
        try (LedgerEngine engine = LedgerEngine.open(config)) {
            return RealStores.facts(engine);
        }
    }

    private static TreeMap<Long, Facts> factsOf(Path store) {
        return factsOf(RealStores.small(store).build());
    }

    @Test
    void aStoreOpensOnceAtATime() throws Exception {
        Path store = store();
        TreeMap<Long, Facts> before = factsOf(store);
        Path link = temporary.resolve("link");
        Files.createSymbolicLink(link, store);
        Path deepLink = temporary.resolve("deep");
        Files.createSymbolicLink(deepLink, temporary);
        long pid = ProcessHandle.current().pid();
        try (LedgerEngine engine = RealStores.open(store)) {
            List<Path> spellings = List.of(
                    store,
                    store.resolve("."),
                    store.resolve("../store"),
                    Path.of(store + "/"),
                    link,
                    deepLink.resolve("store"),
                    Path.of("").toAbsolutePath().relativize(store));
            for (int round = 0; round < 2; round++) {
                for (Path spelling : spellings) {
                    assertThatThrownBy(() -> RealStores.open(spelling))
                            .as("%s", spelling)
                            .isInstanceOf(DirectoryLockedException.class)
                            .hasMessageContaining(Long.toString(pid))
                            .satisfies(e -> assertThat(((DirectoryLockedException) e).holder())
                                    .hasValue(pid));
                }
                assertThatThrownBy(
                                () -> StoreTools.verify(RealStores.small(store).build(), (what, done, total) -> {}))
                        .isInstanceOf(DirectoryLockedException.class);
                assertThatThrownBy(() ->
                                StoreTools.rebuildIndex(RealStores.small(store).build(), (what, done, total) -> {}))
                        .isInstanceOf(DirectoryLockedException.class);
                // To look does no harm, and does not give the lock away.
                StoreTools.inspect(RealStores.small(store).build());
                assertThat(RealStores.openInOtherJvm(store)).contains("locked by " + pid + ": ");
            }
            // A journal elsewhere that is the journal of an open store.
            assertThatThrownBy(() -> LedgerEngine.open(RealStores.small(temporary.resolve("thief"))
                            .journalDirectory(store.resolve("journal"))
                            .build()))
                    .isInstanceOf(LedgerException.class);
            assertThat(RealStores.facts(engine)).isEqualTo(before);
        }
        assertThat(factsOf(link)).isEqualTo(before);
        assertThat(RealStores.openInOtherJvm(store)).contains("opened ");
    }

    @Test
    void whatIsNoStoreStaysAsItIs() throws IOException {
        Path foreign = temporary.resolve("foreign");
        Files.createDirectories(foreign);
        Files.writeString(foreign.resolve("letter.txt"), "dear");
        Path file = temporary.resolve("file");
        Files.writeString(file, "no directory");
        List<String> before = RealStores.listing(temporary);
        for (Path path : List.of(foreign, file, file.resolve("below"))) {
            for (boolean readOnly : new boolean[] {false, true}) {
                assertThatThrownBy(() -> LedgerEngine.open(
                                RealStores.small(path).readOnly(readOnly).build()))
                        .as("%s, read-only %s", path, readOnly)
                        .isInstanceOf(NotAStoreException.class)
                        .hasMessageContaining(path.toString());
            }
        }
        assertThat(RealStores.listing(temporary)).isEqualTo(before);
    }

    @Test
    void aMissingDirectoryIsMadeByWritersOnly() throws IOException {
        Path missing = temporary.resolve("not/there/yet");
        assertThatThrownBy(() -> LedgerEngine.open(
                        RealStores.small(missing).readOnly(true).build()))
                .isInstanceOf(NotAStoreException.class);
        assertThat(temporary.resolve("not")).doesNotExist();
        try (LedgerEngine engine = RealStores.open(missing)) {
            engine.append(1, RealStores.bytes("a")).join();
        }
        assertThat(factsOf(missing)).hasSize(1);
    }

    /** Makes a directory one that nobody may write to, root included; false if this system does not let us. */
    private static boolean protect(Path directory, boolean on) throws IOException {
        directory.toFile().setWritable(!on);
        // Where there is no such tool, the permissions must do.
        Command.run(Duration.ofSeconds(60), List.of("chattr", "-R", on ? "+i" : "-i", directory.toString()));
        if (!on) {
            return true;
        }
        try {
            Files.delete(Files.createFile(directory.resolve("probe")));
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    @Test
    void aStoreThatCannotBeWrittenIsNamedAndReads() throws Exception {
        Path store = store();
        TreeMap<Long, Facts> before = factsOf(store);
        List<String> listing = RealStores.listing(store);
        try {
            assumeTrue(protect(store, true), "SKIPPED: this user may write to read-only directories");
            assertThatThrownBy(() -> RealStores.open(store))
                    .isInstanceOf(LedgerException.class)
                    .hasMessageContaining(store.toString());
            assertThatThrownBy(() -> RealStores.open(store.resolve("below")))
                    .isInstanceOf(LedgerException.class)
                    .hasMessageContaining(store.toString());
            assertThat(factsOf(RealStores.small(store).readOnly(true).build())).isEqualTo(before);
            assertThat(RealStores.listing(store)).isEqualTo(listing);
        } finally {
            protect(store, false);
        }
        assertThat(factsOf(store)).isEqualTo(before);
    }

    private static int crc(byte[] bytes, int from, int to) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, from, to - from);
        return (int) crc.getValue();
    }

    /** Sets the version in a header and its checksum. */
    private static void setVersion(Path file, int checksumAt) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(in.getInt(8)).isEqualTo(1);
        assertThat(in.getInt(checksumAt)).isEqualTo(crc(bytes, 0, checksumAt));
        in.putInt(8, 2);
        in.putInt(checksumAt, crc(bytes, 0, checksumAt));
        Files.write(file, bytes);
    }

    /** A change to a store. */
    @FunctionalInterface
    private interface Change {
        void to(Path store) throws IOException;
    }

    private void newerFormat(Change change) throws IOException {
        Path store = store();
        change.to(store);
        List<Path> files = RealStores.files(store);
        List<byte[]> before = files.stream().map(BadStoreTest::read).toList();
        for (boolean readOnly : new boolean[] {false, true}) {
            assertThatThrownBy(() -> LedgerEngine.open(
                            RealStores.small(store).readOnly(readOnly).build()))
                    .as("read-only %s", readOnly)
                    .isInstanceOf(UnsupportedFormatException.class)
                    .hasMessageContaining("version 2")
                    .hasMessageContaining("knows 1")
                    .hasMessageContaining(store.toString());
        }
        assertThat(RealStores.files(store)).isEqualTo(files);
        for (int i = 0; i < before.size(); i++) {
            assertThat(read(files.get(i))).as("%s", files.get(i)).isEqualTo(before.get(i));
        }
    }

    private static byte[] read(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void aNewerStoreFileIsRefused() throws IOException {
        newerFormat(store -> setVersion(store.resolve("STORE"), 36));
    }

    @Test
    void aNewerManifestIsRefused() throws IOException {
        newerFormat(store -> {
            setVersion(store.resolve("manifest-1"), 32);
            setVersion(store.resolve("manifest-2"), 32);
        });
    }

    @Test
    void aNewerSegmentIsRefused() throws IOException {
        newerFormat(store -> {
            for (Path file : RealStores.files(store)) {
                if (RealStores.isSegment(file)) {
                    setVersion(file, 60);
                }
            }
            RealStores.delete(store.resolve("index"));
        });
    }

    @Test
    void aNewerSegmentIsRefusedByTheReadThatNeedsIt() throws IOException {
        Path store = store();
        for (Path file : RealStores.files(store)) {
            if (RealStores.isSegment(file)) {
                setVersion(file, 60);
            }
        }
        try (LedgerEngine engine = RealStores.open(store)) {
            assertThatThrownBy(() -> engine.readLast(1)).isInstanceOf(LedgerException.class);
        } catch (UnsupportedFormatException e) {
            assertThat(e).hasMessageContaining("version 2");
        }
    }

    @Test
    void aNewerIndexIsRebuilt() throws Exception {
        Path store = store();
        TreeMap<Long, Facts> before = factsOf(store);
        RocksDB.loadLibrary();
        try (StringAppendOperator append = new StringAppendOperator("");
                Options options = new Options().setMergeOperator(append);
                RocksDB index = RocksDB.open(options, store.resolve("index").toString())) {
            byte[] version = index.get(new byte[] {'f'});
            assertThat(version).isNotNull();
            byte[] newer = version.clone();
            for (int i = 0; i < newer.length; i++) {
                newer[i] = newer[i] == 1 ? 2 : newer[i];
            }
            assertThat(newer).isNotEqualTo(version);
            index.put(new byte[] {'f'}, newer);
        }
        assertThat(factsOf(RealStores.small(store).readOnly(true).build())).isEqualTo(before);
        assertThat(factsOf(store)).isEqualTo(before);
        assertThat(StoreTools.inspect(RealStores.small(store).build()).checkpointLsn())
                .isPresent();
    }

    @Test
    void aJournalThatIsMissingMovedOrOfAnotherStoreIsNamed() throws IOException {
        Path store = temporary.resolve("store");
        Path journal = temporary.resolve("fast/journal");
        EngineConfig config = RealStores.small(store).journalDirectory(journal).build();
        try (LedgerEngine engine = LedgerEngine.open(config)) {
            new RealStores.History(3, 5, 200).write(engine, 60);
        }
        TreeMap<Long, Facts> before = factsOf(config);
        Path moved = temporary.resolve("moved");
        Files.move(journal, moved);
        for (int i = 0; i < 2; i++) {
            refused(config, journal);
            refused(
                    RealStores.small(store)
                            .journalDirectory(journal)
                            .readOnly(true)
                            .build(),
                    journal);
        }
        // The setting was forgotten.
        refused(RealStores.small(store).build(), store);

        Path other = temporary.resolve("other");
        EngineConfig foreign = RealStores.small(other).build();
        try (LedgerEngine engine = LedgerEngine.open(foreign)) {
            engine.append(1, RealStores.bytes("other")).join();
        }
        refused(
                RealStores.small(store)
                        .journalDirectory(other.resolve("journal"))
                        .build(),
                other);
        refused(RealStores.small(other).journalDirectory(moved).build(), moved);
        // The root directory in place of the journal.
        refused(RealStores.small(store).journalDirectory(other).build(), other);

        assertThat(factsOf(RealStores.small(store).journalDirectory(moved).build()))
                .isEqualTo(before);
        RealStores.delete(journal);
        Files.move(moved, journal);
        assertThat(factsOf(config)).isEqualTo(before);
        assertThat(factsOf(foreign)).hasSize(1);
    }

    private static void refused(EngineConfig config, Path named) {
        assertThatThrownBy(() -> LedgerEngine.open(config))
                .isInstanceOf(CorruptStoreException.class)
                .hasMessageContaining(named.toString());
    }

    @Test
    void aMissingPartIsNamed() throws IOException {
        Path store = store();
        TreeMap<Long, Facts> before = factsOf(store);
        for (String part : List.of("STORE", "journal/STORE")) {
            Path file = store.resolve(part);
            byte[] bytes = Files.readAllBytes(file);
            Files.delete(file);
            refused(RealStores.small(store).build(), file);
            Files.write(file, bytes);
        }
        byte[] two = Files.readAllBytes(store.resolve("manifest-2"));
        Files.delete(store.resolve("manifest-1"));
        Files.delete(store.resolve("manifest-2"));
        assertThatThrownBy(() -> RealStores.open(store)).isInstanceOf(LedgerException.class);
        RealStores.copy(store.resolve("index"), temporary.resolve("index"));
        RealStores.delete(store.resolve("index"));
        refused(RealStores.small(store).build(), store);
        // One copy of the manifest is enough; the first change makes the other one anew.
        Files.write(store.resolve("manifest-2"), two);
        assertThat(factsOf(store)).isEqualTo(before);
        try (LedgerEngine engine = RealStores.open(store)) {
            engine.append(1000, RealStores.bytes("change")).join();
            before.put(1000L, RealStores.facts(engine).get(1000L));
        }
        assertThat(store.resolve("manifest-1")).exists();
        Files.delete(store.resolve("manifest-2"));
        assertThat(factsOf(store)).isEqualTo(before);

        for (Path file : RealStores.files(store)) {
            if (RealStores.isSegment(file)) {
                byte[] bytes = Files.readAllBytes(file);
                Files.delete(file);
                RealStores.delete(store.resolve("index"));
                refused(RealStores.small(store).build(), file);
                Files.write(file, bytes);
            }
        }
        assertThat(factsOf(store)).isEqualTo(before);
    }
}
