package io.daybook.index;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.daybook.lease.Hold;
import io.daybook.lease.Lease;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RocksLocationIndexTest extends LocationIndexContract {
    private static final IndexOptions OPTIONS = IndexOptions.defaults().withMemoryBytes(12 << 20);

    @TempDir
    Path directory;

    @Override
    protected LocationIndex open() {
        return RocksLocationIndex.open(directory, OPTIONS, Lease.debug("index"));
    }

    @Override
    protected LocationIndex reopen(LocationIndex old) {
        old.close();
        return open();
    }

    @Override
    protected void housekeeping(LocationIndex current, Random random) {
        RocksLocationIndex rocks = (RocksLocationIndex) current;
        switch (random.nextInt(30)) {
            case 0 -> rocks.compact();
            case 1, 2, 3 -> rocks.clearDropped(2 + random.nextInt(3));
            default -> rocks.rewriteHotRows(random.nextInt(200));
        }
    }

    private RocksLocationIndex rocks() {
        return (RocksLocationIndex) index;
    }

    private void put(long ledger, long generation, long from, long to, long segment) {
        try (IndexBatch batch = index.newBatch()) {
            for (long entry = from; entry <= to; entry++) {
                batch.put(ledger, generation, entry, segment, 4096 + entry * 256, 232);
            }
            index.write(batch);
        }
    }

    @Test
    void rowsWithManyFragmentsAndCompleteRowsAreRewritten() {
        for (int i = 0; i < 100; i++) {
            put(1, 1, i, i, i);
        }
        for (int i = 0; i < 256; i += 8) {
            put(2, 1, i, i + 7, 1);
        }
        assertTrue(rocks().hotRows() >= 2, "hot rows: " + rocks().hotRows());
        assertTrue(rocks().rewriteHotRows(1000) >= 2);
        assertEquals(0, rocks().hotRows());
        for (int i = 0; i < 100; i++) {
            assertEquals(i, index.find(1, 1, i).segmentId());
        }
        assertEquals(4096 + 255 * 256, index.find(2, 1, 255).offset());
        assertEquals(0, rocks().rewriteHotRows(1000));
    }

    @Test
    void aLookupReportsALongRow() {
        // Two rows apart that are known to nobody: the counters are new after a reopen.
        for (int i = 0; i < 60; i++) {
            put(1, 1, 0, 0, i);
        }
        index = reopen(index);
        for (int i = 60; i < 80; i++) {
            put(1, 1, 0, 0, i);
        }
        assertEquals(0, rocks().hotRows());
        assertEquals(79, index.find(1, 1, 0).segmentId());
        assertEquals(1, rocks().hotRows());
        assertEquals(1, rocks().rewriteHotRows(10));
        assertEquals(79, index.find(1, 1, 0).segmentId());
        assertEquals(0, rocks().hotRows());
    }

    @Test
    void rewritesLoseNoConcurrentMerge() throws Exception {
        AtomicBoolean done = new AtomicBoolean();
        AtomicReference<Throwable> failed = new AtomicReference<>();
        Thread rewriter = new Thread(() -> {
            try {
                while (!done.get()) {
                    rocks().rewriteHotRows(100);
                    rocks().compact();
                }
            } catch (RuntimeException | Error e) {
                failed.set(e);
            }
        });
        rewriter.start();
        try {
            for (int round = 0; round < 30; round++) {
                for (int i = 0; i < 128; i++) {
                    put(1, 1, i, i, round * 1000L + i);
                }
            }
        } finally {
            done.set(true);
            rewriter.join();
        }
        assertNull(failed.get());
        for (int i = 0; i < 128; i++) {
            assertEquals(29_000 + i, index.find(1, 1, i).segmentId());
        }
    }

    @Test
    void droppedGenerationsAreClearedInStepsAndAfterAReopen() {
        for (int ledger = 0; ledger < 60; ledger++) {
            put(ledger, 1, 0, 600, 1);
            put(ledger, 2, 0, 600, 1);
            try (IndexBatch batch = index.newBatch()) {
                batch.addLiveBytes(1, ledger, 1, 100);
                batch.addLiveBytes(1, ledger, 2, 1);
                if (ledger >= 30 || ledger % 2 == 0) {
                    batch.dropGeneration(ledger, 1);
                }
                if (ledger >= 30) {
                    batch.dropGeneration(ledger, 2);
                }
                index.write(batch);
            }
        }
        assertEquals(15 * 100 + 30, index.liveBytes().get(1L));
        index = reopen(index);
        int cleared = 0;
        for (int step; (step = rocks().clearDropped(4)) > 0; ) {
            cleared += step;
        }
        assertEquals(15 + 60, cleared);
        for (int ledger = 0; ledger < 60; ledger++) {
            boolean first = ledger < 30 && ledger % 2 != 0;
            assertEquals(first, index.find(ledger, 1, 300) != null, "ledger " + ledger);
            assertEquals(ledger < 30, index.find(ledger, 2, 300) != null, "ledger " + ledger);
        }
        assertEquals(15 * 100 + 30, index.liveBytes().get(1L));
        assertEquals(0, rocks().clearDropped(100));
    }

    @Test
    void neighboursShareARange() {
        for (int ledger = 0; ledger < 500; ledger++) {
            put(ledger, 1, 0, 0, 1);
            try (IndexBatch batch = index.newBatch()) {
                batch.dropGeneration(ledger, 1);
                index.write(batch);
            }
        }
        assertEquals(500, rocks().clearDropped(2));
    }

    @Test
    void zeroLiveBytesAreDeletedInTheEnd() {
        try (IndexBatch batch = index.newBatch()) {
            batch.addLiveBytes(1, 1, 1, 100);
            index.write(batch);
            batch.addLiveBytes(1, 1, 1, -100);
            index.write(batch);
        }
        assertEquals(Map.of(), index.liveBytes());
        assertEquals(1, rocks().hotRows());
        rocks().rewriteHotRows(10);
        assertEquals(Map.of(), index.liveBytes());
        assertEquals(0, rocks().hotRows());
    }

    @Test
    void aBatchThatWasKeptAlthoughItThrewCountsOnce() {
        // What RocksDB's log holds when a batch was written twice: two equal deltas of one batch.
        byte[] once = StateCodec.liveBytes(5, 100);
        byte[] before = StateCodec.liveBytes(4, 1000);
        byte[] row = new byte[before.length + 2 * once.length];
        System.arraycopy(before, 0, row, 0, before.length);
        System.arraycopy(once, 0, row, before.length, once.length);
        System.arraycopy(once, 0, row, before.length + once.length, once.length);
        assertEquals(1100, StateCodec.liveBytes(row).sum());
    }

    @Test
    void manyTruncationsBeginNewMemtables() {
        try (IndexBatch batch = index.newBatch()) {
            for (int i = 0; i < 2500; i++) {
                batch.put(1, 1, i % 700, i, 4096, 1);
                batch.truncateAfter(1, 1, i % 650);
                if (i % 100 == 0) {
                    index.write(batch);
                }
            }
            index.write(batch);
        }
        assertEquals(2499 % 650, index.floor(1, 1, 5000).entryId() / 1000 * 1000 + 2499 % 650);
        assertTrue(index.floor(1, 1, 5000).entryId() <= 2499 % 650);
    }

    @Test
    void readOnlyOpenReadsAndRefusesWrites() {
        put(1, 1, 0, 10, 1);
        index.sync();
        try (RocksLocationIndex reader =
                RocksLocationIndex.open(directory, OPTIONS.withReadOnly(true), new Lease("reader"))) {
            assertNotNull(reader.find(1, 1, 10));
            assertThrows(IllegalStateException.class, () -> reader.write(reader.newBatch()));
            assertThrows(IllegalStateException.class, reader::sync);
        }
        assertNotNull(index.find(1, 1, 10));
    }

    @Test
    void manualWalFlushKeepsWhatWasClosed() {
        index.close();
        IndexOptions manual = OPTIONS.withManualWalFlush(true);
        index = RocksLocationIndex.open(directory, manual, new Lease("index"));
        put(1, 1, 0, 10, 1);
        index.close();
        index = open();
        assertNotNull(index.find(1, 1, 10));
    }

    @Test
    void unknownFormatVersionIsRefusedWithItsNumber() {
        index.close();
        try (RocksHandle handle = new RocksHandle(directory, OPTIONS, new Lease("raw"))) {
            BatchLog log = new BatchLog(64);
            log.put(Keys.format(), StateCodec.number(77));
            handle.write(log.toBytes(), log.count());
        }
        IndexException e = assertThrows(IndexException.class, this::open);
        assertEquals(IndexException.Kind.DAMAGED, e.kind());
        assertTrue(e.getMessage().contains("77"), e.getMessage());
        // The failed open has freed everything: the directory is not locked.
        assertThrows(IndexException.class, this::open);
    }

    @Test
    void damagedRowsAreDamagedAndNotAbsent() {
        put(1, 1, 0, 10, 1);
        index.close();
        try (RocksHandle handle = new RocksHandle(directory, OPTIONS, new Lease("raw"))) {
            BatchLog log = new BatchLog(64);
            log.merge(Keys.bucket(1, 1, 0), new byte[] {0x11, 0});
            log.put(Keys.checkpoint(), new byte[3]);
            log.put(Keys.ledger(4), new byte[3]);
            log.put(Keys.live(4, 4, 4), new byte[] {-1});
            handle.write(log.toBytes(), log.count());
        }
        index = open();
        for (Runnable call : new Runnable[] {
            () -> index.find(1, 1, 5),
            () -> index.find(1, 1, 11),
            () -> index.bucket(1, 1, 5),
            () -> index.ceiling(1, 1, 0),
            () -> index.floor(1, 1, 300),
            () -> index.checkpoint(),
            () -> index.ledgers(),
            () -> index.liveBytes()
        }) {
            assertEquals(
                    IndexException.Kind.DAMAGED,
                    assertThrows(IndexException.class, call::run).kind());
        }
        assertNull(index.find(1, 1, 256));
    }

    @Test
    void flippedBytesInATableAreDamage() throws IOException {
        for (int ledger = 0; ledger < 300; ledger++) {
            put(ledger, 1, 0, 300, ledger);
        }
        index.compact();
        index.close();
        try (Stream<Path> files = Files.list(directory)) {
            Path table = files.filter(file -> file.toString().endsWith(".sst"))
                    .findFirst()
                    .orElseThrow();
            byte[] bytes = Files.readAllBytes(table);
            for (int at = 100; at < 2000; at += 50) {
                bytes[at] ^= 1;
            }
            Files.write(table, bytes);
        }
        index = open();
        int damaged = 0;
        for (int ledger = 0; ledger < 300; ledger++) {
            try {
                assertNotNull(index.find(ledger, 1, 300), "ledger " + ledger + " is not absent");
            } catch (IndexException e) {
                assertEquals(IndexException.Kind.DAMAGED, e.kind());
                damaged++;
            }
        }
        assertTrue(damaged > 0);
    }

    @Test
    void aDirectoryThatIsOpenIsRefused() {
        IndexException e = assertThrows(IndexException.class, this::open);
        assertEquals(IndexException.Kind.FAILED, e.kind());
    }

    @Test
    void anEndedLeaseOpensNothing() {
        index.close();
        Lease ended = new Lease("ended");
        ended.end(Duration.ZERO);
        IndexException e = assertThrows(IndexException.class, () -> RocksLocationIndex.open(directory, OPTIONS, ended));
        assertEquals(IndexException.Kind.CLOSED, e.kind());
        index = open();
    }

    @Test
    void propertiesReadAndSayMinusOneAfterClose() {
        put(1, 1, 0, 10, 1);
        Map<String, LongSupplier> properties = rocks().nativeProperties();
        assertTrue(properties.get("rocksdb.size-all-mem-tables").getAsLong() > 0);
        properties.forEach((name, reading) -> assertTrue(reading.getAsLong() >= 0, name));
        index.close();
        properties.forEach((name, reading) -> assertEquals(-1, reading.getAsLong(), name));
    }

    @Test
    void closeLeaksWhileAHoldIsOutAndFreesLater() {
        index.close();
        Lease lease = new Lease("index");
        index = RocksLocationIndex.open(directory, OPTIONS.withCloseDeadline(Duration.ofMillis(20)), lease);
        put(1, 1, 0, 10, 1);
        try (Hold hold = lease.tryAcquire()) {
            assertNotNull(hold);
            index.close();
            assertFalse(lease.isEnded());
            assertThrows(IndexException.class, this::open, "the leaked database keeps its directory");
        }
        index.close();
        index = open();
        assertNotNull(index.find(1, 1, 10));
    }

    @Test
    void closeUnderReadersWritersAndASampler() throws Exception {
        for (int round = 0; round < 10; round++) {
            Map<String, LongSupplier> properties = rocks().nativeProperties();
            AtomicReference<Throwable> failed = new AtomicReference<>();
            Runnable[] work = {
                () -> put(1, 1, 0, 500, 1),
                () -> index.find(1, 1, 10),
                () -> index.floor(1, 1, 5000),
                () -> properties.values().forEach(LongSupplier::getAsLong),
                () -> index.compact()
            };
            Thread[] threads = new Thread[work.length];
            for (int i = 0; i < work.length; i++) {
                Runnable call = work[i];
                threads[i] = new Thread(() -> {
                    long end = System.nanoTime() + 1_000_000_000L;
                    try {
                        while (System.nanoTime() < end && failed.get() == null) {
                            call.run();
                        }
                    } catch (IndexException e) {
                        if (e.kind() != IndexException.Kind.CLOSED) {
                            failed.set(e);
                        }
                    }
                });
                threads[i].start();
            }
            Thread.sleep(30);
            index.close();
            LocationIndex next = open();
            for (Thread thread : threads) {
                thread.interrupt();
            }
            properties.values().forEach(reading -> assertEquals(-1, reading.getAsLong()));
            for (Thread thread : threads) {
                thread.join();
            }
            assertNull(failed.get());
            index = next;
        }
    }
}
