package io.daybook.index;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every {@link LocationIndex} does. {@code -Ddaybook.seed=…} repeats a random history. */
public abstract class LocationIndexContract {
    private static final long MAX_ENTRY = Long.MAX_VALUE - 1;

    /** The index under test. */
    protected LocationIndex index;

    /** A new empty index. */
    protected abstract LocationIndex open();

    /** Closes, and opens the same again. */
    protected abstract LocationIndex reopen(LocationIndex old);

    /** One step of what housekeeping may do at any time. */
    protected void housekeeping(LocationIndex current, Random random) {}

    @BeforeEach
    void openIndex() {
        index = open();
    }

    @AfterEach
    void closeIndex() {
        index.close();
    }

    private void write(Consumer<IndexBatch> changes) {
        try (IndexBatch batch = index.newBatch()) {
            changes.accept(batch);
            index.write(batch);
        }
    }

    private static void putRange(IndexBatch batch, long ledgerId, long from, long to, long segmentId) {
        for (long entry = from; entry <= to; entry++) {
            batch.put(ledgerId, 7, entry, segmentId, at(entry), 100);
        }
    }

    private static long at(long entry) {
        return 4096 + (entry & 0xffffff) * 300;
    }

    @Test
    void newIndexIsEmpty() {
        assertNull(index.find(1, 1, 0));
        assertNull(index.bucket(1, 1, 0));
        assertNull(index.ceiling(1, 1, 0));
        assertNull(index.floor(1, 1, MAX_ENTRY));
        assertEquals(List.of(), index.ledgers());
        assertEquals(Map.of(), index.liveBytes());
        assertEquals(Optional.empty(), index.checkpoint());
    }

    @Test
    void findsWhatWasPutAndNothingElse() {
        write(batch -> {
            putRange(batch, 1, 0, 599, 3);
            batch.put(1, 8, 5, 4, 8192, 0);
            batch.put(Long.MAX_VALUE, 0, MAX_ENTRY, Long.MAX_VALUE, Location.OFFSET_MAX, Location.LENGTH_MAX);
        });
        assertEquals(new Location(3, at(0), 100), index.find(1, 7, 0));
        assertEquals(new Location(3, at(599), 100), index.find(1, 7, 599));
        assertNull(index.find(1, 7, 600));
        assertEquals(new Location(4, 8192, 0), index.find(1, 8, 5));
        assertNull(index.find(1, 8, 6));
        assertNull(index.find(2, 7, 0));
        Location last = new Location(Long.MAX_VALUE, Location.OFFSET_MAX, Location.LENGTH_MAX);
        assertEquals(last, index.find(Long.MAX_VALUE, 0, MAX_ENTRY));
        assertEquals(new LocationIndex.Found(MAX_ENTRY, last), index.ceiling(Long.MAX_VALUE, 0, 0));
        assertNull(index.ceiling(Long.MAX_VALUE, 0, Long.MAX_VALUE));
        assertEquals(new LocationIndex.Found(MAX_ENTRY, last), index.floor(Long.MAX_VALUE, 0, Long.MAX_VALUE));
    }

    @Test
    void ceilingAndFloorStayInTheirGeneration() {
        write(batch -> {
            batch.put(1, 7, 10_000, 1, 4096, 10);
            batch.put(1, 8, 300, 2, 4096, 10);
            batch.put(1, 9, 1, 3, 4096, 10);
        });
        assertEquals(300, index.ceiling(1, 8, 0).entryId());
        assertEquals(300, index.ceiling(1, 8, 300).entryId());
        assertNull(index.ceiling(1, 8, 301));
        assertNull(index.floor(1, 8, 299));
        assertEquals(300, index.floor(1, 8, 300).entryId());
        assertEquals(300, index.floor(1, 8, MAX_ENTRY).entryId());
        assertNull(index.floor(1, 8, -1));
    }

    @Test
    void orderInsideABatchCounts() {
        write(batch -> {
            putRange(batch, 1, 0, 1000, 1);
            batch.truncateAfter(1, 7, 100);
            batch.put(1, 7, 102, 9, 4096, 5);
            batch.put(1, 7, 700, 9, 8192, 5);
        });
        assertNotNull(index.find(1, 7, 100));
        assertNull(index.find(1, 7, 101));
        assertEquals(9, index.find(1, 7, 102).segmentId());
        assertNull(index.find(1, 7, 103));
        assertNull(index.find(1, 7, 300));
        assertEquals(700, index.ceiling(1, 7, 103).entryId());
        assertEquals(102, index.floor(1, 7, 699).entryId());
        assertNull(index.ceiling(1, 7, 701));
    }

    @Test
    void truncationAtTheEdgesOfRows() {
        for (long last : new long[] {-1, 0, 254, 255, 256, 511, 512}) {
            write(batch -> {
                putRange(batch, 1, 0, 600, last + 1);
                batch.truncateAfter(1, 7, last);
            });
            assertEquals(
                    last < 0 ? null : last,
                    last < 0 ? null : index.floor(1, 7, 5000).entryId(),
                    "after " + last);
            assertNull(index.ceiling(1, 7, last + 1), "after " + last);
            assertNull(index.find(1, 7, last + 1));
        }
        write(batch -> batch.truncateAfter(1, 7, MAX_ENTRY));
        assertEquals(512, index.floor(1, 7, 5000).entryId());
    }

    @Test
    void lastPutWins() {
        write(batch -> putRange(batch, 1, 0, 300, 1));
        write(batch -> {
            batch.put(1, 7, 5, 2, 4096, 1);
            batch.put(1, 7, 5, 3, 4096, 2);
        });
        assertEquals(new Location(3, 4096, 2), index.find(1, 7, 5));
        Location[] row = index.bucket(1, 7, 17);
        assertEquals(LocationIndex.BUCKET_ENTRIES, row.length);
        assertEquals(3, row[5].segmentId());
        assertEquals(1, row[6].segmentId());
        Location[] next = index.bucket(1, 7, 256);
        assertNotNull(next[300 - 256]);
        assertNull(next[301 - 256]);
    }

    @Test
    void ledgersLiveBytesAndCheckpointSurviveReopen() {
        LedgerRow plain = new LedgerRow(5, 70, false, -1, 0, -1, -1, 0, 0, 0, null);
        LedgerRow full =
                new LedgerRow(2, 1L << 60, true, 41, 3, 4, MAX_ENTRY, 12, 1 << 20, MAX_ENTRY, new byte[] {1, 0, 2});
        Checkpoint checkpoint = new Checkpoint(-1, Long.MIN_VALUE, -7, 3, 99);
        write(batch -> {
            batch.putLedger(plain);
            batch.putLedger(full);
            batch.putLedger(new LedgerRow(9, 1, false, -1, 0, -1, -1, 0, 0, 0, new byte[0]));
            batch.removeLedger(9);
            batch.addLiveBytes(1, 5, 70, 1000);
            batch.addLiveBytes(1, 2, 1L << 60, 10);
            batch.addLiveBytes(1, 5, 70, -300);
            batch.addLiveBytes(2, 5, 70, 50);
            batch.checkpoint(new Checkpoint(0, 0, 0, 0, 1));
            batch.checkpoint(checkpoint);
        });
        write(batch -> batch.addLiveBytes(2, 5, 70, -50));
        index = reopen(index);
        write(batch -> batch.addLiveBytes(1, 5, 70, -100));
        List<LedgerRow> rows = index.ledgers();
        assertEquals(2, rows.size());
        assertArrayEquals(full.metadata(), rows.get(0).metadata());
        assertEquals(plain, rows.get(1));
        assertTrue(rows.get(0).fenced() && rows.get(0).lastEntryId() == MAX_ENTRY);
        assertEquals(Map.of(1L, 610L), index.liveBytes());
        assertEquals(Optional.of(checkpoint), index.checkpoint());
    }

    @Test
    void droppedGenerationsHaveNoLiveBytes() {
        write(batch -> {
            batch.put(1, 7, 0, 1, 4096, 10);
            batch.addLiveBytes(1, 1, 7, 34);
            batch.addLiveBytes(1, 1, 9, 6);
        });
        write(batch -> {
            batch.removeLedger(1);
            batch.dropGeneration(1, 7);
            batch.put(1, 9, 0, 2, 4096, 10);
        });
        index = reopen(index);
        assertEquals(Map.of(1L, 6L), index.liveBytes());
        assertEquals(2, index.find(1, 9, 0).segmentId());
    }

    @Test
    void aBatchIsEmptyOnceWrittenAndUsableAgain() {
        try (IndexBatch batch = index.newBatch()) {
            batch.put(1, 7, 0, 1, 4096, 10);
            batch.addLiveBytes(1, 1, 7, 34);
            index.write(batch);
            batch.put(1, 7, 1, 1, 8192, 10);
            index.write(batch);
            index.write(batch);
        }
        assertEquals(Map.of(1L, 34L), index.liveBytes());
        assertEquals(4096, index.find(1, 7, 0).offset());
        assertEquals(8192, index.find(1, 7, 1).offset());
    }

    @Test
    void refusesWhatIsOutOfRange() {
        List<Consumer<IndexBatch>> bad = List.of(
                batch -> batch.put(-1, 7, 0, 1, 4096, 1),
                batch -> batch.put(1, -7, 0, 1, 4096, 1),
                batch -> batch.put(1, 7, -1, 1, 4096, 1),
                batch -> batch.put(1, 7, Long.MAX_VALUE, 1, 4096, 1),
                batch -> batch.put(1, 7, 0, -1, 4096, 1),
                batch -> batch.put(1, 7, 0, 1, -1, 1),
                batch -> batch.put(1, 7, 0, 1, Location.OFFSET_MAX + 1, 1),
                batch -> batch.put(1, 7, 0, 1, 4096, -1),
                batch -> batch.put(1, 7, 0, 1, 4096, Location.LENGTH_MAX + 1),
                batch -> batch.truncateAfter(-1, 7, 0),
                batch -> batch.truncateAfter(1, 7, -2),
                batch -> batch.truncateAfter(1, 7, Long.MAX_VALUE),
                batch -> batch.dropGeneration(-1, 7),
                batch -> batch.removeLedger(-1),
                batch -> batch.addLiveBytes(-1, 1, 7, 1),
                batch -> batch.putLedger(new LedgerRow(-1, 7, false, -1, 0, -1, -1, 0, 0, 0, null)),
                batch -> batch.putLedger(new LedgerRow(1, 7, false, -2, 0, -1, -1, 0, 0, 0, null)));
        try (IndexBatch batch = index.newBatch()) {
            for (Consumer<IndexBatch> call : bad) {
                assertThrows(IllegalArgumentException.class, () -> call.accept(batch));
            }
            batch.put(1, 7, 0, 1, 4096, 1);
            index.write(batch);
        }
        assertNotNull(index.find(1, 7, 0));
        assertThrows(IllegalArgumentException.class, () -> index.find(-1, 7, 0));
        assertThrows(IllegalArgumentException.class, () -> index.find(1, 7, -1));
        assertThrows(IllegalArgumentException.class, () -> index.find(1, 7, Long.MAX_VALUE));
        assertThrows(IllegalArgumentException.class, () -> index.ceiling(1, 7, -1));
        assertThrows(IllegalArgumentException.class, () -> index.floor(1, 7, -2));
    }

    @Test
    void closedIndexSaysSoAtEachCall() {
        IndexBatch batch = index.newBatch();
        batch.put(1, 7, 0, 1, 4096, 1);
        index.close();
        index.close();
        List<Runnable> calls = List.of(
                () -> index.write(batch),
                () -> index.find(1, 7, 0),
                () -> index.ceiling(1, 7, 0),
                () -> index.floor(1, 7, 0),
                () -> index.floor(1, 7, -1),
                () -> index.bucket(1, 7, 0),
                () -> index.ledgers(),
                () -> index.liveBytes(),
                () -> index.checkpoint(),
                () -> index.sync(),
                () -> index.compact(),
                () -> index.bytesAtRest());
        for (int i = 0; i < calls.size(); i++) {
            Runnable call = calls.get(i);
            IndexException e = assertThrows(IndexException.class, call::run, "call " + i);
            assertEquals(IndexException.Kind.CLOSED, e.kind(), "call " + i);
        }
        batch.close();
    }

    @Test
    void randomHistoriesAgreeWithAMap() {
        long seed = Long.getLong("daybook.seed", System.nanoTime());
        try {
            new History(seed).run();
        } catch (AssertionError | RuntimeException e) {
            throw new AssertionError("repeat with -Ddaybook.seed=" + seed, e);
        }
    }

    /** Random changes and questions on a few ledgers, with a map for each generation as the model. */
    private final class History {
        private static final int LEDGERS = 4;
        private static final int ROUNDS = 400;

        private final Random random;
        private final long[] generations = new long[LEDGERS];
        private final List<TreeMap<Long, Location>> model = new ArrayList<>();

        History(long seed) {
            random = new Random(seed);
            for (int i = 0; i < LEDGERS; i++) {
                model.add(new TreeMap<>());
            }
        }

        void run() {
            for (int round = 0; round < ROUNDS; round++) {
                try (IndexBatch batch = index.newBatch()) {
                    for (int i = random.nextInt(6); i >= 0; i--) {
                        change(batch);
                    }
                    index.write(batch);
                }
                if (random.nextInt(4) == 0) {
                    housekeeping(index, random);
                }
                if (random.nextInt(40) == 0) {
                    index = reopen(index);
                }
                for (int i = 0; i < 10; i++) {
                    ask();
                }
            }
        }

        private void change(IndexBatch batch) {
            int ledger = random.nextInt(LEDGERS);
            TreeMap<Long, Location> entries = model.get(ledger);
            long generation = generations[ledger];
            long from = id();
            switch (random.nextInt(12)) {
                case 0 -> {
                    long last = random.nextInt(8) == 0 ? -1 : from;
                    batch.truncateAfter(ledger, generation, last);
                    entries.tailMap(last, false).clear();
                }
                case 1 -> {
                    if (random.nextInt(5) == 0) {
                        batch.dropGeneration(ledger, generation);
                        generations[ledger] += 1 + random.nextInt(3);
                        entries.clear();
                    }
                }
                default -> {
                    long step = random.nextInt(3) == 0 ? 1 + random.nextInt(40) : 1;
                    int count = 1 + random.nextInt(random.nextBoolean() ? 3 : 400);
                    Location at = location();
                    int size = random.nextInt(5000);
                    for (long id = from; id < from + count * step && id <= MAX_ENTRY && id >= 0; id += step) {
                        batch.put(ledger, generation, id, at.segmentId(), at.offset(), at.length());
                        entries.put(id, at);
                        at = random.nextInt(20) == 0
                                ? location()
                                : new Location(
                                        at.segmentId(),
                                        Math.min(Location.OFFSET_MAX, at.offset() + 24L * random.nextInt(3) + size),
                                        random.nextInt(3) == 0 ? random.nextInt(5000) : size);
                    }
                }
            }
        }

        private long id() {
            return switch (random.nextInt(10)) {
                case 0 -> MAX_ENTRY - random.nextInt(1000);
                case 1 -> random.nextLong() & 0xffff_ffffL;
                default -> random.nextInt(3000);
            };
        }

        private Location location() {
            return switch (random.nextInt(8)) {
                case 0 ->
                    new Location(
                            random.nextLong() & Long.MAX_VALUE,
                            random.nextLong() & Location.OFFSET_MAX,
                            Location.LENGTH_MAX);
                case 1 -> new Location(0, 0, 0);
                default -> new Location(random.nextInt(5), 4096L * random.nextInt(100_000), random.nextInt(5000));
            };
        }

        private void ask() {
            int ledger = random.nextInt(LEDGERS);
            TreeMap<Long, Location> entries = model.get(ledger);
            long generation = generations[ledger];
            long id = id();
            assertEquals(entries.get(id), index.find(ledger, generation, id));
            assertEquals(found(entries.ceilingEntry(id)), index.ceiling(ledger, generation, id));
            assertEquals(found(entries.floorEntry(id)), index.floor(ledger, generation, id));
            Location[] row = index.bucket(ledger, generation, id);
            long first = id - id % LocationIndex.BUCKET_ENTRIES;
            Location[] visited = new Location[LocationIndex.BUCKET_ENTRIES];
            index.visitBucket(
                    ledger,
                    generation,
                    id,
                    (slot, segmentId, offset, length) -> visited[slot] = new Location(segmentId, offset, length));
            for (int slot = 0; slot < LocationIndex.BUCKET_ENTRIES; slot++) {
                assertEquals(entries.get(first + slot), row == null ? null : row[slot]);
                assertEquals(entries.get(first + slot), visited[slot]);
            }
        }

        private LocationIndex.Found found(Map.Entry<Long, Location> entry) {
            return entry == null ? null : new LocationIndex.Found(entry.getKey(), entry.getValue());
        }
    }
}
