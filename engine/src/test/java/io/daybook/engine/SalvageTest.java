package io.daybook.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.daybook.engine.RealStores.Facts;
import io.daybook.engine.RealStores.FramePlace;
import io.daybook.engine.RealStores.RecordPlace;
import io.daybook.journal.JournalSalvage;
import io.daybook.storage.NioStorage;
import io.daybook.storage.Storage;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is taken out of a damaged store: everything that can be read, and the rest is named. Faults F9, F17. */
@Timeout(300)
class SalvageTest {
    private static final int LEDGERS = 30;
    private static final int SEGMENTS_MIN = 5;
    private static final int LEDGER_RECORD = 8;
    private static final int DAMAGES = 40;
    private static final int HEADER_DAMAGES = 6;

    @TempDir(factory = RealStores.InMemory.class)
    static Path temporary;

    private static Path original;
    private static TreeMap<Long, Facts> truth;
    private static List<Path> segments;
    private static long seed;
    private static int stores;

    @BeforeAll
    static void makeStore() throws IOException {
        seed = RealStores.seed("SalvageTest");
        original = temporary.resolve("original");
        RealStores.History history = new RealStores.History(seed, LEDGERS, 900);
        try (LedgerEngine engine = RealStores.open(original)) {
            history.write(engine, 500);
            engine.flush();
            history.write(engine, 200);
        }
        try (LedgerEngine engine = RealStores.open(original)) {
            // As large as the history happens to be: places in many segments are damaged.
            do {
                history.write(engine, 100);
            } while (segments().size() <= SEGMENTS_MIN);
            // Ledgers of which nothing is left but their state.
            engine.append(1000, 5, RealStores.bytes("gone")).join();
            engine.truncateAfter(1000, 4).join();
            engine.append(1001, 9, RealStores.bytes("gone")).join();
            engine.trimBefore(1001, 20).join();
            engine.fence(1001).join();
            engine.putMetadata(1002, RealStores.bytes("only metadata")).join();
            truth = RealStores.facts(engine);
        }
        segments = segments();
        assertThat(segments).hasSizeGreaterThanOrEqualTo(SEGMENTS_MIN);
    }

    private static List<Path> segments() throws IOException {
        return RealStores.files(original).stream()
                .filter(RealStores::isSegment)
                .map(original::relativize)
                .toList();
    }

    private static Path copy() throws IOException {
        Path copy = temporary.resolve("store-" + stores++);
        RealStores.copy(original, copy);
        return copy;
    }

    private static Path targetOf(Path store) {
        return store.resolveSibling(store.getFileName() + "-out");
    }

    /** Salvages, and sees to it that the source is as it was and the target verifies. */
    private static StoreTools.Salvage salvage(Path store) throws IOException {
        Map<Path, byte[]> before = bytes(store);
        StoreTools.Salvage salvage =
                StoreTools.salvage(RealStores.small(store).build(), targetOf(store), (what, done, total) -> {});
        Map<Path, byte[]> after = bytes(store);
        assertThat(after.keySet()).isEqualTo(before.keySet());
        before.forEach(
                (file, bytes) -> assertThat(after.get(file)).as("%s", file).isEqualTo(bytes));
        assertThat(StoreTools.verifyDeep(RealStores.small(targetOf(store)).build(), (what, done, total) -> {})
                        .damages())
                .isEmpty();
        assertThat(Path.of(salvage.report()))
                .isEqualTo(targetOf(store).resolveSibling(targetOf(store).getFileName() + ".salvage.txt"));
        String report = Files.readString(Path.of(salvage.report()));
        assertThat(report.lines().filter(line -> line.startsWith("lost: ")))
                .hasSize(salvage.losses().size());
        assertThat(report.lines().filter(line -> line.startsWith("uncertain: ")))
                .hasSize(salvage.uncertain().size());
        assertThat(report.contains("nothing is lost")).isEqualTo(salvage.complete());
        return salvage;
    }

    private static Map<Path, byte[]> bytes(Path store) throws IOException {
        Map<Path, byte[]> all = new TreeMap<>();
        for (Path file : RealStores.files(store)) {
            all.put(file, Files.readAllBytes(file));
        }
        return all;
    }

    private static TreeMap<Long, Facts> factsOf(Path store) {
        try (LedgerEngine engine = RealStores.open(store)) {
            return RealStores.facts(engine);
        }
    }

    private static void write(Path file, long offset, byte... bytes) throws IOException {
        try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
            out.seek(offset);
            out.write(bytes);
        }
    }

    private static void flip(Path file, long offset) throws IOException {
        write(file, offset, (byte) (Files.readAllBytes(file)[(int) offset] ^ 4));
    }

    @Test
    void aWholeStoreComesOutWhole() throws IOException {
        Path store = copy();
        StoreTools.Salvage salvage = salvage(store);
        assertThat(salvage.complete()).isTrue();
        assertThat(salvage.notes()).isEmpty();
        RealStores.assertSame(factsOf(targetOf(store)), truth);
        assertThat(salvage.entries())
                .isEqualTo(truth.values().stream().mapToLong(Facts::count).sum());
        try (LedgerEngine engine = RealStores.open(targetOf(store))) {
            assertThat(engine.append(1000, RealStores.bytes("next")).join()).isEqualTo(5);
        }
    }

    @Test
    void withoutTheIndexToo() throws IOException {
        Path store = copy();
        RealStores.delete(store.resolve("index"));
        StoreTools.Salvage salvage = salvage(store);
        assertThat(salvage.complete()).isTrue();
        assertThat(salvage.notes()).singleElement().asString().startsWith("the index was not used: ");
        RealStores.assertSame(factsOf(targetOf(store)), truth);
    }

    @Test
    void withoutAManifestToo() throws IOException {
        Path store = copy();
        write(store.resolve("manifest-1"), 0, new byte[600]);
        write(store.resolve("manifest-2"), 0, new byte[600]);
        assertThatThrownBy(() -> RealStores.open(store)).isInstanceOf(CorruptStoreException.class);
        StoreTools.Salvage salvage = salvage(store);
        assertThat(salvage.losses()).isEmpty();
        assertThat(salvage.notes())
                .anyMatch(note -> note.contains("the headers of the segment files were taken for it"));
        compareWithoutAManifest(salvage, store);

        Path missing = copy();
        Files.delete(missing.resolve("manifest-1"));
        Files.delete(missing.resolve("manifest-2"));
        compareWithoutAManifest(salvage(missing), missing);
    }

    /**
     * All is as it was. Where segments were given back while the store was made, which depends on the speed of the disk, only the
     * manifest knew as of when their table of ledgers speaks: then that is said, and every entry is there.
     */
    private static void compareWithoutAManifest(StoreTools.Salvage salvage, Path store) {
        TreeMap<Long, Facts> found = factsOf(targetOf(store));
        if (salvage.uncertain().isEmpty()) {
            RealStores.assertSame(found, truth);
            return;
        }
        assertThat(salvage.uncertain())
                .singleElement()
                .asString()
                .startsWith("all ledgers: what segments that were given back said");
        truth.forEach((ledgerId, facts) -> assertThat(found.get(ledgerId).entries())
                .as("ledger %s", ledgerId)
                .containsAllEntriesOf(facts.entries()));
    }

    @Test
    void anotherStoresMarkAndAMissingSegment() throws IOException {
        Path store = copy();
        flip(store.resolve("STORE"), 20);
        Path missing = store.resolve(segments.get(1));
        Files.delete(missing);
        assertThatThrownBy(() -> RealStores.open(store)).isInstanceOf(CorruptStoreException.class);
        StoreTools.Salvage salvage = salvage(store);
        assertThat(salvage.losses()).isNotEmpty().allMatch(loss -> loss.file().equals(missing.toString()));
        compare(store, salvage);
    }

    @Test
    void aTargetThatExistsIsRefused() throws IOException {
        Path store = copy();
        Files.createDirectory(targetOf(store));
        assertThatThrownBy(() ->
                        StoreTools.salvage(RealStores.small(store).build(), targetOf(store), (what, done, total) -> {}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(targetOf(store).toString());
        assertThatThrownBy(() -> StoreTools.salvage(
                        RealStores.small(temporary.resolve("nothing")).build(),
                        temporary.resolve("nowhere"),
                        (what, done, total) -> {}))
                .isInstanceOf(NotAStoreException.class);
        assertThat(temporary.resolve("nowhere")).doesNotExist();
    }

    /** With the index the state of ledgers is certain: exactly the damaged entries are lost. */
    @Test
    void theIndexMakesUpForDamageBelowItsCheckpoint() throws IOException {
        for (int i = 0; i < DAMAGES / 4; i++) {
            Path store = copy();
            Touched touched = damage(store, new Random(seed + i), false);
            StoreTools.Salvage salvage = salvage(store);
            assertThat(salvage.uncertain()).as("%s", touched).isEmpty();
            assertThat(lost(salvage)).as("%s", touched).isLessThanOrEqualTo(touched.entries());
            compare(store, salvage);
        }
    }

    /** Without it records are all there is; what is not told as lost or uncertain is as it was. */
    @Test
    void recordsAloneLoseWhatIsDamagedAndSaySo() throws IOException {
        int refused = 0;
        int damaged = 0;
        long lost = 0;
        int uncertain = 0;
        for (int i = 0; i < DAMAGES; i++) {
            Path store = copy();
            Touched touched = damage(store, new Random(seed + i), i % 4 == 0);
            RealStores.delete(store.resolve("index"));
            try {
                damaged += corrupt(copyOf(store)) > 0 ? 1 : 0;
            } catch (CorruptStoreException e) {
                refused++;
            }
            StoreTools.Salvage salvage = salvage(store);
            lost += lost(salvage);
            uncertain += salvage.uncertain().isEmpty() ? 0 : 1;
            assertThat(lost(salvage)).as("damage %s: %s", i, touched).isLessThanOrEqualTo(touched.entries());
            if (touched.entries() + touched.others() == 0 && !touched.tableEnd()) {
                // Records have checksums of their own: without its header nothing of a frame is lost.
                assertThat(salvage.uncertain()).as("damage %s: %s", i, touched).isEmpty();
                RealStores.assertSame(factsOf(targetOf(store)), truth);
            }
            if (touched.others() == 0 && touched.footer()) {
                assertThat(salvage.uncertain()).as("damage %s: %s", i, touched).isEmpty();
            }
            if (touched.tableEnd()) {
                // Nothing else says how many rows there were.
                assertThat(salvage.uncertain())
                        .as("damage %s: %s", i, touched)
                        .singleElement()
                        .asString()
                        .startsWith("all ledgers: what segments that were given back said");
            }
            compare(store, salvage);
            RealStores.delete(store);
            RealStores.delete(targetOf(store));
        }
        System.out.println("SalvageTest: " + refused + " of " + DAMAGES + " stores could not be opened, " + damaged
                + " named damaged entries; " + lost + " entries lost, " + uncertain
                + " times a ledger is uncertain");
        assertThat(lost).isPositive();
        assertThat(uncertain).isPositive();
    }

    /** Opens a store, in which contents of segments may stand for frames that are damaged: how many entries are named as such. */
    private int corrupt(Path store) {
        int corrupt = 0;
        try (LedgerEngine engine = RealStores.open(store)) {
            for (Map.Entry<Long, Facts> ledger : truth.entrySet()) {
                for (Map.Entry<Long, String> entry : ledger.getValue().entries().entrySet()) {
                    try {
                        ByteBuf read = engine.read(ledger.getKey(), entry.getKey());
                        assertThat(RealStores.text(read)).isEqualTo(entry.getValue());
                        read.release();
                    } catch (CorruptEntryException e) {
                        corrupt++;
                    }
                }
            }
        }
        return corrupt;
    }

    /** The last record of a frame and the header of the next one are lost: the records of that next one are not. */
    @Test
    void aFrameWithoutItsHeaderBehindADamagedOne() throws IOException {
        int places = 0;
        for (Path segment : segments) {
            byte[] bytes = Files.readAllBytes(original.resolve(segment));
            List<FramePlace> frames = RealStores.frames(bytes);
            for (int i = 0; i + 1 < frames.size(); i++) {
                int nextRecords = frames.get(i + 1).records().size();
                if (nextRecords < 3 || places >= HEADER_DAMAGES) {
                    continue;
                }
                places++;
                Path store = copy();
                Path file = store.resolve(segment);
                long from = frames.get(i).end() - 1;
                write(file, from, new byte[(int) (frames.get(i).paddedEnd() - from) + RealStores.FRAME_HEADER]);
                // A last byte that was zero is as it was.
                int touched = bytes[(int) from] == 0 ? 0 : 1;
                RealStores.delete(store.resolve("index"));
                StoreTools.Salvage salvage = salvage(store);
                assertThat(lost(salvage))
                        .as(
                                "%s records behind %s of %s",
                                nextRecords, frames.get(i).paddedEnd(), segment)
                        .isLessThanOrEqualTo(touched);
                compare(store, salvage);
                RealStores.delete(store);
                RealStores.delete(targetOf(store));
            }
        }
        assertThat(places).isPositive();
    }

    /** Zeros from each record on: what they do not reach is found, whatever a torn payload looks like. */
    @Test
    void recordsBehindZerosAreFound() throws IOException {
        Path store = copy();
        int places = 0;
        for (Path segment : segments) {
            byte[] bytes = Files.readAllBytes(store.resolve(segment));
            List<FramePlace> frames = RealStores.frames(bytes);
            if (frames.get(0).records().get(0).type() == LEDGER_RECORD) {
                continue;
            }
            int framesEnd = (int) frames.get(frames.size() - 1).paddedEnd();
            for (FramePlace frame : frames) {
                for (RecordPlace record : frame.records()) {
                    places++;
                    byte[] damaged = bytes.clone();
                    int to = (int) Math.min(framesEnd, record.offset() + 512);
                    Arrays.fill(damaged, (int) record.offset(), to, (byte) 0);
                    Files.write(store.resolve(segment), damaged);
                    Touched touched = touched(segment, record.offset(), to, bytes, frames, false);
                    assertThat(lostRecords(store))
                            .as("%s", touched)
                            .isBetween(1L, (long) touched.entries() + touched.others());
                }
            }
            Files.write(store.resolve(segment), bytes);
        }
        System.out.println("SalvageTest: zeros at " + places + " records");
        assertThat(places).isGreaterThan(500);
    }

    private static long lostRecords(Path store) throws IOException {
        Storage root = NioStorage.at(store, false);
        try (JournalSalvage journal = JournalSalvage.open(root, root.directory("journal", false))) {
            return journal.replay(0, record -> {}, record -> {}, (done, total) -> {}).stream()
                    .mapToLong(JournalSalvage.Hole::records)
                    .sum();
        }
    }

    private static Path copyOf(Path store) throws IOException {
        Path again = store.resolveSibling(store.getFileName() + "-opened");
        RealStores.copy(store, again);
        return again;
    }

    private static long lost(StoreTools.Salvage salvage) {
        return salvage.losses().stream().mapToLong(StoreTools.Loss::entries).sum();
    }

    /**
     * What a damage reaches.
     *
     * @param place segment and offset
     * @param entries records of entries
     * @param others other records
     * @param footer whether the segment has a footer still
     * @param tableEnd whether it is the header of the last frame of the table of ledgers
     */
    private record Touched(String place, int entries, int others, boolean footer, boolean tableEnd) {}

    /** A bit or 512 bytes in a frame of a segment, or its header. */
    private static Touched damage(Path store, Random random, boolean header) throws IOException {
        Path segment = store.resolve(segments.get(random.nextInt(segments.size())));
        byte[] bytes = Files.readAllBytes(segment);
        List<FramePlace> frames = RealStores.frames(bytes);
        FramePlace frame = frames.get(random.nextInt(frames.size()));
        List<RecordPlace> records = frame.records();
        RecordPlace record = records.get(random.nextInt(records.size()));
        FramePlace last = frames.get(frames.size() - 1);
        if (header) {
            long at = frame.offset() + random.nextInt(RealStores.FRAME_HEADER - 16);
            flip(segment, at);
            boolean table = records.get(0).type() == LEDGER_RECORD;
            return touched(segment, at, at, bytes, frames, table && frame == last);
        }
        if (random.nextBoolean()) {
            long at = record.offset() + random.nextInt((int) (record.end() - record.offset()));
            flip(segment, at);
            return touched(segment, at, at + 1, bytes, frames, false);
        }
        int zeros = (int) Math.min(512, bytes.length - record.offset());
        write(segment, record.offset(), new byte[zeros]);
        return touched(segment, record.offset(), record.offset() + zeros, bytes, frames, false);
    }

    private static Touched touched(
            Path segment, long from, long to, byte[] bytes, List<FramePlace> frames, boolean tableEnd) {
        int entries = 0;
        int others = 0;
        for (FramePlace frame : frames) {
            for (RecordPlace record : frame.records()) {
                if (record.offset() < to && from < record.end()) {
                    entries += record.type() == RealStores.ENTRY_RECORD ? 1 : 0;
                    others += record.type() == RealStores.ENTRY_RECORD ? 0 : 1;
                }
            }
        }
        int framesEnd = (int) frames.get(frames.size() - 1).paddedEnd();
        boolean footer = to <= framesEnd && framesEnd < bytes.length && bytes[framesEnd] != 0;
        return new Touched(segment.getFileName() + " at " + from, entries, others, footer, tableEnd);
    }

    /** Whatever differs from the truth was told. */
    private static void compare(Path store, StoreTools.Salvage salvage) {
        TreeMap<Long, Facts> found = factsOf(targetOf(store));
        boolean allUncertain = salvage.uncertain().stream().anyMatch(what -> what.startsWith("all ledgers"));
        List<Long> ids = new ArrayList<>(truth.keySet());
        found.keySet().stream().filter(id -> !truth.containsKey(id)).forEach(ids::add);
        for (long id : ids) {
            if (allUncertain || salvage.uncertain().stream().anyMatch(what -> what.startsWith("ledger " + id + ":"))) {
                continue;
            }
            Facts was = truth.get(id);
            Facts is = found.get(id);
            if (is == null || was == null) {
                assertThat(salvage.losses())
                        .as("ledger %s is %s, was %s", id, is, was)
                        .anyMatch(loss -> loss.range().ledgerId() == id);
                continue;
            }
            assertThat(is.fenced()).isEqualTo(was.fenced());
            assertThat(is.metadata()).isEqualTo(was.metadata());
            assertThat(is.lastAddConfirmed()).isEqualTo(was.lastAddConfirmed());
            was.entries().forEach((entryId, text) -> {
                if (!text.equals(is.entries().get(entryId))) {
                    assertThat(salvage.losses())
                            .as("entry %s of ledger %s differs", entryId, id)
                            .anyMatch(loss -> loss.range().ledgerId() == id
                                    && loss.range().firstEntryId() <= entryId
                                    && entryId <= loss.range().lastEntryId());
                }
            });
            assertThat(was.entries().keySet()).containsAll(is.entries().keySet());
        }
    }
}
