package io.daybook.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.daybook.engine.RealStores.Facts;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A bit flipped, 512 bytes zeroed, or a block of 4 KiB written to the wrong place, anywhere in a closed store: harmless, found
 * and named, or repaired. Never another answer, and what an answer depends on {@code verify --deep} names. Faults F9.
 *
 * <p>Most stores are looked at by a reader, who changes nothing, so that the damage is done and undone in place; the others are
 * copied and opened for writing. {@code -Ddaybook.damages} sets how many, {@code -Ddaybook.seed} which.
 */
@Timeout(900)
class DamageTest {
    private static final int LEDGERS = 205;
    private static final int WORKERS = 2;
    /** Kept, as the configuration of a logger that nobody keeps is lost. */
    private static final Logger LOG = Logger.getLogger("io.daybook");

    @TempDir(factory = RealStores.InMemory.class)
    static Path temporary;

    private static Path store;
    private static TreeMap<Long, Facts> truth;
    private static List<Path> files;
    private static long seed;

    @BeforeAll
    static void makeStore() throws Exception {
        // Thousands of opens that each say what is wrong.
        LOG.setLevel(Level.OFF);
        seed = RealStores.seed("DamageTest");
        store = temporary.resolve("store");
        RealStores.History history = new RealStores.History(seed, LEDGERS, 600);
        try (LedgerEngine engine = RealStores.open(store)) {
            giveSegmentsBack(engine);
            history.write(engine, 200);
            engine.flush();
            history.write(engine, 100);
            engine.flush();
        }
        try (LedgerEngine engine = RealStores.open(store)) {
            history.write(engine, 100);
            truth = RealStores.facts(engine);
        }
        try (LedgerEngine engine = RealStores.open(store)) {
            assertThat(RealStores.facts(engine)).isEqualTo(truth);
        }
        files = RealStores.files(store);
        assertThat(files.stream().filter(RealStores::isSegment).count()).isGreaterThan(4);
        assertThat(truth).hasSizeBetween(200, LEDGERS);
        assertThat(kinds()).contains("ledgers");
        StoreTools.Verification verified =
                StoreTools.verifyDeep(RealStores.small(store).build(), (task, done, total) -> {});
        assertThat(verified.damages()).isEmpty();
        assertThat(verified.notes()).isEmpty();
        assertThat(verified.entries())
                .isEqualTo(truth.values().stream().mapToLong(Facts::count).sum());
    }

    @AfterAll
    static void logAgain() {
        LOG.setLevel(null);
    }

    /** So that there is a table of ledgers, too. */
    private static void giveSegmentsBack(LedgerEngine engine) throws InterruptedException {
        for (long entry = 0; entry < 200; entry++) {
            engine.append(LEDGERS + 1, entry, RealStores.bytes("x".repeat(1000)));
        }
        engine.delete(LEDGERS + 1).join();
        engine.append(0, 0, RealStores.bytes("first")).join();
        engine.sync().join();
        engine.flush();
        long start = System.nanoTime();
        while (!kinds().contains("ledgers")) {
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(60));
            Thread.sleep(20);
        }
    }

    private static List<String> kinds() {
        return StoreTools.inspect(RealStores.small(store).build()).segments().stream()
                .map(StoreTools.SegmentInfo::kind)
                .toList();
    }

    @Test
    void noDamageChangesAnAnswer() throws Exception {
        damage(Integer.getInteger("daybook.damages", 1000), 10);
    }

    @Test
    @Tag("proof")
    void noneOfThousandsOfDamagesChangesAnAnswer() throws Exception {
        damage(Integer.getInteger("daybook.damages", 10_000), 40);
    }

    /** What became of the damages, to print. */
    private final Map<String, Integer> outcomes = new ConcurrentHashMap<>();

    /**
     * Does damages.
     *
     * @param writers one in so many meets a writer; and of those that change no answer, one in so many is looked at in depth all
     *     the same
     */
    private void damage(int times, int writers) throws Exception {
        long start = System.nanoTime();
        AtomicInteger next = new AtomicInteger();
        List<Future<?>> running = new ArrayList<>();
        ExecutorService workers = Executors.newFixedThreadPool(WORKERS);
        try {
            for (int i = 0; i < WORKERS; i++) {
                Path own = temporary.resolve("own-" + i);
                RealStores.copy(store, own);
                running.add(workers.submit(() -> {
                    for (int one = next.getAndIncrement(); one < times; one = next.getAndIncrement()) {
                        new Damage(seed + one, own).run(writers);
                    }
                    return null;
                }));
            }
            for (Future<?> each : running) {
                each.get();
            }
        } finally {
            workers.shutdownNow();
        }
        for (int i = 0; i < WORKERS; i++) {
            Path own = temporary.resolve("own-" + i);
            for (Path file : files) {
                assertThat(Files.mismatch(file, own.resolve(store.relativize(file))))
                        .as("readers change nothing: %s", file)
                        .isEqualTo(-1);
            }
            RealStores.delete(own);
        }
        System.out.println("DamageTest: " + times + " damages in " + (System.nanoTime() - start) / 1_000_000 + " ms, "
                + new TreeMap<>(outcomes));
        for (String how : List.of("bit", "zeros", "misdirected")) {
            assertThat(outcomes.keySet()).as("damages of each kind").anyMatch(key -> key.startsWith("by " + how));
        }
    }

    /** What a reader or a writer met. */
    private enum Met {
        ANSWERS,
        AT_READ,
        INDEX_AT_READ,
        REFUSED
    }

    /** One damage and all that is asked of it. */
    private final class Damage {
        private static final int BLOCK = 4096;
        private static final int ZEROS = 512;

        private final Path own;
        private final Path file;
        private final int offset;
        private final String what;
        /** The whole file, as it was and as it is. */
        private final byte[] before;

        private final byte[] after;
        private final String kind;
        private final long seedOf;
        private final List<long[]> lost = new ArrayList<>();

        Damage(long oneSeed, Path own) throws IOException {
            Random random = new Random(oneSeed * 7919);
            this.own = own;
            this.seedOf = oneSeed;
            // Segments are few and large, so every second damage goes there.
            List<Path> segments = files.stream().filter(RealStores::isSegment).toList();
            List<Path> others = files.stream()
                    .filter(path -> !RealStores.isSegment(path) && path.toFile().length() > 0)
                    .toList();
            List<Path> from = random.nextBoolean() ? segments : others;
            file = from.get(random.nextInt(from.size()));
            before = Files.readAllBytes(file);
            after = before.clone();
            int dice = random.nextInt(3);
            if (dice == 0) {
                offset = random.nextInt(before.length);
                int bit = random.nextInt(8);
                after[offset] ^= (byte) (1 << bit);
                what = "bit " + bit + " flipped";
            } else if (dice == 1) {
                offset = random.nextInt(before.length);
                Arrays.fill(after, offset, Math.min(after.length, offset + ZEROS), (byte) 0);
                what = "zeros";
            } else {
                offset = random.nextInt((before.length + BLOCK - 1) / BLOCK) * BLOCK;
                Path source = random.nextBoolean() ? file : files.get(random.nextInt(files.size()));
                byte[] bytes = Files.readAllBytes(source);
                int at = random.nextInt(Math.max(1, bytes.length / BLOCK)) * BLOCK;
                int length = Math.min(BLOCK, Math.min(bytes.length - at, after.length - offset));
                System.arraycopy(bytes, at, after, offset, length);
                what = "misdirected from " + store.relativize(source) + " at " + at;
            }
            String name = file.getFileName().toString();
            kind = RealStores.isSegment(file)
                    ? "segment"
                    : file.getParent().getFileName().toString().equals("index")
                            ? "index " + name.replaceAll("[0-9]+", "")
                            : name.startsWith("manifest") ? "manifest" : name;
        }

        void run(int writers) throws Exception {
            boolean writes = seedOf % writers == 0;
            Path at = writes ? temporary.resolve("damaged-" + seedOf) : own;
            Path damaged = at.resolve(store.relativize(file));
            try {
                if (writes) {
                    RealStores.copy(store, at);
                }
                write(damaged, after);
                outcomes.merge(
                        kind + ": " + (writes ? writer(at) : reader(at, seedOf % writers == 1)), 1, Integer::sum);
                outcomes.merge("by " + what.split(" ")[0], 1, Integer::sum);
                write(damaged, before);
            } catch (Throwable e) {
                throw new AssertionError(
                        what + " at " + offset + " of " + store.relativize(file) + " of " + before.length
                                + " bytes, damage " + seedOf + ": " + e,
                        e);
            } finally {
                if (writes) {
                    RealStores.delete(at);
                }
            }
        }

        /** Writes what differs between the file as it was and as it is. */
        private void write(Path target, byte[] bytes) throws IOException {
            int from = Arrays.mismatch(before, after);
            if (from < 0) {
                return;
            }
            int to = before.length;
            while (before[to - 1] == after[to - 1]) {
                to--;
            }
            try (RandomAccessFile out = new RandomAccessFile(target.toFile(), "rw")) {
                out.seek(from);
                out.write(bytes, from, to - from);
            }
        }

        private EngineConfig config(Path at, boolean readOnly) {
            return RealStores.small(at).readOnly(readOnly).build();
        }

        private Met reader(Path at, boolean looked) {
            Met met = check(config(at, true));
            if (met != Met.ANSWERS || looked) {
                deep(at, met);
            }
            return met;
        }

        /** A part of the index that does not read is said by the reads that need it, and by verify; a rebuild heals it. */
        private Met writer(Path at) {
            StoreTools.Verification deep = deep(at, Met.ANSWERS);
            Met met = check(config(at, false));
            if (met != Met.ANSWERS) {
                named(deep, met);
            }
            if (met == Met.INDEX_AT_READ) {
                StoreTools.rebuildIndex(config(at, false), (task, done, total) -> {});
                assertThat(check(config(at, false))).isEqualTo(Met.ANSWERS);
            }
            return met;
        }

        /** Opens, then asks everything, mostly by scans; what the index does not find is asked for again, entry by entry. */
        private Met check(EngineConfig config) {
            long start = System.nanoTime();
            int corrupt = 0;
            int notFound = 0;
            try (LedgerEngine engine = LedgerEngine.open(config)) {
                assertThat(engine.ledgers().toArray())
                        .containsExactly(truth.keySet().stream()
                                .mapToLong(Long::longValue)
                                .toArray());
                for (Map.Entry<Long, Facts> each : truth.entrySet()) {
                    try {
                        corrupt += ledger(engine, each.getKey(), each.getValue());
                    } catch (EngineFailedException e) {
                        ofTheIndex(e, config).hasMessageContaining("ledger " + each.getKey());
                        notFound += 1 + entries(engine, each.getKey(), each.getValue(), config);
                    }
                }
            } catch (CorruptStoreException e) {
                refused(e);
                return Met.REFUSED;
            } catch (EngineFailedException e) {
                ofTheIndex(e, config);
                return Met.INDEX_AT_READ;
            }
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(60));
            return notFound > 0 ? Met.INDEX_AT_READ : corrupt > 0 ? Met.AT_READ : Met.ANSWERS;
        }

        private AbstractThrowableAssert<?, ?> ofTheIndex(EngineFailedException e, EngineConfig config) {
            assertThat(kind).as("who fails: %s", e).startsWith("index ");
            return assertThat(e)
                    .hasMessageContaining(config.directory().resolve("index").toString());
        }

        /** Reads each entry of a ledger that cannot be scanned: right, or an error that names it; how many errors. */
        private int entries(LedgerEngine engine, long ledgerId, Facts facts, EngineConfig config) {
            int failed = 0;
            for (Map.Entry<Long, String> entry : facts.entries().entrySet()) {
                try {
                    ByteBuf read = engine.read(ledgerId, entry.getKey());
                    try {
                        assertThat(RealStores.text(read)).isEqualTo(entry.getValue());
                    } finally {
                        read.release();
                    }
                } catch (EngineFailedException e) {
                    ofTheIndex(e, config)
                            .hasMessageContaining("ledger " + ledgerId + ", entry " + entry.getKey() + " failed");
                    failed++;
                }
            }
            return failed;
        }

        private void refused(CorruptStoreException e) {
            String name = file.getFileName().toString();
            assertThat(kind).as("who refuses: %s", e).isIn("segment", "STORE");
            assertThat(e).hasMessageContaining(name).message().containsPattern(" at [0-9]+");
        }

        private int ledger(LedgerEngine engine, long ledgerId, Facts facts) {
            assertThat(RealStores.facts(engine, ledgerId, facts.entries())).isEqualTo(facts);
            if (seedOf % 4 != 0) {
                return scan(engine, ledgerId, facts);
            }
            int corrupt = 0;
            for (Map.Entry<Long, String> entry : facts.entries().entrySet()) {
                try {
                    ByteBuf read = engine.read(ledgerId, entry.getKey());
                    try {
                        assertThat(RealStores.text(read)).isEqualTo(entry.getValue());
                    } finally {
                        read.release();
                    }
                } catch (CorruptEntryException e) {
                    named(e, ledgerId, entry.getKey());
                    lost.add(new long[] {ledgerId, entry.getKey()});
                    corrupt++;
                }
            }
            return corrupt;
        }

        private int scan(LedgerEngine engine, long ledgerId, Facts facts) {
            int corrupt = 0;
            List<Long> met = new ArrayList<>();
            try (EntryCursor cursor = engine.scan(ledgerId, 0, Long.MAX_VALUE - 1)) {
                boolean more = true;
                while (more) {
                    try {
                        more = cursor.next();
                        if (more) {
                            met.add(cursor.entryId());
                            assertThat(RealStores.text(cursor.entry()))
                                    .isEqualTo(facts.entries().get(cursor.entryId()));
                        }
                    } catch (CorruptEntryException e) {
                        named(e, ledgerId, cursor.entryId());
                        lost.add(new long[] {ledgerId, cursor.entryId()});
                        met.add(cursor.entryId());
                        corrupt++;
                    }
                }
            }
            assertThat(met).containsExactlyElementsOf(facts.entries().keySet());
            return corrupt;
        }

        private void named(CorruptEntryException e, long ledgerId, long entryId) {
            assertThat(kind).as("who is damaged: %s", e).isEqualTo("segment");
            assertThat(e)
                    .hasMessageContaining("entry " + entryId + " ")
                    .hasMessageContaining("ledger " + ledgerId + " ")
                    .hasMessageContaining(file.getFileName().toString());
        }

        private boolean same(long from, long to) {
            return Arrays.equals(before, (int) from, (int) to, after, (int) from, (int) to);
        }

        /** Changes nothing, and names what an answer depends on. */
        private StoreTools.Verification deep(Path at, Met met) {
            StoreTools.Verification verified = StoreTools.verifyDeep(config(at, true), (task, done, total) -> {});
            if (met != Met.ANSWERS) {
                named(verified, met);
            }
            if (kind.equals("segment")) {
                everyFrame(verified);
            }
            return verified;
        }

        private void named(StoreTools.Verification verified, Met met) {
            String name =
                    kind.startsWith("index ") ? "/index" : file.getFileName().toString();
            assertThat(verified.damages())
                    .as("%s, so deep names it", met)
                    .anyMatch(damage -> damage.file().endsWith(name));
            lost.forEach(entry -> lost(verified, entry[0], entry[1]));
        }

        /** Every frame that the damage reaches is named. */
        private void everyFrame(StoreTools.Verification verified) {
            String name = file.getFileName().toString();
            List<String> missing = new ArrayList<>();
            boolean told = false;
            for (RealStores.FramePlace frame : RealStores.frames(before)) {
                if (same(frame.offset(), frame.end())) {
                    told = false;
                    continue;
                }
                boolean named = verified.damages().stream()
                        .anyMatch(damage -> damage.file().endsWith(name)
                                && damage.segmentId() >= 0
                                && damage.offset() >= frame.offset()
                                && damage.offset() < frame.end());
                // A frame without a header, right behind one that was told, is part of the same hole.
                told = named || (told && !same(frame.offset(), frame.offset() + RealStores.FRAME_HEADER));
                if (!told) {
                    missing.add("frame at " + frame.offset());
                }
            }
            boolean header = !same(0, 64);
            boolean headerNamed = verified.damages().stream()
                    .anyMatch(damage -> damage.file().endsWith(name) && damage.offset() == 0);
            if (header) {
                // Without its header nothing of the segment is read.
                missing.clear();
            }
            if (header && !headerNamed) {
                missing.add("header");
            }
            assertThat(missing).as("not told by verify: %s", verified.damages()).isEmpty();
        }

        /** Each entry that cannot be read is named at the place that it is lost to. */
        private void lost(StoreTools.Verification verified, long ledgerId, long entryId) {
            assertThat(verified.damages())
                    .anyMatch(damage ->
                            damage.file().endsWith(file.getFileName().toString())
                                    && damage.entries().stream()
                                            .anyMatch(range -> range.ledgerId() == ledgerId
                                                    && range.firstEntryId() <= entryId
                                                    && entryId <= range.lastEntryId()));
        }
    }
}
