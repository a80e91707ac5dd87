package io.daybook.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.daybook.engine.RealStores.Facts;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
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
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A bit flipped or 512 bytes zeroed anywhere in a closed store: harmless, found and named, or repaired. Never another answer.
 */
@Timeout(600)
class DamageTest {
    private static final int LEDGERS = 64;

    @TempDir(factory = RealStores.InMemory.class)
    static Path temporary;

    private static Path store;
    private static TreeMap<Long, Facts> truth;
    private static List<Path> files;
    private static long seed;

    @BeforeAll
    static void makeStore() throws IOException {
        seed = RealStores.seed("DamageTest");
        store = temporary.resolve("store");
        RealStores.History history = new RealStores.History(seed, LEDGERS, 900);
        try (LedgerEngine engine = RealStores.open(store)) {
            history.write(engine, 600);
            engine.flush();
            history.write(engine, 400);
            engine.flush();
        }
        try (LedgerEngine engine = RealStores.open(store)) {
            history.write(engine, 200);
            truth = RealStores.facts(engine);
        }
        try (LedgerEngine engine = RealStores.open(store)) {
            assertThat(RealStores.facts(engine)).isEqualTo(truth);
        }
        files = RealStores.files(store);
        assertThat(files.stream().filter(RealStores::isSegment).count()).isGreaterThan(4);
        assertThat(truth).hasSizeGreaterThanOrEqualTo(60);
    }

    @Test
    void noDamageChangesAnAnswer() throws Exception {
        damage(400);
    }

    @Test
    @Tag("proof")
    void noneOfThousandsOfDamagesChangesAnAnswer() throws Exception {
        damage(4000);
    }

    /** What became of the damages, to print. */
    private final Map<String, Integer> outcomes = new ConcurrentHashMap<>();

    private void damage(int times) throws Exception {
        List<Future<?>> running = new ArrayList<>();
        ExecutorService two = Executors.newFixedThreadPool(2);
        try {
            for (int i = 0; i < times; i++) {
                long one = seed + i;
                running.add(two.submit(() -> {
                    new Damage(one).run();
                    return null;
                }));
            }
            for (Future<?> each : running) {
                each.get();
            }
        } finally {
            two.shutdownNow();
        }
        System.out.println("DamageTest: " + new TreeMap<>(outcomes));
    }

    /** One damage and all that is asked of it. */
    private final class Damage {
        private final Path file;
        private final long offset;
        private final String what;
        private final byte[] before;
        private final byte[] after;
        private final String kind;
        private final long seedOf;

        Damage(long oneSeed) throws IOException {
            Random random = new Random(oneSeed * 7919);
            // Segments are few and large, so every second damage goes there.
            List<Path> segments = files.stream().filter(RealStores::isSegment).toList();
            List<Path> others = files.stream()
                    .filter(path -> !RealStores.isSegment(path) && path.toFile().length() > 0)
                    .toList();
            List<Path> from = random.nextBoolean() ? segments : others;
            file = from.get(random.nextInt(from.size()));
            before = Files.readAllBytes(file);
            after = before.clone();
            offset = random.nextInt(before.length);
            if (random.nextBoolean()) {
                int bit = random.nextInt(8);
                after[(int) offset] ^= (byte) (1 << bit);
                what = "bit " + bit + " flipped";
            } else {
                Arrays.fill(after, (int) offset, (int) Math.min(after.length, offset + 512), (byte) 0);
                what = "512 bytes zeroed";
            }
            String name = file.getFileName().toString();
            kind = RealStores.isSegment(file)
                    ? "segment"
                    : file.getParent().getFileName().toString().equals("index")
                            ? "index " + name.replaceAll("[0-9]+", "")
                            : name.startsWith("manifest") ? "manifest" : name;
            seedOf = oneSeed;
        }

        void run() throws Exception {
            Path copy = temporary.resolve("damaged-" + seedOf);
            try {
                RealStores.copy(store, copy);
                Files.write(copy.resolve(store.relativize(file).toString()), after);
                outcomes.merge(kind + ": " + checkAndHeal(copy), 1, Integer::sum);
                if (RealStores.isSegment(file) && seedOf % 3 == 0) {
                    verify(copy);
                }
            } catch (Throwable e) {
                throw new AssertionError(
                        what + " at " + offset + " of " + store.relativize(file) + " of " + before.length
                                + " bytes, damage " + seedOf + ": " + e,
                        e);
            } finally {
                RealStores.delete(copy);
            }
        }

        /** A part of the index that does not read is said by the reads that need it, and by verify; a rebuild heals it. */
        private String checkAndHeal(Path copy) {
            try {
                return check(copy);
            } catch (EngineFailedException e) {
                assertThat(kind).as("who fails: %s", e).startsWith("index ");
                assertThat(e).hasMessageContaining(copy.resolve("index").toString());
                EngineConfig config = RealStores.small(copy).build();
                assertThat(StoreTools.verify(config, (task, done, total) -> {}).damages())
                        .isNotEmpty();
                StoreTools.rebuildIndex(config, (task, done, total) -> {});
                assertThat(check(copy)).isEqualTo("answers");
                return "found at read, healed by a rebuild";
            }
        }

        /** Opens, then asks everything, every second time by scans. */
        private String check(Path copy) {
            long start = System.nanoTime();
            int corrupt = 0;
            try (LedgerEngine engine = RealStores.open(copy)) {
                assertThat(engine.ledgers().toArray())
                        .containsExactly(truth.keySet().stream()
                                .mapToLong(Long::longValue)
                                .toArray());
                for (Map.Entry<Long, Facts> each : truth.entrySet()) {
                    corrupt += ledger(engine, each.getKey(), each.getValue());
                }
            } catch (CorruptStoreException e) {
                refused(e);
                return "refused";
            }
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(60));
            return corrupt > 0 ? "found at read" : "answers";
        }

        private void refused(CorruptStoreException e) {
            String name = file.getFileName().toString();
            assertThat(kind).as("who refuses: %s", e).isIn("segment", "STORE");
            assertThat(e).hasMessageContaining(name).message().containsPattern(" at [0-9]+");
        }

        private int ledger(LedgerEngine engine, long ledgerId, Facts facts) {
            assertThat(RealStores.facts(engine, ledgerId, facts.entries())).isEqualTo(facts);
            if (seedOf % 2 == 0) {
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

        /** Verify names every frame that the damage reaches. */
        private void verify(Path copy) {
            StoreTools.Verification verified =
                    StoreTools.verify(RealStores.small(copy).build(), (task, done, total) -> {});
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
            if (!same(0, 64)
                    && verified.damages().stream()
                            .noneMatch(damage -> damage.file().endsWith(name) && damage.offset() == 0)) {
                missing.add("header");
            }
            assertThat(missing).as("not told by verify: %s", verified.damages()).isEmpty();
        }
    }
}
