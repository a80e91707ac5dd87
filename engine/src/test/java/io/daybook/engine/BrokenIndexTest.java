package io.daybook.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.daybook.index.IndexException;
import io.daybook.journal.JournalClock;
import io.netty.buffer.Unpooled;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** An index whose writes fail for good: the engine has failed, and leaves it alone. */
@Timeout(60)
class BrokenIndexTest {
    @TempDir
    Path directory;

    @Test
    void whatFailedForGoodIsNotTriedAgain() throws Exception {
        EngineConfig config = RealStores.small(directory).build();
        AtomicInteger batches = new AtomicInteger();
        try (LedgerEngine engine =
                DaybookEngine.open(config, WatchedIndex.environment(config, JournalClock.SYSTEM, call -> {
                    if (call.equals("newBatch")) {
                        batches.incrementAndGet();
                    } else if (call.equals("write")) {
                        throw new IndexException(IndexException.Kind.FAILED, "on purpose", null);
                    }
                }))) {
            engine.append(1, Unpooled.copyLong(1)).join();
            assertThatThrownBy(engine::flush).isInstanceOf(EngineFailedException.class);
            // Several steps of the flush thread.
            Thread.sleep(500);
            assertThat(batches).hasValue(1);
            assertThat(engine.health().failure())
                    .hasValueSatisfying(
                            failure -> assertThat(failure.getSuppressed()).isEmpty());
            // What waits for the index in vain does not hold up the close.
            ShutdownReport report = engine.shutdown();
            assertThat(report.toString()).contains("not flushed, the engine failed");
        }
    }
}
