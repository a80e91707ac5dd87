package io.daybook.engine;

import io.daybook.testing.Command;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.PrimitiveIterator;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AnnotatedElementContext;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.io.TempDirFactory;

/** Stores on the real disk for tests: small settings, a history of everything, copies of directories, what is in a store. */
final class RealStores {
    static final int BLOCK = 4096;
    static final int FRAME_HEADER = 64;
    static final int RECORD_HEADER = 24;
    static final int ENTRY_RECORD = 1;

    private RealStores() {}

    /**
     * Temporary directories in memory where there is room: for tests that open hundreds of copies of a store, each of which
     * would wait for a disk that has nothing to do with what they ask.
     */
    static final class InMemory implements TempDirFactory {
        private static final Path MEMORY = Path.of("/dev/shm");

        @Override
        public Path createTempDirectory(AnnotatedElementContext element, ExtensionContext context) throws IOException {
            boolean room = Files.isWritable(MEMORY) && MEMORY.toFile().getUsableSpace() > 2L << 30;
            return room ? Files.createTempDirectory(MEMORY, "daybook") : Files.createTempDirectory("daybook");
        }
    }

    /** The smallest engine. */
    static EngineConfig.Builder small(Path directory) {
        return EngineConfig.builder(directory).memoryBudget(16 << 20).segmentBytes(64 << 10);
    }

    static LedgerEngine open(Path directory) {
        return LedgerEngine.open(small(directory).build());
    }

    /** The seed of a test: fixed, or the system property {@code daybook.seed}; printed. */
    static long seed(String test) {
        long seed = Long.getLong("daybook.seed", 20260112);
        System.out.println(test + ": -Ddaybook.seed=" + seed);
        return seed;
    }

    /** All that a reader can know of a ledger; bytes as Latin-1 text, so that equal means equal. */
    record Facts(
            OptionalLong first,
            OptionalLong last,
            long count,
            boolean fenced,
            long lastAddConfirmed,
            Optional<String> metadata,
            TreeMap<Long, String> entries) {}

    /** All that a reader can know of a store. */
    static TreeMap<Long, Facts> facts(LedgerEngine engine) {
        TreeMap<Long, Facts> all = new TreeMap<>();
        for (long ledgerId : engine.ledgers().toArray()) {
            TreeMap<Long, String> entries = new TreeMap<>();
            try (EntryCursor cursor = engine.scan(ledgerId, 0, Long.MAX_VALUE - 1)) {
                while (cursor.next()) {
                    entries.put(cursor.entryId(), text(cursor.entry()));
                }
            }
            all.put(ledgerId, facts(engine, ledgerId, entries));
        }
        return all;
    }

    static Facts facts(LedgerEngine engine, long ledgerId, TreeMap<Long, String> entries) {
        Optional<ByteBuf> metadata = engine.metadata(ledgerId);
        try {
            return new Facts(
                    engine.firstEntryId(ledgerId),
                    engine.lastEntryId(ledgerId),
                    engine.entryCount(ledgerId),
                    engine.isFenced(ledgerId),
                    engine.lastAddConfirmed(ledgerId),
                    metadata.map(RealStores::text),
                    entries);
        } finally {
            metadata.ifPresent(ByteBuf::release);
        }
    }

    /** Names the ledgers that differ, and how: whole stores in one message can be read by nobody. */
    static void assertSame(Map<Long, Facts> found, Map<Long, Facts> expected) {
        TreeSet<Long> ledgerIds = new TreeSet<>(expected.keySet());
        ledgerIds.addAll(found.keySet());
        List<String> differences = new ArrayList<>();
        for (long ledgerId : ledgerIds) {
            Facts is = found.get(ledgerId);
            Facts should = expected.get(ledgerId);
            if (!Objects.equals(is, should)) {
                differences.add("ledger " + ledgerId + ": " + outline(is) + ", expected " + outline(should));
            }
        }
        if (!differences.isEmpty()) {
            throw new AssertionError(differences.size() + " ledgers differ; " + String.join("; ", differences));
        }
    }

    private static String outline(Facts facts) {
        return facts == null
                ? "not there"
                : facts.count() + " from " + facts.first() + " to " + facts.last() + ", fenced " + facts.fenced()
                        + ", confirmed " + facts.lastAddConfirmed() + ", metadata "
                        + facts.metadata().map(String::hashCode) + ", entries "
                        + Integer.toHexString(facts.entries().hashCode());
    }

    /** The ids and single reads of a store say the same as its scans did. */
    static void sameByReads(LedgerEngine engine, Map<Long, Facts> expected) {
        expected.forEach((ledgerId, facts) -> {
            List<Long> ids = new ArrayList<>();
            PrimitiveIterator.OfLong entries = engine.entries(ledgerId);
            while (entries.hasNext()) {
                ids.add(entries.nextLong());
            }
            if (!ids.equals(List.copyOf(facts.entries().keySet()))) {
                throw new AssertionError("ledger " + ledgerId + " has ids " + ids + ", expected "
                        + facts.entries().keySet());
            }
            facts.entries().forEach((entryId, expectedText) -> {
                ByteBuf read = engine.read(ledgerId, entryId);
                try {
                    if (!text(read).equals(expectedText)) {
                        throw new AssertionError("ledger " + ledgerId + ", entry " + entryId + " reads other bytes");
                    }
                } finally {
                    read.release();
                }
            });
        });
    }

    static String text(ByteBuf buffer) {
        return new String(ByteBufUtil.getBytes(buffer), StandardCharsets.ISO_8859_1);
    }

    static ByteBuf bytes(String text) {
        return Unpooled.wrappedBuffer(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** Random bytes, the length skewed to short ones. */
    static ByteBuf randomBytes(Random random, int bytesMax) {
        byte[] bytes = new byte[random.nextInt(1 + random.nextInt(bytesMax + 1))];
        random.nextBytes(bytes);
        return Unpooled.wrappedBuffer(bytes);
    }

    /** Writes a history of everything that a ledger can live through. Remembers what a next part must know. */
    static final class History {
        private final Random random;
        private final int ledgers;
        private final int bytesMax;
        private final Map<Long, long[]> bounds = new HashMap<>();
        private final Map<Long, Boolean> fenced = new HashMap<>();

        History(long seed, int ledgers, int bytesMax) {
            this.random = new Random(seed);
            this.ledgers = ledgers;
            this.bytesMax = bytesMax;
        }

        /** Each ledger gets an entry or more, then so many random changes. */
        void write(LedgerEngine engine, int changes) {
            List<CompletableFuture<?>> futures = new ArrayList<>();
            for (long ledgerId = 0; ledgerId < ledgers; ledgerId++) {
                append(engine, ledgerId, next(ledgerId), futures);
            }
            for (int i = 0; i < changes; i++) {
                change(engine, random.nextInt(ledgers), futures);
            }
            CompletableFuture.allOf(futures.toArray(new CompletableFuture<?>[0]))
                    .join();
        }

        /** {trim bound, next id}. */
        private long[] bounds(long ledgerId) {
            return bounds.computeIfAbsent(ledgerId, id -> new long[2]);
        }

        private long next(long ledgerId) {
            return bounds(ledgerId)[1];
        }

        private void append(LedgerEngine engine, long ledgerId, long entryId, List<CompletableFuture<?>> futures) {
            long[] bound = bounds(ledgerId);
            ByteBuf entry = randomBytes(random, bytesMax);
            futures.add(
                    fenced.getOrDefault(ledgerId, false)
                            ? engine.appendRecovery(ledgerId, entryId, entry)
                            : engine.append(ledgerId, entryId, entry));
            bound[1] = Math.max(bound[1], entryId + 1);
        }

        private void change(LedgerEngine engine, long ledgerId, List<CompletableFuture<?>> futures) {
            long[] bound = bounds(ledgerId);
            long span = Math.max(1, bound[1] - bound[0]);
            int dice = random.nextInt(100);
            if (dice < 60) {
                append(engine, ledgerId, bound[1], futures);
            } else if (dice < 66) {
                append(engine, ledgerId, bound[1] + random.nextInt(600), futures);
            } else if (dice < 76) {
                append(engine, ledgerId, bound[0] + (long) (random.nextDouble() * span), futures);
            } else if (bound[1] == 0) {
                append(engine, ledgerId, 0, futures);
            } else if (dice < 81) {
                long keep = bound[1] - 1 - random.nextInt(5);
                futures.add(engine.truncateAfter(ledgerId, Math.max(-1, keep)));
                bound[1] = Math.max(bound[0], Math.max(0, keep + 1));
            } else if (dice < 85) {
                long first = Math.min(bound[1], bound[0] + random.nextInt(4));
                futures.add(engine.trimBefore(ledgerId, first));
                bound[0] = Math.max(bound[0], first);
            } else if (dice < 88) {
                futures.add(engine.delete(ledgerId));
                bounds.remove(ledgerId);
                fenced.remove(ledgerId);
                if (random.nextBoolean()) {
                    append(engine, ledgerId, random.nextInt(3), futures);
                }
            } else if (dice < 90) {
                futures.add(engine.fence(ledgerId));
                fenced.put(ledgerId, true);
            } else if (dice < 94) {
                futures.add(engine.putMetadata(ledgerId, randomBytes(random, 60)));
            } else if (dice < 97) {
                futures.add(engine.setLastAddConfirmed(ledgerId, bound[1] - 1));
            } else {
                batch(engine, ledgerId, futures);
            }
        }

        private void batch(LedgerEngine engine, long ledgerId, List<CompletableFuture<?>> futures) {
            if (fenced.getOrDefault(ledgerId, false)) {
                return;
            }
            WriteBatch batch = new WriteBatch();
            long[] bound = bounds(ledgerId);
            for (int i = 0; i < 3; i++) {
                batch.append(ledgerId, bound[1]++, randomBytes(random, bytesMax));
            }
            batch.putMetadata(ledgerId, randomBytes(random, 20)).setLastAddConfirmed(ledgerId, bound[1] - 1);
            futures.add(engine.write(batch));
        }
    }

    /** Copies a store; the files of its lock are left out. */
    static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Path target = to.resolve(from.relativize(file).toString());
                String name = file.getFileName().toString();
                if (Files.isDirectory(file)) {
                    Files.createDirectories(target);
                } else if (!name.equals("LOCK") && !name.equals("PID")) {
                    Files.copy(file, target);
                }
            }
        }
    }

    /**
     * Copies a store that is in use and of which nothing is asked just now: again, if what an engine does by itself came between.
     * A kill leaves all files as they are at one moment.
     */
    static void copyAsKilled(Path from, Path to) throws IOException {
        while (true) {
            try {
                Map<Path, String> before = look(from);
                copy(from, to);
                if (before.equals(look(from))) {
                    return;
                }
            } catch (NoSuchFileException | UncheckedIOException e) {
                System.out.println("once more, as a file went away: " + e);
            }
            delete(to);
        }
    }

    private static Map<Path, String> look(Path directory) throws IOException {
        Map<Path, String> found = new HashMap<>();
        for (Path file : files(directory)) {
            found.put(file, Files.size(file) + " bytes of " + Files.getLastModifiedTime(file));
        }
        return found;
    }

    static void delete(Path tree) throws IOException {
        if (!Files.exists(tree)) {
            return;
        }
        try (Stream<Path> files = Files.walk(tree)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    /** All files below a directory, sorted; without those of the locks. */
    static List<Path> files(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> !file.getFileName().toString().equals("LOCK")
                            && !file.getFileName().toString().equals("PID"))
                    .sorted()
                    .toList();
        }
    }

    /** Names, sizes and times of everything below a directory. */
    static List<String> listing(Path directory) throws IOException {
        List<String> lines = new ArrayList<>();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted().toList()) {
                lines.add(directory.relativize(file) + " "
                        + (Files.isDirectory(file) ? "directory" : Files.size(file)) + " "
                        + Files.getLastModifiedTime(file));
            }
        }
        return lines;
    }

    static boolean isSegment(Path file) {
        return file.getFileName().toString().matches("segment-[0-9]+\\.journal");
    }

    /** A record in a segment. */
    record RecordPlace(int type, long offset, long end, long ledgerId, long entryId) {}

    /** A frame in a segment: {@code end} without its padding. */
    record FramePlace(long offset, long end, long paddedEnd, List<RecordPlace> records) {}

    /** The frames of a segment whose bytes are whole. */
    static List<FramePlace> frames(byte[] segment) {
        ByteBuffer in = ByteBuffer.wrap(segment).order(ByteOrder.LITTLE_ENDIAN);
        List<FramePlace> frames = new ArrayList<>();
        int at = BLOCK;
        while (at + FRAME_HEADER <= segment.length && in.getInt(at) == 0x52464244) {
            int bytes = in.getInt(at + 8);
            int records = in.getInt(at + 12);
            List<RecordPlace> places = new ArrayList<>();
            int record = at + FRAME_HEADER;
            for (int i = 0; i < records; i++) {
                int word = in.getInt(record + 4);
                int end = record + RECORD_HEADER + (word & 0xFFFFFF);
                places.add(new RecordPlace(
                        word >>> 24 & 0x7F, record, end, in.getLong(record + 8), in.getLong(record + 16)));
                record = end;
            }
            int padded = at + (bytes + BLOCK - 1) / BLOCK * BLOCK;
            frames.add(new FramePlace(at, at + bytes, padded, places));
            at = padded;
        }
        return frames;
    }

    /** Opens the store in the first argument in a JVM of its own and prints what came of it. */
    static final class OtherJvm {
        private OtherJvm() {}

        public static void main(String[] arguments) {
            try (LedgerEngine engine = open(Path.of(arguments[0]))) {
                System.out.println("opened " + engine.ledgers().count());
            } catch (DirectoryLockedException e) {
                System.out.println("locked by " + e.holder().orElse(-1) + ": " + e.getMessage());
            }
        }
    }

    /** What another JVM says to opening a store. */
    static String openInOtherJvm(Path directory) throws IOException {
        List<String> command = List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+IgnoreUnrecognizedVMOptions",
                "--enable-native-access=ALL-UNNAMED",
                "-Xmx256m",
                "-cp",
                System.getProperty("java.class.path"),
                OtherJvm.class.getName(),
                directory.toString());
        return Command.run(Duration.ofSeconds(120), command).output();
    }
}
