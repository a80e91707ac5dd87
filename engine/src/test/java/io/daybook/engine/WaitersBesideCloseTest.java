package io.daybook.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.daybook.engine.lifecycle.Environment;
import io.daybook.testing.Await;
import io.netty.buffer.Unpooled;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Who begins to wait while the engine is closed is refused alone: those who waited before are told what became of it. */
@Timeout(60)
class WaitersBesideCloseTest {
    @TempDir
    Path directory;

    @Test
    void aSyncFromBeforeIsServedThoughALaterWaiterIsRefused() throws Exception {
        EngineConfig config = RealStores.small(directory).build();
        Environment environment = EngineOpening.environment(config);
        EngineAssembly parts = new EngineAssembly(config, environment, (what, done, total) -> {});
        CountDownLatch told = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        try (LedgerEngine engine = parts.open()) {
            try {
                // Holds up the completions, with another append behind it that the sync is for.
                AppendCallback callback = (ledgerId, entryId, failure, context) -> {
                    told.countDown();
                    try {
                        goOn.await();
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                };
                engine.append(7, 0, Unpooled.copyLong(0), callback, null);
                assertThat(told.await(30, TimeUnit.SECONDS)).isTrue();
                CompletableFuture<Void> append = engine.append(7, 1, Unpooled.copyLong(1));
                CompletableFuture<Void> before = engine.sync();
                FutureTask<CompletableFuture<Long>> late = new FutureTask<>(() -> engine.awaitEntry(7, 99));
                Thread waiter = new Thread(late);
                Thread closer = new Thread(engine::close);
                parts.applying.lock();
                try {
                    waiter.start();
                    // Behind its look at the state.
                    Await.until("it is about to wait", () -> parts.applying.hasQueuedThread(waiter));
                    closer.start();
                    Await.until("the engine is closing", () -> !parts.state.isOpen());
                } finally {
                    parts.applying.unlock();
                }
                CompletableFuture<Long> refused = late.get(30, TimeUnit.SECONDS);
                assertThatThrownBy(() -> refused.get(30, TimeUnit.SECONDS))
                        .hasCauseInstanceOf(EngineClosedException.class);
                assertThat(before).isNotDone();
                goOn.countDown();
                before.get(30, TimeUnit.SECONDS);
                append.get(30, TimeUnit.SECONDS);
                closer.join();
            } finally {
                goOn.countDown();
            }
        }
    }
}
