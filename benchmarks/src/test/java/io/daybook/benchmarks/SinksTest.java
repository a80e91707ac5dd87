package io.daybook.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SinksTest {
    private static final Duration SHORT = Duration.ofSeconds(1);

    @TempDir
    private Path directory;

    @Test
    void rawWritesFramedEntriesInPaddedGroups() throws IOException {
        Path file = directory.resolve("raw");
        RawSink sink = RawSink.open(file, 1 << 20, 4096);
        append(sink, 7, 0, "first");
        append(sink, 8, 3, "second entry");
        sink.close();
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(bytes.capacity()).isEqualTo(1 << 20);
        assertRecord(bytes, 0, 7, 0, "first");
        assertRecord(bytes, 4096, 8, 3, "second entry");
        assertThat(Arrays.copyOfRange(bytes.array(), 24 + 5, 4096)).containsOnly(0);
        assertThat(sink.recordedGroups()).containsExactly(1, 1);
    }

    @Test
    void rawGoesRoundAtTheEndOfItsFile() throws IOException {
        Path file = directory.resolve("raw");
        RawSink sink = RawSink.open(file, 1 << 20, 4096);
        for (int i = 0; i < 256 + 2; i++) {
            append(sink, 1, i, "entry " + i);
        }
        sink.close();
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(bytes.capacity()).isEqualTo(1 << 20);
        assertRecord(bytes, 0, 1, 256, "entry 256");
        assertRecord(bytes, 4096, 1, 257, "entry 257");
        assertRecord(bytes, 8192, 1, 2, "entry 2");
    }

    @ParameterizedTest
    @ValueSource(strings = {Sinks.DAYBOOK, Sinks.JOURNAL})
    void takesALoadAndHoldsItAll(String name) throws IOException {
        LoadShape shape = new LoadShape(100, 50, 5, 2);
        try (AppendSink sink = Sinks.open(name, directory, shape)) {
            LoadStats stats = LoadRun.run(sink, shape, SHORT, SHORT);
            assertThat(stats.entries()).isPositive();
            assertThat(stats.p50Nanos()).isPositive().isLessThanOrEqualTo(stats.maxNanos());
        }
    }

    @Test
    void recycledFilesAreThereBeforeTheFirstEntry() throws IOException {
        LoadShape shape = new LoadShape(100, 50, 5, 2);
        try (DaybookSink sink = DaybookSink.openWithRetention(directory, shape, 1 << 16)) {
            assertThat(RecycledFiles.count(directory.resolve("journal"))).isEqualTo(RecycledFiles.FILES);
            // It fails if the sink does not hold what was completed, and by far the most of that is trimmed.
            LoadStats stats = LoadRun.run(sink, shape, SHORT, SHORT);
            assertThat(stats.entries()).isPositive();
        }
    }

    @Test
    void bareLoopReplaysTheGroups() throws IOException {
        int[] groups = {3, 1, 40};
        try (BareLoop loop = new BareLoop(directory.resolve("bare"), 1 << 20, groups, 100, true)) {
            assertThat(new int[] {loop.step(), loop.step(), loop.step(), loop.step()})
                    .containsExactly(3, 1, 40, 3);
        }
        ByteBuffer bytes =
                ByteBuffer.wrap(Files.readAllBytes(directory.resolve("bare"))).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(bytes.getLong(4096 + 8)).isEqualTo(3);
        assertThat(bytes.getLong(8192 + 8)).isEqualTo(4);
    }

    private static void append(AppendSink sink, long ledger, long entry, String text) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        ByteBuf bytes = Unpooled.copiedBuffer(text, StandardCharsets.UTF_8);
        sink.append(ledger, entry, bytes, failure -> done.complete(null));
        bytes.release();
        done.join();
    }

    private static void assertRecord(ByteBuffer bytes, int at, long ledger, long entry, String text) {
        assertThat(bytes.getLong(at)).isEqualTo(ledger);
        assertThat(bytes.getLong(at + 8)).isEqualTo(entry);
        assertThat(bytes.getLong(at + 16)).isEqualTo(text.length());
        byte[] payload = Arrays.copyOfRange(bytes.array(), at + 24, at + 24 + text.length());
        assertThat(new String(payload, StandardCharsets.UTF_8)).isEqualTo(text);
    }
}
