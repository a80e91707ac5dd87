package io.daybook.engine.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.daybook.engine.EngineConfig;
import io.daybook.engine.EngineFailedException;
import io.daybook.engine.LedgerEngine;
import io.daybook.engine.TestEngines;
import io.daybook.engine.lifecycle.Environment;
import io.daybook.index.IndexException;
import io.daybook.storage.SimStorage;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A replay that fills more tails than may wait: the same answers, and a failure of the index is one of the open. */
@Timeout(60)
class ReplayOfManyTailsTest {
    private static final int ENTRIES = 500;

    private final SimStorage disk = SimStorage.create(1);

    private LedgerEngine open(IndexDouble index) throws IOException {
        return TestEngines.open(
                        EngineConfig.builder(Path.of("/store"))
                                .memoryBudget(EngineConfig.MEMORY_BUDGET_MIN)
                                .segmentBytes(EngineConfig.SEGMENT_BYTES_MIN)
                                .entryBytesMax(4096)
                                .inFlightBytesMax(48 << 10)
                                .diskReserveBytes(0)
                                .build(),
                        new Environment(
                                disk,
                                disk.directory("journal", true),
                                index,
                                System::nanoTime,
                                new SeededRandom(1),
                                true,
                                8,
                                1 << 20,
                                2))
                .engine();
    }

    private static IndexDouble index() {
        return new MemoryIndexDouble(index -> index);
    }

    private void fill() throws IOException {
        try (LedgerEngine engine = open(index())) {
            CompletableFuture<?> last = null;
            for (int i = 0; i < ENTRIES; i++) {
                last = engine.append(i % 3, i / 3, Unpooled.copiedBuffer("entry " + i, StandardCharsets.US_ASCII));
                if (i % 50 == 49) {
                    // Looks up what is in a tail that is being flushed.
                    engine.truncateAfter(i % 3, i / 3 - 1).join();
                    last = engine.append(i % 3, i / 3, Unpooled.copiedBuffer("entry " + i, StandardCharsets.US_ASCII));
                }
            }
            last.join();
        }
    }

    @Test
    void allIsThereAfterARebuild() throws IOException {
        fill();
        for (int round = 0; round < 10; round++) {
            try (LedgerEngine engine = open(index())) {
                for (int i = 0; i < ENTRIES; i++) {
                    var read = engine.read(i % 3, i / 3);
                    assertThat(read.toString(StandardCharsets.US_ASCII)).isEqualTo("entry " + i);
                    read.release();
                }
                assertThat(engine.entryCount(0) + engine.entryCount(1) + engine.entryCount(2))
                        .isEqualTo(ENTRIES);
            }
        }
        noThreadIsLeft();
    }

    @Test
    void aFailureOfTheIndexIsOneOfTheOpen() throws IOException {
        fill();
        for (int after = 0; after < 3; after++) {
            FailingIndex index = new FailingIndex(IndexException.Kind.FAILED, after);
            assertThatThrownBy(() -> open(index.place()).close()).isInstanceOf(EngineFailedException.class);
            assertThat(disk.locks()).isZero();
        }
        noThreadIsLeft();
        open(index()).close();
    }

    private static void noThreadIsLeft() {
        assertThat(Thread.getAllStackTraces().keySet())
                .noneMatch(thread -> thread.getName().equals("daybook-scan-ahead"));
    }

    /** An index that fails after some batches. */
    private record FailingIndex(IndexException.Kind kind, int after) {
        IndexDouble place() {
            int[] left = {after};
            return new MemoryIndexDouble(index ->
                    (io.daybook.index.LocationIndex) java.lang.reflect.Proxy.newProxyInstance(
                            FailingIndex.class.getClassLoader(),
                            new Class<?>[] {io.daybook.index.LocationIndex.class},
                            (proxy, method, args) -> {
                                if (method.getName().equals("write") && left[0]-- <= 0) {
                                    throw new IndexException(kind, "made to fail", null);
                                }
                                try {
                                    return method.invoke(index, args);
                                } catch (java.lang.reflect.InvocationTargetException e) {
                                    throw e.getCause();
                                }
                            }));
        }
    }
}
