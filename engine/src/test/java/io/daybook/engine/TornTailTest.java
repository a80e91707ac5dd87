package io.daybook.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.daybook.engine.RealStores.FramePlace;
import io.daybook.engine.RealStores.RecordPlace;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A store as a kill leaves it, its last segment cut at record edges and at random: what comes back is exactly what stood before
 * the cut. Each change is awaited, so each frame holds one change, and the frames tell what must be there.
 */
@Timeout(300)
class TornTailTest {
    private static final int LEDGERS = 5;

    @TempDir(factory = RealStores.InMemory.class)
    static Path temporary;

    private static EngineConfig config(Path directory) {
        return EngineConfig.builder(directory)
                .memoryBudget(16 << 20)
                .segmentBytes(4 << 20)
                .build();
    }

    /** What each change wrote, in order: ledger, entry and bytes. */
    private record Written(long ledgerId, long entryId, String text) {}

    /** Writes changes, each awaited: single entries and batches. */
    private static void write(LedgerEngine engine, Random random, int changes, List<List<Written>> written) {
        for (int i = 0; i < changes; i++) {
            int entries = random.nextInt(4) == 0 ? 2 + random.nextInt(3) : 1;
            List<Written> change = new ArrayList<>();
            WriteBatch batch = new WriteBatch();
            for (int j = 0; j < entries; j++) {
                ByteBuf bytes = RealStores.randomBytes(random, random.nextInt(6) == 0 ? 9000 : 300);
                Written one = new Written(random.nextInt(LEDGERS), written.size() * 4L + j, RealStores.text(bytes));
                change.add(one);
                batch.append(one.ledgerId(), one.entryId(), bytes);
            }
            CompletableFuture<Void> future = entries == 1
                    ? engine.append(
                            change.get(0).ledgerId(),
                            change.get(0).entryId(),
                            RealStores.bytes(change.get(0).text()))
                    : engine.write(batch);
            future.join();
            written.add(change);
        }
    }

    private static TreeMap<Long, TreeMap<Long, String>> entriesOf(List<List<Written>> changes) {
        TreeMap<Long, TreeMap<Long, String>> entries = new TreeMap<>();
        for (List<Written> change : changes) {
            for (Written one : change) {
                entries.computeIfAbsent(one.ledgerId(), id -> new TreeMap<>()).put(one.entryId(), one.text());
            }
        }
        return entries;
    }

    private static TreeMap<Long, TreeMap<Long, String>> entriesIn(LedgerEngine engine) {
        TreeMap<Long, TreeMap<Long, String>> entries = new TreeMap<>();
        TreeMap<Long, RealStores.Facts> facts = RealStores.facts(engine);
        facts.forEach((ledgerId, each) -> {
            assertThat(each.count()).isEqualTo(each.entries().size());
            entries.put(ledgerId, each.entries());
        });
        return entries;
    }

    @Test
    void aKilledStoreHasAllThatWasAcknowledged() throws IOException {
        Random random = new Random(RealStores.seed("TornTailTest kills"));
        Path store = temporary.resolve("killed");
        List<List<Written>> written = new ArrayList<>();
        try (LedgerEngine engine = LedgerEngine.open(config(store))) {
            for (int kill = 0; kill < 8; kill++) {
                write(engine, random, 1 + random.nextInt(15), written);
                if (kill % 3 == 2) {
                    engine.flush();
                }
                Path copy = temporary.resolve("kill-" + kill);
                RealStores.copyAsKilled(store, copy);
                for (int open = 0; open < 2; open++) {
                    try (LedgerEngine again = LedgerEngine.open(config(copy))) {
                        assertThat(entriesIn(again)).isEqualTo(entriesOf(written));
                    }
                }
                RealStores.delete(copy);
            }
        }
    }

    @Test
    void aCutTailLeavesExactlyWhatStoodBeforeIt() throws Exception {
        long seed = RealStores.seed("TornTailTest cuts");
        Random random = new Random(seed);
        Path store = temporary.resolve("store");
        Path killed = temporary.resolve("image");
        List<List<Written>> written = new ArrayList<>();
        try (LedgerEngine engine = LedgerEngine.open(config(store))) {
            write(engine, random, 40, written);
        }
        try (LedgerEngine engine = LedgerEngine.open(config(store))) {
            write(engine, random, 60, written);
            engine.flush();
            write(engine, random, 60, written);
            RealStores.copyAsKilled(store, killed);
        }
        List<Path> segments =
                RealStores.files(killed).stream().filter(RealStores::isSegment).toList();
        Path last = lastWritten(segments);
        byte[] bytes = Files.readAllBytes(last);
        List<FramePlace> frames = RealStores.frames(bytes);
        assertThat(frames).hasSizeGreaterThanOrEqualTo(120);
        int before = written.size() - entryFrames(frames, Long.MAX_VALUE);
        assertThat(before).isEqualTo(40);

        TreeSet<Long> cuts = new TreeSet<>();
        for (FramePlace frame : frames.subList(frames.size() - 4, frames.size())) {
            cuts.add(frame.offset());
            cuts.add(frame.offset() + RealStores.FRAME_HEADER);
            for (RecordPlace record : frame.records()) {
                cuts.add(record.offset() + RealStores.RECORD_HEADER);
                cuts.add(record.end() - 1);
                cuts.add(record.end());
            }
            cuts.add(frame.paddedEnd());
        }
        int edges = cuts.size();
        long end = frames.get(frames.size() - 1).paddedEnd();
        while (cuts.size() < edges + 200) {
            cuts.add(RealStores.BLOCK + (long) (random.nextDouble() * (end - RealStores.BLOCK)));
        }
        ExecutorService two = Executors.newFixedThreadPool(2);
        try {
            List<Future<?>> running = new ArrayList<>();
            for (long cut : cuts) {
                boolean zeros = random.nextBoolean();
                int whole = before + (zeros ? zeroed(frames, bytes, cut) : entryFrames(frames, cut));
                running.add(two.submit(() -> {
                    Path copy = temporary.resolve("cut-" + cut);
                    RealStores.copy(killed, copy);
                    byte[] left = zeros ? bytes.clone() : Arrays.copyOf(bytes, (int) cut);
                    if (zeros) {
                        Arrays.fill(left, (int) cut, left.length, (byte) 0);
                    }
                    Files.write(copy.resolve(killed.relativize(last).toString()), left);
                    try (LedgerEngine engine = LedgerEngine.open(config(copy))) {
                        assertThat(entriesIn(engine))
                                .as("cut at %d, zeros %s, seed %d", cut, zeros, seed)
                                .isEqualTo(entriesOf(written.subList(0, whole)));
                        goesOn(engine);
                    }
                    RealStores.delete(copy);
                    return null;
                }));
            }
            for (Future<?> each : running) {
                each.get();
            }
        } finally {
            two.shutdownNow();
        }
    }

    private static void goesOn(LedgerEngine engine) {
        engine.append(99, 0, RealStores.bytes("after")).join();
        ByteBuf read = engine.read(99, 0);
        assertThat(RealStores.text(read)).isEqualTo("after");
        read.release();
    }

    /** Changes in frames that end, with their padding, before a cut: a frame without its end was never synced. */
    private static int entryFrames(List<FramePlace> frames, long cut) {
        int changes = 0;
        for (FramePlace frame : frames) {
            if (frame.paddedEnd() <= cut && frame.records().get(0).type() == RealStores.ENTRY_RECORD) {
                changes++;
            }
        }
        return changes;
    }

    /** Changes in frames whose bytes are what they were, though zeros follow a cut. */
    private static int zeroed(List<FramePlace> frames, byte[] bytes, long cut) {
        int changes = 0;
        for (FramePlace frame : frames) {
            boolean same = true;
            for (long at = Math.max(cut, frame.offset()); at < frame.end(); at++) {
                same &= bytes[(int) at] == 0;
            }
            if (same && frame.records().get(0).type() == RealStores.ENTRY_RECORD) {
                changes++;
            }
        }
        return changes;
    }

    /** The segment with frames and the highest id. */
    private static Path lastWritten(List<Path> segments) throws IOException {
        Path last = null;
        for (Path segment : segments) {
            if (!RealStores.frames(Files.readAllBytes(segment)).isEmpty()) {
                last = segment;
            }
        }
        return last;
    }
}
