package io.daybook.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.daybook.engine.RealStores.FramePlace;
import io.daybook.engine.RealStores.RecordPlace;
import io.daybook.engine.StoreTools.Damage;
import io.daybook.engine.StoreTools.Verification;
import io.daybook.engine.lifecycle.Environment;
import io.daybook.engine.lifecycle.IndexStore;
import io.daybook.index.IndexException;
import io.daybook.index.LocationIndex;
import io.daybook.storage.ForwardingStorage;
import io.daybook.storage.Storage;
import io.daybook.storage.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is told of a store on a device that cannot read every block (F8): each such place, and all that stands elsewhere is read. */
@Timeout(300)
class UnreadableStoreTest {
    private static final int LEDGERS = 20;
    private static final int ROUNDS = Integer.getInteger("daybook.unreadable.rounds", 20);

    @TempDir(factory = RealStores.InMemory.class)
    static Path temporary;

    private static Path store;
    private static Verification whole;
    private static TreeMap<Long, RealStores.Facts> truth;
    /** Segment files, and the frames of each. */
    private static final Map<Path, List<FramePlace>> FRAMES = new TreeMap<>();

    private static long seed;

    @BeforeAll
    static void makeStore() throws IOException {
        seed = RealStores.seed("UnreadableStoreTest");
        store = temporary.resolve("store");
        RealStores.History history = new RealStores.History(seed, LEDGERS, 2_000);
        try (LedgerEngine engine = RealStores.open(store)) {
            history.write(engine, 2_000);
            truth = RealStores.facts(engine);
        }
        for (Path file : RealStores.files(store)) {
            if (RealStores.isSegment(file)) {
                FRAMES.put(file, RealStores.frames(Files.readAllBytes(file)));
            }
        }
        assertThat(FRAMES).hasSizeGreaterThan(4);
        whole = StoreTools.verify(config(), (what, done, total) -> {});
        assertThat(whole.damages()).isEmpty();
    }

    private static EngineConfig config() {
        return RealStores.small(store).readOnly(true).build();
    }

    /** Blocks of files, by their names. */
    private static final class Device {
        final Map<String, Set<Long>> unreadable = new HashMap<>();

        Storage over(Storage storage) {
            return new ForwardingStorage(storage) {
                @Override
                public StorageFile open(String name, Access access) throws IOException {
                    StorageFile opened = super.open(name, access);
                    Set<Long> blocks = unreadable.getOrDefault(name, Set.of());
                    return new ForwardingFile(opened) {
                        @Override
                        public int readAt(ByteBuffer target, long position) throws IOException {
                            long last = (position + Math.max(1, target.remaining()) - 1) / RealStores.BLOCK;
                            for (long block = position / RealStores.BLOCK; block <= last; block++) {
                                if (blocks.contains(block)) {
                                    throw new IOException(name + ": Input/output error");
                                }
                            }
                            return super.readAt(target, position);
                        }
                    };
                }
            };
        }

        Environment environment() throws IOException {
            return environment(EngineOpening.environment(config()).index());
        }

        Environment environment(IndexStore index) throws IOException {
            Environment real = EngineOpening.environment(config());
            return new Environment(
                    over(real.root()),
                    over(real.journal()),
                    index,
                    real.clock(),
                    real.random(),
                    real.threads(),
                    real.tailEntries(),
                    real.tailJournalBytes(),
                    real.tailsMax());
        }

        Verification verify() throws IOException {
            return StoreTools.verify(config(), environment(), (what, done, total) -> {});
        }

        Verification verifyDeep() throws IOException {
            return StoreTools.verifyDeep(config(), environment(), (what, done, total) -> {});
        }
    }

    /** The entries of a store whose newest version lies in a block. */
    private static Set<String> entriesIn(List<FramePlace> frames, long block) {
        Set<String> entries = new TreeSet<>();
        for (FramePlace frame : frames) {
            for (RecordPlace record : frame.records()) {
                if (record.type() == RealStores.ENTRY_RECORD
                        && record.offset() / RealStores.BLOCK <= block
                        && (record.end() - 1) / RealStores.BLOCK >= block) {
                    entries.add(record.ledgerId() + "/" + record.entryId());
                }
            }
        }
        return entries;
    }

    @Test
    void eachBlockOfSegmentsIsNamedAndTheRestIsRead() throws IOException {
        Random random = new Random(seed);
        List<Path> files = new ArrayList<>(FRAMES.keySet());
        long lostAll = 0;
        for (int round = 0; round < ROUNDS; round++) {
            Device device = new Device();
            Set<String> mayBeLost = new HashSet<>();
            for (int i = 0; i < 3; i++) {
                Path file = files.get((round + i * files.size() / 3) % files.size());
                List<FramePlace> frames = FRAMES.get(file);
                FramePlace frame = frames.get(random.nextInt(frames.size()));
                long block = frame.offset() / RealStores.BLOCK
                        + random.nextLong((frame.end() - frame.offset() - 1) / RealStores.BLOCK + 1);
                device.unreadable.put(file.getFileName().toString(), Set.of(block));
                mayBeLost.addAll(entriesIn(frames, block));
            }
            String at = "round " + round + ", " + device.unreadable;
            Verification verified = device.verify();
            Verification deep = device.verifyDeep();
            expectAllNamed(at, device, verified);
            expectAllNamed(at, device, deep);
            Set<String> lost = new TreeSet<>();
            for (Damage damage : deep.damages()) {
                for (StoreTools.Entries range : damage.entries()) {
                    for (long id = range.firstEntryId(); id <= range.lastEntryId(); id++) {
                        lost.add(range.ledgerId() + "/" + id);
                    }
                }
            }
            assertThat(mayBeLost).as(at).containsAll(lost);
            lostAll += lost.size();
            // Each entry was read but those that are lost, and older versions of none.
            assertThat(deep.ledgers()).as(at).isEqualTo(whole.ledgers());
            assertThat(deep.entries()).as(at).isEqualTo(whole.entries());
            assertThat(lost).as(at).isEqualTo(living(mayBeLost, device));
            assertThat(verified.segments()).as(at).isEqualTo(whole.segments());
            assertThat(verified.frames()).as(at).isBetween(whole.frames() - 3, whole.frames() - 1);
        }
        System.out.println("unreadable blocks: " + ROUNDS + " stores with three, " + lostAll
                + " entries that cannot be read, all named");
        assertThat(lostAll).isGreaterThan(ROUNDS);
    }

    /** Those of some entries that an engine on such a device cannot read. */
    private static Set<String> living(Set<String> entries, Device device) throws IOException {
        Set<String> living = new TreeSet<>();
        try (LedgerEngine engine = DaybookEngine.open(config(), device.environment())) {
            for (String entry : entries) {
                String[] ids = entry.split("/");
                RealStores.Facts facts = truth.get(Long.parseLong(ids[0]));
                if (facts == null || !facts.entries().containsKey(Long.parseLong(ids[1]))) {
                    continue;
                }
                try {
                    engine.read(Long.parseLong(ids[0]), Long.parseLong(ids[1])).release();
                } catch (EngineFailedException e) {
                    living.add(entry);
                }
            }
        }
        return living;
    }

    private static void expectAllNamed(String at, Device device, Verification verification) {
        device.unreadable.forEach((name, blocks) -> blocks.forEach(block -> assertThat(verification.damages())
                .as(at)
                .filteredOn(damage -> damage.file().endsWith(name)
                        && damage.what().contains("cannot read bytes " + block * RealStores.BLOCK + " to ")
                        && damage.what().contains("Input/output error"))
                .hasSize(1)));
    }

    @Test
    void marksOfDirectoriesAndCopiesOfTheManifestAreNamed() throws IOException {
        Device identity = new Device();
        identity.unreadable.put("STORE", Set.of(0L));
        assertThat(identity.verify().damages())
                .isNotEmpty()
                .anyMatch(damage -> damage.what().contains("STORE"));
        assertThat(identity.verifyDeep().damages())
                .filteredOn(damage -> damage.file().endsWith("STORE"))
                .hasSize(2);
        Device copy = new Device();
        copy.unreadable.put("manifest-1", Set.of(0L));
        assertThat(copy.verify().damages()).isEmpty();
        assertThat(copy.verifyDeep().damages())
                .hasSize(1)
                .allMatch(damage ->
                        damage.file().endsWith("manifest-1") && damage.what().contains("cannot be read"));
        copy.unreadable.put("manifest-2", Set.of(0L));
        assertThat(copy.verifyDeep().damages()).hasSizeGreaterThanOrEqualTo(2);
    }

    /** An index of which the device cannot read the files that an open reads. */
    @Test
    void anIndexThatCannotBeOpenedIsNamedAndTheSegmentsAreRead() throws IOException {
        for (Exception failure : List.of(
                new IOException("index/MANIFEST-000005: Input/output error"),
                new IndexException(IndexException.Kind.FAILED, "open: IO error: Input/output error", null))) {
            Device device = new Device();
            Path file = FRAMES.keySet().iterator().next();
            device.unreadable.put(file.getFileName().toString(), Set.of(1L));
            Environment environment = device.environment(new Refusing(failure));
            for (Verification verification : List.of(
                    StoreTools.verify(config(), environment, (what, done, total) -> {}),
                    StoreTools.verifyDeep(config(), environment, (what, done, total) -> {}))) {
                expectAllNamed(failure.toString(), device, verification);
                assertThat(verification.damages())
                        .anyMatch(damage ->
                                damage.segmentId() < 0 && damage.what().contains("Input/output error"));
                assertThat(verification.segments()).isEqualTo(whole.segments());
            }
        }
    }

    private record Refusing(Exception failure) implements IndexStore {
        @Override
        public LocationIndex open() throws IOException {
            if (failure instanceof IOException e) {
                throw e;
            }
            throw (IndexException) failure;
        }

        @Override
        public LocationIndex openFresh() {
            throw new AssertionError("nothing is rebuilt");
        }

        @Override
        public LocationIndex replaceBy(LocationIndex fresh) {
            throw new AssertionError("nothing is rebuilt");
        }
    }
}
