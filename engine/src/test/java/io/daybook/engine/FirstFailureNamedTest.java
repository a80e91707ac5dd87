package io.daybook.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.daybook.engine.processes.HookedSyncs;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whoever is refused after the first failure is told what it was, also in the moment in which the journal is about to tell. */
@Timeout(60)
class FirstFailureNamedTest {
    @TempDir
    private Path directory;

    @Test
    void whoComesBeforeTheEngineWasToldHearsTheCauseToo() throws Exception {
        EngineConfig config = RealStores.small(directory.resolve("store")).build();
        AtomicBoolean fails = new AtomicBoolean();
        HookedSyncs.Hook hook = name -> {
            if (fails.get() && name.startsWith("segment-")) {
                throw new IOException("the cable is out");
            }
            return true;
        };
        EngineAssembly parts =
                new EngineAssembly(config, HookedSyncs.environment(config, hook), (what, done, total) -> {});
        try (DaybookEngine engine = parts.open()) {
            engine.append(1, Unpooled.copyLong(1)).join();
            CompletableFuture<Long> refused;
            CompletableFuture<Void> unsynced;
            // Whoever tells the state of the failure waits here.
            synchronized (parts.state) {
                fails.set(true);
                do {
                    refused = engine.append(1, Unpooled.copyLong(2));
                } while (!refused.isDone());
                unsynced = engine.sync();
            }
            for (CompletableFuture<?> future : new CompletableFuture<?>[] {refused, unsynced}) {
                assertThatThrownBy(future::join)
                        .cause()
                        .isInstanceOf(EngineFailedException.class)
                        .hasMessageContaining("the cable is out")
                        .hasRootCauseMessage("the cable is out");
            }
            assertThat(engine.health().failure())
                    .hasValueSatisfying(failure -> assertThat(failure).hasMessageContaining("the cable is out"));
        }
    }
}
