package io.daybook.engine.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import io.daybook.engine.EngineConfig;
import io.daybook.engine.LedgerEngine;
import io.daybook.engine.ShutdownReport;
import io.daybook.engine.ShutdownReport.StageResult;
import io.daybook.engine.TestEngines;
import io.daybook.index.IndexOptions;
import io.daybook.index.LocationIndex;
import io.daybook.index.WatchedIndex;
import io.daybook.journal.JournalClock;
import io.daybook.lease.Lease;
import io.daybook.storage.NioStorage;
import io.daybook.storage.Storage;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.prometheus.client.CollectorRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/**
 * An engine on the real disk and the real RocksDB, each call of which a test can see, hold up or let fail. Events are {@code
 * "thread: operation name"}.
 */
final class ClosingRig {
    /**
     * Of stages, where one is held up: short, as it is waited for; the longer ones for when the others, which work on a real disk
     * and a real database, are not done in time either.
     */
    static final List<Duration> DEADLINES =
            List.of(Duration.ofMillis(200), Duration.ofMillis(1500), Duration.ofSeconds(8));

    private static final long PATIENCE_SECONDS = 60;

    final Path directory;
    final String name;
    final Gate gate = new Gate();
    final CollectorRegistry registry = new CollectorRegistry();
    final List<String> events = new CopyOnWriteArrayList<>();
    WatchedStorage storage;
    /** Of the index that is open. */
    volatile Lease indexLease;

    private volatile WatchedStorage.Watch fault = event -> {};
    private Duration deadline = DEADLINES.get(0);
    private boolean manualWalFlush;
    private TestEngines engine;

    ClosingRig(Path directory, String name) {
        this.directory = directory;
        this.name = name;
    }

    static boolean isLongest(Duration deadline) {
        return deadline.equals(DEADLINES.get(DEADLINES.size() - 1));
    }

    ClosingRig deadline(Duration value) {
        deadline = value;
        return this;
    }

    ClosingRig manualWalFlush() {
        manualWalFlush = true;
        return this;
    }

    /** Asked before each call; throws what is to go wrong. */
    ClosingRig fault(WatchedStorage.Watch value) {
        fault = value;
        return this;
    }

    EngineConfig.Builder config() {
        return EngineConfig.builder(directory)
                .name(name)
                .memoryBudget(16 << 20)
                .segmentBytes(64 << 10)
                .metricsRegistry(registry)
                .stageDeadline(deadline);
    }

    LedgerEngine open() throws IOException {
        return open(config().build());
    }

    LedgerEngine open(EngineConfig config) throws IOException {
        return open(config, 4096);
    }

    LedgerEngine open(EngineConfig config, int tailEntries) throws IOException {
        storage = new WatchedStorage(NioStorage.at(config.directory(), true), this::before);
        Storage journal = storage.directory("journal", true);
        engine = TestEngines.open(
                config,
                new Environment(
                        storage,
                        journal,
                        indexes(),
                        new GatedClock(),
                        new SecureRandom(),
                        true,
                        tailEntries,
                        64 << 20,
                        4));
        return engine.engine();
    }

    long replayedRecords() {
        return engine.replayedRecords();
    }

    private void before(String operation) throws IOException {
        String event = Thread.currentThread().getName() + ": " + operation;
        events.add(event);
        fault.before(event);
        gate.pass(event);
    }

    private void beforeNative(WatchedIndex.Call call) {
        try {
            before(call.name());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Holds up an appender inside of the lock of the intake. */
    private final class GatedClock implements JournalClock {
        @Override
        public long nanoTime() {
            try {
                gate.pass(Thread.currentThread().getName() + ": clock");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return System.nanoTime();
        }
    }

    private IndexStore indexes() {
        IndexOptions options = new IndexOptions(8 << 20, 2 << 20, manualWalFlush, false, 64, deadline, 64 << 10);
        RocksIndexStore real = new RocksIndexStore(storage, directory, options, name);
        return new IndexStore() {
            @Override
            public LocationIndex open() throws IOException {
                before("open index");
                storage.directory("index", true);
                indexLease = Lease.debug(name + " index");
                return WatchedIndex.open(
                        directory.resolve("index"), options, indexLease, ClosingRig.this::beforeNative);
            }

            @Override
            public LocationIndex openForReading() {
                indexLease = Lease.debug(name + " index for reading");
                return WatchedIndex.open(
                        directory.resolve("index"),
                        options.withReadOnly(true),
                        indexLease,
                        ClosingRig.this::beforeNative);
            }

            @Override
            public LocationIndex openFresh() throws IOException {
                return real.openFresh();
            }

            @Override
            public LocationIndex replaceBy(LocationIndex fresh) throws IOException {
                return real.replaceBy(fresh);
            }
        };
    }

    /** Opens the store without any of this, and looks whether entries are there. */
    static void assertEntries(Path directory, long ledgerId, long count) {
        try (LedgerEngine engine = LedgerEngine.open(EngineConfig.builder(directory)
                .name("check")
                .memoryBudget(16 << 20)
                .build())) {
            assertThat(engine.entryCount(ledgerId)).isGreaterThanOrEqualTo(count);
            for (long entryId = 0; entryId < count; entryId++) {
                assertThat(read(engine, ledgerId, entryId)).isEqualTo("entry " + entryId);
            }
        }
    }

    static String read(LedgerEngine engine, long ledgerId, long entryId) {
        ByteBuf entry = engine.read(ledgerId, entryId);
        try {
            return new String(ByteBufUtil.getBytes(entry), StandardCharsets.US_ASCII);
        } finally {
            entry.release();
        }
    }

    static CompletableFuture<Void> append(LedgerEngine engine, long ledgerId, long entryId) {
        return engine.append(
                ledgerId, entryId, Unpooled.wrappedBuffer(("entry " + entryId).getBytes(StandardCharsets.US_ASCII)));
    }

    static void appendAll(LedgerEngine engine, long ledgerId, int count) throws Exception {
        CompletableFuture<?>[] futures = new CompletableFuture<?>[count];
        for (int i = 0; i < count; i++) {
            futures[i] = append(engine, ledgerId, i);
        }
        CompletableFuture.allOf(futures).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    static StageResult stage(ShutdownReport report, Stage stage) {
        return report.stages().stream()
                .filter(result -> result.name().equals(stage.name()))
                .findFirst()
                .orElseThrow();
    }

    /** Threads of this engine that live. */
    List<String> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(thread -> thread.startsWith("daybook-" + name + "-"))
                .sorted()
                .toList();
    }

    /** Waits until no thread of this engine is left. */
    void awaitNoThread() {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!threads().isEmpty() && System.nanoTime() < end) {
            Thread.onSpinWait();
        }
        assertThat(threads()).isEmpty();
    }

    List<String> samples() {
        return Collections.list(registry.metricFamilySamples()).stream()
                .flatMap(family -> family.samples.stream())
                .map(sample -> sample.name + sample.labelValues)
                .toList();
    }

    /** Nothing of the engine is left: no thread, file, lock, sample or hold. */
    void assertGone() {
        awaitNoThread();
        assertThat(storage.stillOpen()).as("open files and locks").isEmpty();
        assertThat(samples()).as("samples").isEmpty();
        assertThat(indexLease == null || indexLease.isEnded()).as("lease ended").isTrue();
    }
}
