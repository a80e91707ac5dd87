package io.daybook.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.prometheus.client.CollectorRegistry;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Rot in a segment that nobody reads: the scrub finds it, says so, and keeps the segment. Fault F9. */
@Timeout(120)
class ScrubTest {
    private static final int ENTRIES = 400;
    private static final String TEXT = "y".repeat(1000);

    @TempDir
    Path temporary;

    private Path store;
    private List<Path> segments;

    @BeforeEach
    void makeStore() throws IOException {
        store = temporary.resolve("store");
        try (LedgerEngine engine = RealStores.open(store)) {
            for (long entry = 0; entry < ENTRIES; entry++) {
                var appended = engine.append(7, entry, RealStores.bytes(TEXT));
                if (entry % 8 == 7) {
                    // So that a segment has several frames.
                    appended.join();
                }
            }
            engine.sync().join();
        }
        segments =
                RealStores.files(store).stream().filter(RealStores::isSegment).toList();
        assertThat(segments).hasSizeGreaterThan(4);
    }

    private TestEngines open() throws IOException {
        return TestEngines.openKeepingParts(RealStores.small(store).build());
    }

    private static void pass(TestEngines engines) {
        // The first call may end a pass that the engine's own thread began; the second reads all.
        for (int i = 0; i < 2; i++) {
            long bytes = 1;
            while (bytes > 0) {
                bytes = engines.scrubOnce(1 << 20);
            }
        }
    }

    private static void write(Path file, long offset, byte... bytes) throws IOException {
        try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
            out.seek(offset);
            out.write(bytes);
        }
    }

    private static Path mark(Path segment) {
        return segment.resolveSibling(segment.getFileName() + ".damaged");
    }

    private static void await(BooleanSupplier condition) throws InterruptedException {
        long start = System.nanoTime();
        while (!condition.getAsBoolean()) {
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(60));
            Thread.sleep(20);
        }
    }

    @Test
    void whatIsWholeStaysGreen() throws IOException {
        try (TestEnginesCloser engines = new TestEnginesCloser(open())) {
            pass(engines.of());
            assertThat(engines.of().engine().health().status()).isEqualTo(EngineHealth.Status.GREEN);
        }
        assertThat(RealStores.files(store)).noneMatch(file -> file.toString().endsWith(".damaged"));
    }

    @Test
    void rotIsFoundNamedAndKept() throws Exception {
        Path rotten = segments.get(2);
        RealStores.FramePlace frame =
                RealStores.frames(Files.readAllBytes(rotten)).get(0);
        RealStores.RecordPlace record = frame.records().stream()
                .filter(each -> each.type() == RealStores.ENTRY_RECORD)
                .findFirst()
                .orElseThrow();
        try (TestEnginesCloser engines = new TestEnginesCloser(open())) {
            LedgerEngine engine = engines.of().engine();
            write(rotten, record.end() - 1, (byte) 'z');
            pass(engines.of());
            EngineHealth health = engine.health();
            assertThat(health.status()).isEqualTo(EngineHealth.Status.YELLOW);
            assertThat(health.reasons())
                    .singleElement()
                    .asString()
                    .contains("a scrub found damage", rotten.toString(), " at " + record.offset());
            assertThat(mark(rotten)).exists();
            long damaged = record.entryId();
            assertThatThrownBy(() -> engine.read(7, damaged)).isInstanceOf(CorruptEntryException.class);
            ByteBuf other = engine.read(7, damaged == 0 ? ENTRIES - 1 : damaged - 1);
            assertThat(RealStores.text(other)).isEqualTo(TEXT);
            other.release();

            engine.delete(7).join();
            engine.flush();
            await(() -> segments.stream().filter(Files::exists).count() <= 2);
            assertThat(rotten).exists();
        }
        try (LedgerEngine engine = RealStores.open(store)) {
            await(() -> engine.health().status() == EngineHealth.Status.YELLOW);
            assertThat(engine.health().reasons())
                    .anyMatch(reason -> reason.contains("an earlier scrub found damage in segment"));
            engine.append(8, 0, RealStores.bytes("more")).join();
            engine.delete(8).join();
            engine.flush();
            Thread.sleep(1500);
            assertThat(rotten).exists();
        }
    }

    @Test
    void theScrubGoesOnBehindWhatItFinds() throws Exception {
        Path rotten = segments.get(1);
        List<RealStores.FramePlace> frames = RealStores.frames(Files.readAllBytes(rotten));
        assertThat(frames).hasSizeGreaterThan(3);
        RealStores.FramePlace last = frames.get(frames.size() - 1);
        CollectorRegistry registry = new CollectorRegistry();
        try (TestEnginesCloser engines = new TestEnginesCloser(TestEngines.openKeepingParts(
                RealStores.small(store).metricsRegistry(registry).build()))) {
            write(rotten, frames.get(1).offset(), new byte[64]);
            write(rotten, last.end() - 1, (byte) 0xff);
            write(segments.get(3), 20, (byte) 0xff);
            pass(engines.of());
            // The newest of a segment is shown, all are counted.
            assertThat(engines.of().engine().health().reasons())
                    .hasSize(2)
                    .anyMatch(reason -> reason.contains(rotten + " at ") && at(reason) >= last.offset())
                    .anyMatch(reason -> reason.contains(segments.get(3) + " at 0"));
            assertThat(mark(rotten)).exists();
            assertThat(mark(segments.get(3))).exists();
            assertThat(mark(segments.get(0))).doesNotExist();
            assertThat(MetricScrapes.value(registry, "store", "daybook_scrub_damages_total"))
                    .isGreaterThanOrEqualTo(3);
        }
    }

    private static long at(String reason) {
        return Long.parseLong(reason.substring(reason.lastIndexOf(' ') + 1));
    }

    /** Closes the engine. */
    private record TestEnginesCloser(TestEngines of) implements AutoCloseable {
        @Override
        public void close() {
            of.engine().close();
        }
    }
}
