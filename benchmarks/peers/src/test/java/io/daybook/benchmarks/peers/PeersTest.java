package io.daybook.benchmarks.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.daybook.benchmarks.AppendSink;
import io.daybook.benchmarks.EntryReader;
import io.daybook.benchmarks.LoadRun;
import io.daybook.benchmarks.LoadShape;
import io.daybook.benchmarks.LoadStats;
import io.daybook.benchmarks.Sinks;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** That peers do what is measured: each entry is there when its append was completed, and after it was closed and opened again. */
class PeersTest {
    private static final Duration SHORT = Duration.ofMillis(300);
    private static final LoadShape SHAPE = new LoadShape(100, 50, 5, 2);
    private static final int LEDGERS = 3;
    private static final int ENTRIES = 100;

    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"bookkeeper", "bookkeeper-flush", "bookkeeper-ra1", "rocksdb", "rocksdb-blob"})
    void takesALoadAndHoldsItAll(String name) throws IOException {
        try (AppendSink sink = Sinks.open(name, directory, SHAPE)) {
            LoadStats stats = LoadRun.run(sink, SHAPE, SHORT, SHORT);
            assertThat(stats.entries()).isPositive();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"bookkeeper", "bookkeeper-ra1", "rocksdb", "rocksdb-blob"})
    void readsWhatWasAppendedAlsoWhenOpenedAgain(String name) throws Exception {
        try (AppendSink sink = Sinks.open(name, directory, SHAPE)) {
            append(sink);
            assertThat(sink.entriesHeld(LEDGERS)).isEqualTo(LEDGERS * ENTRIES);
            assertHolds(sink);
        }
        try (AppendSink sink = Sinks.open(name, directory, SHAPE)) {
            assertHolds(sink);
            sink.flush();
            assertHolds(sink);
        }
    }

    private static void append(AppendSink sink) throws InterruptedException {
        CountDownLatch completed = new CountDownLatch(LEDGERS * ENTRIES);
        AtomicReference<Throwable> failure = new AtomicReference<>();
        for (long entryId = 0; entryId < ENTRIES; entryId++) {
            for (long ledgerId = 0; ledgerId < LEDGERS; ledgerId++) {
                ByteBuf entry = Unpooled.directBuffer(64).writeLongLE(EntryReader.mark(ledgerId, entryId));
                entry.writeZero(56);
                sink.append(ledgerId, entryId, entry, thrown -> {
                    failure.compareAndSet(null, thrown);
                    completed.countDown();
                });
                assertThat(entry.readableBytes()).isEqualTo(64);
                assertThat(entry.release()).isTrue();
            }
        }
        assertThat(completed.await(30, TimeUnit.SECONDS)).isTrue();
        assertThat(failure.get()).isNull();
    }

    private static void assertHolds(AppendSink sink) throws IOException {
        try (EntryReader reader = sink.reader()) {
            for (long ledgerId = 0; ledgerId < LEDGERS; ledgerId++) {
                assertThat(reader.read(ledgerId, ENTRIES - 1)).isEqualTo(64);
                assertThat(reader.scan(ledgerId, 0, ENTRIES - 1)).isEqualTo(64L * ENTRIES);
            }
            assertThatThrownBy(() -> reader.read(0, ENTRIES)).isInstanceOf(IOException.class);
        }
    }
}
