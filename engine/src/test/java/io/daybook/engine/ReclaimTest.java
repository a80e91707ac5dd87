package io.daybook.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.daybook.engine.RealStores.Facts;
import io.daybook.engine.lifecycle.Environment;
import io.daybook.engine.lifecycle.IndexStore;
import io.daybook.index.LocationIndex;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Segments in which nothing lives are given back, and nothing else is lost: not even by an index that is lost afterwards. */
@Timeout(300)
class ReclaimTest {
    private static final int ENTRY_BYTES = 1000;

    @TempDir(factory = RealStores.InMemory.class)
    Path temporary;

    private static ByteBuf entry(long ledgerId, long entryId) {
        byte[] bytes = new byte[ENTRY_BYTES];
        new Random(ledgerId * 1_000_003 + entryId).nextBytes(bytes);
        return Unpooled.wrappedBuffer(bytes);
    }

    private static void append(LedgerEngine engine, long ledgerId, long from, long to) {
        List<CompletableFuture<?>> futures = new ArrayList<>();
        for (long entryId = from; entryId < to; entryId++) {
            futures.add(engine.append(ledgerId, entryId, entry(ledgerId, entryId)));
        }
        futures.forEach(CompletableFuture::join);
    }

    private static void expectEntry(LedgerEngine engine, long ledgerId, long entryId) {
        ByteBuf read = engine.read(ledgerId, entryId);
        try {
            assertThat(read).isEqualTo(entry(ledgerId, entryId));
        } finally {
            read.release();
        }
    }

    private static TreeSet<String> names(Path store, String prefix) {
        TreeSet<String> names = new TreeSet<>();
        String[] all = store.resolve("journal").toFile().list();
        for (String name : all == null ? new String[0] : all) {
            if (name.startsWith(prefix)) {
                names.add(name);
            }
        }
        return names;
    }

    private static TreeSet<String> segments(Path store) {
        return names(store, "segment-");
    }

    private static void await(String what, BooleanSupplier condition) throws InterruptedException {
        long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as(what).isLessThan(deadline);
            Thread.sleep(5);
        }
    }

    private static void reopensTheSame(Path store, TreeMap<Long, Facts> truth) throws IOException {
        try (LedgerEngine engine = RealStores.open(store)) {
            assertThat(RealStores.facts(engine)).isEqualTo(truth);
            RealStores.sameByReads(engine, truth);
        }
        assertThat(StoreTools.verify(RealStores.small(store).build(), (what, done, total) -> {})
                        .damages())
                .isEmpty();
    }

    /** As it is, without its index, and read-only without its index. */
    private void survivesLossOfIndex(Path store, TreeMap<Long, Facts> truth) throws IOException {
        reopensTheSame(store, truth);
        RealStores.delete(store.resolve("index"));
        try (LedgerEngine engine =
                LedgerEngine.open(RealStores.small(store).readOnly(true).build())) {
            assertThat(RealStores.facts(engine)).isEqualTo(truth);
        }
        reopensTheSame(store, truth);
    }

    @Test
    void trimmedSegmentsGoAndTheirFilesAreUsedAgain() throws Exception {
        Path store = temporary.resolve("trimmed");
        TreeMap<Long, Facts> truth;
        try (LedgerEngine engine = RealStores.open(store)) {
            engine.putMetadata(1, RealStores.bytes("kept")).join();
            engine.setLastAddConfirmed(1, 5).join();
            append(engine, 1, 0, 600);
            engine.fence(2).handle((ok, e) -> e).join();
            append(engine, 2, 0, 1);
            engine.fence(2).join();
            TreeSet<String> before = segments(store);
            assertThat(before).hasSizeGreaterThan(8);
            engine.trimBefore(1, 590).join();
            engine.flush();
            await("segments go", () -> segments(store).size() < 5);
            assertThat(segments(store)).doesNotContain(before.first());
            assertThat(names(store, "free-")).isNotEmpty();
            TreeSet<String> free = names(store, "free-");
            append(engine, 1, 600, 700);
            await("files are used again", () -> !names(store, "free-").containsAll(free));
            expectEntry(engine, 1, 590);
            expectEntry(engine, 1, 699);
            expectEntry(engine, 2, 0);
            assertThatThrownBy(() -> engine.read(1, 589)).isInstanceOf(NoSuchEntryException.class);
            truth = RealStores.facts(engine);
            assertThat(truth.get(1L).metadata()).contains("kept");
            assertThat(truth.get(2L).fenced()).isTrue();
        }
        survivesLossOfIndex(store, truth);
        try (LedgerEngine engine = RealStores.open(store)) {
            assertThat(engine.append(1, entry(1, 700)).join()).isEqualTo(700);
            assertThatThrownBy(() -> engine.append(1, 0, entry(1, 0))).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> engine.append(2, 1, entry(2, 1)).join())
                    .hasCauseInstanceOf(LedgerFencedException.class);
        }
    }

    @Test
    void aDeletedLedgerStaysDeletedWhenTheRecordThatDeletedItIsGone() throws Exception {
        Path store = temporary.resolve("deleted");
        TreeMap<Long, Facts> truth;
        try (LedgerEngine engine = RealStores.open(store)) {
            // The first segment lives on by ledger 2, and holds entries of ledger 1.
            append(engine, 2, 0, 1);
            append(engine, 1, 0, 20);
            append(engine, 3, 0, 200);
            TreeSet<String> before = segments(store);
            engine.delete(1).join();
            append(engine, 3, 200, 400);
            engine.delete(3).join();
            engine.flush();
            append(engine, 4, 0, 10);
            engine.flush();
            await("segments go", () -> segments(store).size() <= 4);
            assertThat(segments(store)).contains(before.first());
            truth = RealStores.facts(engine);
            assertThat(truth.keySet()).containsExactly(2L, 4L);
        }
        survivesLossOfIndex(store, truth);
    }

    @Test
    void whatIsOlderThanALedgersNewLifeIsNotPartOfIt() throws Exception {
        Path store = temporary.resolve("again");
        TreeMap<Long, Facts> truth;
        try (LedgerEngine engine = RealStores.open(store)) {
            append(engine, 2, 0, 1);
            append(engine, 1, 0, 30);
            append(engine, 3, 0, 100);
            engine.delete(1).join();
            append(engine, 1, 5, 7);
            append(engine, 3, 100, 300);
            append(engine, 1, 7, 9);
            engine.trimBefore(1, 7).join();
            engine.delete(3).join();
            engine.flush();
            append(engine, 1, 9, 10);
            engine.flush();
            await("segments go", () -> segments(store).size() <= 5);
            truth = RealStores.facts(engine);
            assertThat(truth.get(1L).entries().keySet()).containsExactly(7L, 8L, 9L);
        }
        survivesLossOfIndex(store, truth);
    }

    @Test
    void aTruncationKeepsItsSegmentWhileOlderOnesHoldWhatItRemoved() throws Exception {
        Path store = temporary.resolve("truncated");
        TreeMap<Long, Facts> truth;
        try (LedgerEngine engine = RealStores.open(store)) {
            // Entries 5 to 9 stand in the first segment, which ledger 2 keeps; their truncation stands further on.
            append(engine, 2, 0, 1);
            append(engine, 1, 0, 10);
            append(engine, 3, 0, 200);
            engine.truncateAfter(1, 4).join();
            append(engine, 3, 200, 400);
            append(engine, 1, 8, 9);
            engine.delete(3).join();
            engine.flush();
            append(engine, 4, 0, 10);
            engine.flush();
            await("segments go", () -> segments(store).size() <= 6);
            truth = RealStores.facts(engine);
            assertThat(truth.get(1L).entries().keySet()).containsExactly(0L, 1L, 2L, 3L, 4L, 8L);
        }
        survivesLossOfIndex(store, truth);
    }

    @Test
    void anIdleEngineGivesBackWhatWasTrimmedWithoutBeingAsked() throws Exception {
        Path store = temporary.resolve("idle");
        try (LedgerEngine engine = RealStores.open(store)) {
            append(engine, 1, 0, 600);
            assertThat(segments(store)).hasSizeGreaterThan(8);
            engine.trimBefore(1, 590).join();
            await("segments go", () -> segments(store).size() < 5);
            expectEntry(engine, 1, 590);
        }
    }

    @Test
    void anIndexFromBeforeIsBuiltAnew() throws Exception {
        Path store = temporary.resolve("older");
        try (LedgerEngine engine = RealStores.open(store)) {
            append(engine, 1, 0, 300);
            engine.flush();
        }
        Path older = temporary.resolve("older-index");
        RealStores.copy(store.resolve("index"), older);
        TreeMap<Long, Facts> truth;
        String first = segments(store).first();
        try (LedgerEngine engine = RealStores.open(store)) {
            engine.trimBefore(1, 280).join();
            append(engine, 1, 300, 310);
            engine.flush();
            // The last entries of the first open may lie in two segments; then there are those of this one, and the
            // table.
            await("segments go", () -> segments(store).size() <= 5);
            truth = RealStores.facts(engine);
        }
        RealStores.delete(store.resolve("index"));
        RealStores.copy(older, store.resolve("index"));
        reopensTheSame(store, truth);
    }

    /** It knows a ledger whose deletion stood in a segment that is gone: nothing that could be replayed says so. */
    @Test
    void anIndexFromBeforeDoesNotBringADeletedLedgerBack() throws Exception {
        Path store = temporary.resolve("older-than-the-table");
        Path older = temporary.resolve("older-than-the-table-index");
        try (LedgerEngine engine = RealStores.open(store)) {
            append(engine, 2, 0, 1);
            append(engine, 1, 0, 20);
            append(engine, 3, 0, 200);
        }
        RealStores.copy(store.resolve("index"), older);
        TreeSet<String> before = segments(store);
        TreeMap<Long, Facts> truth;
        try (LedgerEngine engine = RealStores.open(store)) {
            engine.delete(1).join();
            append(engine, 3, 200, 400);
            engine.delete(3).join();
            engine.flush();
            append(engine, 4, 0, 10);
            engine.flush();
            await("segments go", () -> segments(store).size() <= 4);
            assertThat(segments(store)).contains(before.first());
            truth = RealStores.facts(engine);
            assertThat(truth.keySet()).containsExactly(2L, 4L);
        }
        RealStores.delete(store.resolve("index"));
        RealStores.copy(older, store.resolve("index"));
        reopensTheSame(store, truth);
    }

    @Test
    void aSegmentThatIsMissingIsNoticedByItsEntries() throws Exception {
        Path store = temporary.resolve("table");
        try (LedgerEngine engine = RealStores.open(store)) {
            append(engine, 1, 0, 300);
            String oldest = segments(store).first();
            engine.trimBefore(1, 100).join();
            engine.flush();
            append(engine, 1, 300, 301);
            engine.flush();
            // Its file may be the next segment before anybody sees it free.
            await("segments go", () -> !segments(store).contains(oldest));
        }
        RealStores.delete(store.resolve("index"));
        // The table of ledgers is a file like any other: what a flipped bit does to it is found.
        List<Path> changed = new ArrayList<>();
        for (String name : segments(store)) {
            byte[] bytes = Files.readAllBytes(store.resolve("journal").resolve(name));
            if (bytes[12] == 4) {
                bytes[RealStores.BLOCK + RealStores.FRAME_HEADER + RealStores.RECORD_HEADER] ^= 1;
                Files.write(store.resolve("journal").resolve(name), bytes);
                changed.add(Path.of(name));
            }
        }
        assertThat(changed).hasSize(1);
        assertThatThrownBy(() -> RealStores.open(store))
                .isInstanceOf(CorruptStoreException.class)
                .hasMessageContaining(changed.get(0).toString());
    }

    /** Rule 3: counters may be wrong after a crash, so what they say is no evidence. */
    @Test
    void countersOfLiveBytesDropNothing() throws Exception {
        EngineConfig config = RealStores.small(temporary.resolve("counters")).build();
        Environment real = EngineOpening.environment(config);
        Environment blind = new Environment(
                real.root(),
                real.journal(),
                new Uncounted(real.index()),
                real.clock(),
                real.random(),
                real.threads(),
                real.tailEntries(),
                real.tailJournalBytes(),
                real.tailsMax());
        try (LedgerEngine engine = TestEngines.open(config, blind).engine()) {
            append(engine, 1, 0, 300);
            TreeSet<String> before = segments(config.directory());
            assertThat(before).hasSizeGreaterThan(4);
            for (long id = 300; id < 310; id++) {
                append(engine, 1, id, id + 1);
                // Each time what is dead is looked for, behind the flush of the one before.
                engine.flush();
            }
            assertThat(segments(config.directory())).containsAll(before);
            for (long id = 0; id < 310; id++) {
                expectEntry(engine, 1, id);
            }
        }
    }

    /** An index that says that nothing lives in any segment. */
    private record Uncounted(IndexStore store) implements IndexStore {
        private static LocationIndex shown(LocationIndex index) {
            return (LocationIndex) Proxy.newProxyInstance(
                    LocationIndex.class.getClassLoader(),
                    new Class<?>[] {LocationIndex.class},
                    (proxy, method, arguments) -> {
                        try {
                            return method.getName().equals("liveBytes") ? Map.of() : method.invoke(index, arguments);
                        } catch (InvocationTargetException e) {
                            throw e.getCause();
                        }
                    });
        }

        @Override
        public LocationIndex open() throws IOException {
            return shown(store.open());
        }

        @Override
        public LocationIndex openFresh() {
            throw new UnsupportedOperationException("nothing is rebuilt here");
        }

        @Override
        public LocationIndex replaceBy(LocationIndex fresh) {
            throw new UnsupportedOperationException("nothing is rebuilt here");
        }

        @Override
        public void markDamaged() throws IOException {
            store.markDamaged();
        }
    }

    @Test
    void readersMeetTheirBytesOrNothing() throws Exception {
        Path store = temporary.resolve("read");
        AtomicBoolean stop = new AtomicBoolean();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        // So little memory that most reads come from files.
        try (LedgerEngine engine = RealStores.open(store)) {
            append(engine, 1, 0, 200);
            List<Thread> readers = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                boolean scans = i == 0;
                Thread reader = new Thread(() -> {
                    Random random = new Random(1);
                    try {
                        while (!stop.get()) {
                            long first = engine.firstEntryId(1).orElse(0);
                            if (scans) {
                                scan(engine, first);
                                continue;
                            }
                            try {
                                expectEntry(engine, 1, first + random.nextInt(60));
                            } catch (NoSuchEntryException e) {
                                // Trimmed in between.
                            }
                        }
                    } catch (Throwable e) {
                        failure.compareAndSet(null, e);
                    }
                });
                reader.start();
                readers.add(reader);
            }
            int dropped = 0;
            TreeSet<String> seen = new TreeSet<>();
            for (long to = 200; to < 6000; to += 100) {
                append(engine, 1, to, to + 100);
                engine.trimBefore(1, to - 100).join();
                engine.flush();
                seen.addAll(segments(store));
            }
            dropped = seen.size() - segments(store).size();
            stop.set(true);
            for (Thread reader : readers) {
                reader.join();
            }
            assertThat(failure.get()).isNull();
            assertThat(dropped).isGreaterThan(20);
        }
    }

    private static void scan(LedgerEngine engine, long first) {
        try (EntryCursor cursor = engine.scan(1, first, first + 80)) {
            while (cursor.next()) {
                assertThat(cursor.entry()).isEqualTo(entry(1, cursor.entryId()));
            }
        }
    }

    @Test
    void aLongHistoryOfEverything() throws Exception {
        long seed = RealStores.seed("ReclaimTest");
        Path store = temporary.resolve("history");
        Random random = new Random(seed);
        TreeSet<String> seen = new TreeSet<>();
        Past past = new Past(random);
        Path older = temporary.resolve("history-older");
        for (int life = 0; life < 8; life++) {
            TreeMap<Long, Facts> truth;
            try (LedgerEngine engine = RealStores.open(store)) {
                for (int round = 0; round < 6; round++) {
                    past.change(engine, 250);
                    engine.flush();
                    seen.addAll(segments(store));
                }
                truth = RealStores.facts(engine);
            }
            switch (life % 4) {
                case 0 -> RealStores.delete(store.resolve("index"));
                case 1 -> RealStores.copy(store.resolve("index"), older);
                case 2 -> {
                    RealStores.delete(store.resolve("index"));
                    RealStores.copy(older, store.resolve("index"));
                    RealStores.delete(older);
                }
                default -> {
                    // As it is.
                }
            }
            reopensTheSame(store, truth);
        }
        assertThat(seen.size() - segments(store).size()).as("dropped").isGreaterThan(40);
    }

    /** Ledgers that grow at one end and are trimmed at the other, with everything else in between. */
    private static final class Past {
        private final Random random;
        private final Map<Long, long[]> bounds = new HashMap<>();

        Past(Random random) {
            this.random = random;
        }

        void change(LedgerEngine engine, int changes) {
            List<CompletableFuture<?>> futures = new ArrayList<>();
            for (int i = 0; i < changes; i++) {
                long ledgerId = random.nextInt(6);
                long[] bound = bounds.computeIfAbsent(ledgerId, id -> new long[2]);
                int dice = random.nextInt(100);
                if (dice < 82 || bound[1] == 0) {
                    long entryId = dice < 75 ? bound[1] : bound[0] + random.nextInt(40);
                    futures.add(engine.appendRecovery(ledgerId, entryId, entry(ledgerId, random.nextInt())));
                    bound[1] = Math.max(bound[1], entryId + 1);
                } else if (dice < 90) {
                    bound[0] = Math.max(bound[0], bound[1] - random.nextInt(25));
                    bound[1] = Math.max(bound[0], bound[1]);
                    futures.add(engine.trimBefore(ledgerId, bound[0]));
                } else if (dice < 92) {
                    long keep = bound[1] - 1 - random.nextInt(8);
                    futures.add(engine.truncateAfter(ledgerId, Math.max(-1, keep)));
                    bound[1] = Math.max(bound[0], Math.max(0, keep + 1));
                } else if (dice < 94) {
                    futures.add(engine.delete(ledgerId));
                    bounds.remove(ledgerId);
                } else if (dice < 96) {
                    futures.add(engine.fence(ledgerId));
                } else if (dice < 98) {
                    futures.add(engine.putMetadata(ledgerId, RealStores.randomBytes(random, 80)));
                } else {
                    futures.add(engine.setLastAddConfirmed(ledgerId, bound[1] - 1));
                }
            }
            futures.forEach(CompletableFuture::join);
        }
    }
}
