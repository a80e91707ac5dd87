package io.daybook.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.daybook.testing.Await;
import io.daybook.testing.Command;
import io.daybook.testing.ForkedJvm;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.prometheus.client.CollectorRegistry;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A real file system of 64 MB in memory, and an engine with default settings on it that fills it, with somebody else who takes
 * and gives back the rest (F7). Mounting needs root; without it these tests are skipped and say so.
 */
@Timeout(300)
class FullDiskTest {
    private static final int ENTRY_BYTES = 16 << 10;
    private static final int IN_FLIGHT = 64;
    private static final Duration FILL_MAX = Duration.ofSeconds(60);

    @TempDir
    Path temporary;

    private Path disk;

    @BeforeEach
    void mountTheDisk() throws Exception {
        disk = mount("disk");
    }

    private Path mount(String name) throws IOException {
        Path at = Files.createDirectories(temporary.resolve(name));
        String failure = run("mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", at.toString());
        if (!failure.isEmpty()) {
            System.out.println("FullDiskTest: SKIPPED, a tmpfs cannot be mounted: " + failure);
        }
        Assumptions.assumeTrue(failure.isEmpty(), () -> "SKIPPED, a tmpfs cannot be mounted: " + failure);
        return at;
    }

    @AfterEach
    void unmount() throws Exception {
        try (var mounts = Files.list(temporary)) {
            for (Path at : mounts.filter(Files::isDirectory).toList()) {
                run("umount", "-l", at.toString());
            }
        }
    }

    /** What went wrong, empty: nothing. */
    private static String run(String... command) throws IOException {
        Command.Ran ran = Command.run(Duration.ofSeconds(60), List.of(command));
        return ran.status() == 0 ? "" : String.join(" ", command) + ": " + ran.output();
    }

    static ByteBuf entry(long ledgerId, long entryId) {
        byte[] bytes = new byte[ENTRY_BYTES];
        new Random(ledgerId * 1_000_003 + entryId).nextBytes(bytes);
        return Unpooled.wrappedBuffer(bytes);
    }

    /** Appends to ledgers of a hundred entries each until one is refused; returns how many entries there are. */
    static long fill(LedgerEngine engine, long firstLedger) {
        Deque<CompletableFuture<Void>> inFlight = new ArrayDeque<>();
        long accepted = 0;
        long start = System.nanoTime();
        while (System.nanoTime() - start < FILL_MAX.toNanos()) {
            long ledger = firstLedger + accepted / 100;
            CompletableFuture<Void> future = engine.append(ledger, accepted % 100, entry(ledger, accepted % 100));
            if (future.isCompletedExceptionally()) {
                // Decided before it was accepted: whatever was accepted completes.
                inFlight.forEach(CompletableFuture::join);
                assertThatThrownBy(future::join)
                        .isInstanceOf(CompletionException.class)
                        .hasCauseInstanceOf(DiskFullException.class);
                // A segment that is sealed gives back what was prepared for it: then there is room once more.
                if (staysFull(engine)) {
                    return accepted;
                }
                inFlight.clear();
                continue;
            }
            accepted++;
            inFlight.addLast(future);
            if (inFlight.size() > IN_FLIGHT) {
                inFlight.removeFirst().join();
            }
        }
        throw new AssertionError("not full after " + accepted + " entries and " + FILL_MAX.toSeconds() + " s");
    }

    private static boolean staysFull(LedgerEngine engine) {
        for (int look = 0; look < 6; look++) {
            if (engine.health().status() != EngineHealth.Status.YELLOW) {
                return false;
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
        }
        return true;
    }

    static void expectAll(LedgerEngine engine, long firstLedger, long from, long to) {
        for (long i = from; i < to; i++) {
            long ledger = firstLedger + i / 100;
            ByteBuf read = engine.read(ledger, i % 100);
            try {
                assertThat(read).as("entry %d of ledger %d", i % 100, ledger).isEqualTo(entry(ledger, i % 100));
            } finally {
                read.release();
            }
        }
    }

    /** Takes all that is left, a page at a time in the end. */
    static Path takeTheRest(Path disk) throws IOException {
        Path file = disk.resolve("somebody-else");
        // Whoever works on this disk may give something back meanwhile.
        for (int tries = 0; disk.toFile().getUsableSpace() > 0 && tries < 100; tries++) {
            writeUntilFull(file, new byte[1 << 20]);
            writeUntilFull(file, new byte[4096]);
        }
        assertThat(disk.toFile().getUsableSpace()).isZero();
        return file;
    }

    private static void writeUntilFull(Path file, byte[] bytes) {
        try (OutputStream out = Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
            while (true) {
                out.write(bytes);
            }
        } catch (IOException e) {
            // There is no room for so many bytes.
        }
    }

    static boolean appends(LedgerEngine engine, long ledger, long entryId) {
        try {
            engine.append(ledger, entryId, entry(ledger, entryId)).join();
            return true;
        } catch (CompletionException e) {
            assertThat(e).hasCauseInstanceOf(DiskFullException.class);
            return false;
        }
    }

    private static void expectFull(LedgerEngine engine) {
        EngineHealth health = engine.health();
        assertThat(health.failure()).isEmpty();
        assertThat(health.status()).isEqualTo(EngineHealth.Status.YELLOW);
        assertThat(String.join("; ", health.reasons())).contains("full");
    }

    private void open(Path directory, CollectorRegistry registry, Work work) throws Exception {
        EngineConfig config = EngineConfig.builder(directory)
                .name("full")
                .metricsRegistry(registry)
                .build();
        try (LedgerEngine engine = LedgerEngine.open(config)) {
            work.with(engine);
        }
    }

    @FunctionalInterface
    private interface Work {
        void with(LedgerEngine engine) throws Exception;
    }

    private static double sample(CollectorRegistry registry, String name, String... more) {
        String[] names = new String[1 + more.length / 2];
        String[] values = new String[names.length];
        names[0] = "engine";
        values[0] = "full";
        for (int i = 0; i < more.length; i += 2) {
            names[1 + i / 2] = more[i];
            values[1 + i / 2] = more[i + 1];
        }
        Double value = registry.getSampleValue(name, names, values);
        return value == null ? Double.NaN : value;
    }

    @Test
    void appendsComeBackWhenSomebodyElseMakesRoom() throws Exception {
        CollectorRegistry registry = new CollectorRegistry();
        Path store = disk.resolve("store");
        open(store, registry, engine -> {
            Path ballast = Files.write(disk.resolve("ballast"), new byte[12 << 20]);
            long accepted = fill(engine, 0);
            System.out.println("FullDiskTest: " + accepted * ENTRY_BYTES / (1 << 20) + " MiB of entries accepted, "
                    + (disk.toFile().getUsableSpace() >> 20) + " MiB free");
            expectFull(engine);
            Path other = takeTheRest(disk);
            expectAll(engine, 0, 0, accepted);
            assertThat(appends(engine, 1_000_000, 0)).isFalse();
            // All that is no append goes on.
            engine.fence(0).get(20, TimeUnit.SECONDS);
            engine.trimBefore(1, 10).get(20, TimeUnit.SECONDS);
            engine.truncateAfter(2, 49).get(20, TimeUnit.SECONDS);
            engine.delete(3).get(20, TimeUnit.SECONDS);
            assertThat(engine.exists(3)).isFalse();
            expectAll(engine, 0, 0, 100);
            expectFull(engine);
            assertThat(sample(registry, "daybook_append_rejections_total", "reason", "disk_full"))
                    .isGreaterThanOrEqualTo(2);
            Await.until("the free space is seen", () -> sample(registry, "daybook_disk_free_bytes") < 64 << 20);
            assertThat(sample(registry, "daybook_health")).isEqualTo(1);

            Files.delete(other);
            Files.delete(ballast);
            Await.until("appends come back", () -> appends(engine, 1_000_000, 0));
            Await.until("health is green", () -> engine.health().status() == EngineHealth.Status.GREEN);
            engine.flush();
            expectAll(engine, 0, 0, 100);
        });
        open(store, new CollectorRegistry(), engine -> {
            expectAll(engine, 0, 0, 100);
            expectAll(engine, 0, 110, 250);
            assertThat(engine.isFenced(0)).isTrue();
            assertThat(engine.exists(3)).isFalse();
            expectAll(engine, 1_000_000, 0, 1);
        });
    }

    @Test
    void deletesMakeRoomOnADiskWithoutAByteLeft() throws Exception {
        Path store = disk.resolve("store");
        open(store, new CollectorRegistry(), engine -> {
            long accepted = fill(engine, 0);
            takeTheRest(disk);
            expectFull(engine);
            long ledgers = accepted / 100;
            for (long ledger = 0; ledger < ledgers - 4; ledger++) {
                engine.delete(ledger).get(20, TimeUnit.SECONDS);
            }
            Await.until("appends come back", () -> appends(engine, 1_000_000, 0));
            Await.until("health is green", () -> engine.health().status() == EngineHealth.Status.GREEN);
            expectAll(engine, 0, (ledgers - 4) * 100, accepted);
            long more = fill(engine, 2_000_000);
            System.out.println("FullDiskTest: deletes made room for " + more * ENTRY_BYTES / (1 << 20) + " MiB");
            assertThat(more * ENTRY_BYTES).isGreaterThan(4 << 20);
            expectAll(engine, 2_000_000, 0, more);
        });
    }

    @Test
    void aRestartOnTheFullDiskOpensAndReads() throws Exception {
        Path store = disk.resolve("store");
        Path ballast = Files.write(disk.resolve("ballast"), new byte[12 << 20]);
        long[] accepted = new long[1];
        open(store, new CollectorRegistry(), engine -> {
            accepted[0] = fill(engine, 0);
            takeTheRest(disk);
            expectFull(engine);
        });
        Path other = takeTheRest(disk);
        for (int restart = 0; restart < 3; restart++) {
            boolean first = restart == 0;
            boolean last = restart == 2;
            open(store, new CollectorRegistry(), engine -> {
                expectAll(engine, 0, 0, accepted[0]);
                takeTheRest(disk);
                assertThat(appends(engine, 1_000_000, 0)).isFalse();
                expectFull(engine);
                if (first) {
                    // From the reserve; then somebody takes what it leaves.
                    engine.fence(0).get(20, TimeUnit.SECONDS);
                }
                assertThat(engine.isFenced(0)).isTrue();
                if (last) {
                    Files.delete(other);
                    Files.delete(ballast);
                    Await.until("appends come back", () -> appends(engine, 1_000_000, 0));
                    engine.flush();
                    Await.until("health is green", () -> engine.health().status() == EngineHealth.Status.GREEN);
                }
            });
        }
    }

    /** Fills the disk and more, says so, and waits to be killed. */
    static final class KilledWriter {
        private KilledWriter() {}

        public static void main(String[] args) throws Exception {
            Path disk = Path.of(args[0]);
            LedgerEngine engine = LedgerEngine.open(disk.resolve("store"));
            long accepted = fill(engine, 0);
            takeTheRest(disk);
            Runtime.getRuntime().addShutdownHook(new Thread(engine::close));
            Files.writeString(Path.of(args[1]), Long.toString(accepted));
            System.out.println(ForkedJvm.DONE);
            System.out.flush();
            Runtime.getRuntime().halt(0);
        }
    }

    @Test
    void aStoreWhoseProcessWasKilledOnTheFullDiskOpensAndReads() throws Exception {
        Path scratch = Files.createDirectories(temporary.resolve("scratch"));
        Path count = temporary.resolve("count");
        Path ballast = Files.write(disk.resolve("ballast"), new byte[12 << 20]);
        new ForkedJvm(scratch, KilledWriter.class).run(disk, count).good();
        long accepted = Long.parseLong(Files.readString(count));
        Path other = takeTheRest(disk);
        open(disk.resolve("store"), new CollectorRegistry(), engine -> {
            expectAll(engine, 0, 0, accepted);
            takeTheRest(disk);
            assertThat(appends(engine, 1_000_000, 0)).isFalse();
            expectFull(engine);
            Files.delete(other);
            Files.delete(ballast);
            Await.until("appends come back", () -> appends(engine, 1_000_000, 0));
        });
    }

    @Test
    void anIndexWithoutRoomWaitsForItWhileReadsAndDeletesGoOn() throws Exception {
        Path journal = mount("journal");
        EngineConfig config = EngineConfig.builder(disk.resolve("store"))
                .journalDirectory(journal.resolve("segments"))
                .build();
        ExecutorService flushes = Executors.newSingleThreadExecutor();
        try (LedgerEngine engine = LedgerEngine.open(config)) {
            ByteBuf large = Unpooled.wrappedBuffer(new byte[60 << 10]);
            // More than the blocks that RocksDB has allocated for its log.
            for (long ledger = 0; ledger < 100; ledger++) {
                engine.append(ledger, 0, entry(ledger, 0)).join();
                engine.putMetadata(ledger, large).join();
            }
            Path other = takeTheRest(disk);
            Future<?> flush = flushes.submit(engine::flush);
            Await.until(
                    "the index is full",
                    () -> String.join("", engine.health().reasons()).contains("index"));
            expectFull(engine);
            for (long ledger = 0; ledger < 100; ledger++) {
                ByteBuf read = engine.read(ledger, 0);
                assertThat(read).isEqualTo(entry(ledger, 0));
                read.release();
            }
            engine.trimBefore(7, 1).get(20, TimeUnit.SECONDS);
            engine.delete(8).get(20, TimeUnit.SECONDS);
            Files.delete(other);
            flush.get(30, TimeUnit.SECONDS);
            Await.until("appends come back", () -> appends(engine, 7, 1));
            Await.until("health is green", () -> engine.health().status() == EngineHealth.Status.GREEN);
        } finally {
            flushes.shutdown();
        }
        try (LedgerEngine engine = LedgerEngine.open(config)) {
            assertThat(engine.ledgers().count()).isEqualTo(99);
            ByteBuf read = engine.read(7, 1);
            assertThat(read).isEqualTo(entry(7, 1));
            read.release();
        }
    }

    @Test
    void aStoreThatIsKilledTwiceOnTheFullDiskKeepsAllOfIt() throws Exception {
        Path scratch = Files.createDirectories(temporary.resolve("scratch"));
        Path count = temporary.resolve("count");
        long accepted = 0;
        for (int kill = 0; kill < 2; kill++) {
            // Each life appends what it can, which may be nothing.
            new ForkedJvm(scratch, KilledWriter.class).run(disk, count).good();
            accepted = Math.max(accepted, Long.parseLong(Files.readString(count)));
            takeTheRest(disk);
            open(disk.resolve("store"), new CollectorRegistry(), engine -> {});
        }
        long all = accepted;
        open(disk.resolve("store"), new CollectorRegistry(), engine -> expectAll(engine, 0, 0, all));
    }
}
