package io.daybook.engine.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.daybook.engine.EngineBusyException;
import io.daybook.engine.EngineConfig;
import io.daybook.engine.LedgerEngine;
import io.daybook.engine.TestEngines;
import io.daybook.engine.lifecycle.Environment;
import io.daybook.index.IndexBatch;
import io.daybook.storage.SimStorage;
import io.netty.buffer.Unpooled;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What waits in memory for an index that takes nothing is bounded. */
@Timeout(60)
class TailBoundTest {
    private static final int TAIL_ENTRIES = 8;
    private static final int TAILS_MAX = 3;

    @Test
    void atTheBoundAppendsAreRefusedUntilTheIndexTakesSome() throws Exception {
        SimStorage disk = SimStorage.create(1);
        CountDownLatch taken = new CountDownLatch(1);
        IndexDouble index = new MemoryIndexDouble(plain -> new MutantIndex(plain) {
            @Override
            public void write(IndexBatch batch) {
                try {
                    taken.await();
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
                super.write(batch);
            }
        });
        EngineConfig config = EngineConfig.builder(Path.of("/sim"))
                .memoryBudget(EngineConfig.MEMORY_BUDGET_MIN)
                .segmentBytes(EngineConfig.SEGMENT_BYTES_MIN)
                .diskReserveBytes(0)
                .appendWaitMax(Duration.ofMillis(50))
                .build();
        Environment environment = new Environment(
                disk,
                disk.directory("journal", true),
                index,
                System::nanoTime,
                new SeededRandom(1),
                true,
                TAIL_ENTRIES,
                1 << 20,
                TAILS_MAX);
        try (LedgerEngine engine = TestEngines.open(config, environment).engine()) {
            long accepted = 0;
            try {
                accepted = appendUntilRefused(engine);
                assertThat(accepted).isGreaterThanOrEqualTo(TAIL_ENTRIES * TAILS_MAX);
                // What frees space may go on, as the index may be waiting for just that; and reads.
                engine.trimBefore(1, 2).join();
                engine.read(1, accepted - 1).release();
                assertThatThrownBy(() -> append(engine)).hasCauseInstanceOf(EngineBusyException.class);
            } finally {
                taken.countDown();
            }
            engine.flush();
            append(engine);
            assertThat(engine.entryCount(1)).isEqualTo(accepted - 1);
        }
        assertThat(disk.openFiles()).isEmpty();
    }

    private static long appendUntilRefused(LedgerEngine engine) {
        // Those that are closed, the one that is filled, and one more that may be closed at this moment.
        for (long accepted = 0; accepted <= TAIL_ENTRIES * (TAILS_MAX + 2); accepted++) {
            try {
                append(engine);
            } catch (CompletionException e) {
                assertThat(e).hasCauseInstanceOf(EngineBusyException.class);
                return accepted;
            }
        }
        throw new AssertionError("more entries wait for the index than may");
    }

    private static void append(LedgerEngine engine) {
        engine.append(1, Unpooled.wrappedBuffer(new byte[10])).join();
    }
}
