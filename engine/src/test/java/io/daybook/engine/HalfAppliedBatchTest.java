package io.daybook.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.daybook.engine.lifecycle.Environment;
import io.daybook.engine.lifecycle.IndexStore;
import io.daybook.index.IndexException;
import io.daybook.index.LocationIndex;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A batch whose application the index breaks off in the middle. */
@Timeout(60)
class HalfAppliedBatchTest {
    private static final ByteBuf ENTRY = Unpooled.unreleasableBuffer(Unpooled.wrappedBuffer(new byte[100]));

    @TempDir
    Path directory;

    private volatile boolean broken;

    @Test
    void whoWaitsForALedgerThatItDeletedIsTold() throws Exception {
        try (LedgerEngine engine = openBreakable()) {
            engine.append(7, 0, ENTRY).join();
            engine.append(8, 0, ENTRY).join();
            engine.flush();
            CompletableFuture<Long> waiting = engine.awaitEntry(7, 5);
            broken = true;
            CompletableFuture<Void> batch =
                    engine.write(new WriteBatch().delete(7).append(8, 0, ENTRY));
            assertThatThrownBy(() -> batch.get(30, TimeUnit.SECONDS))
                    .isInstanceOf(ExecutionException.class)
                    .hasCauseInstanceOf(EngineFailedException.class);
            assertThatThrownBy(() -> waiting.get(30, TimeUnit.SECONDS))
                    .isInstanceOf(ExecutionException.class)
                    .hasCauseInstanceOf(EngineFailedException.class);
            assertThat(engine.health().status()).isEqualTo(EngineHealth.Status.RED);
        }
    }

    private LedgerEngine openBreakable() throws IOException {
        EngineConfig config = RealStores.small(directory).build();
        Environment real = EngineOpening.environment(config);
        IndexStore breakable = new IndexStore() {
            @Override
            public LocationIndex open() throws IOException {
                return breakable(real.index().open());
            }

            @Override
            public LocationIndex openFresh() {
                throw new AssertionError("nothing is rebuilt here");
            }

            @Override
            public LocationIndex replaceBy(LocationIndex fresh) {
                throw new AssertionError("nothing is rebuilt here");
            }
        };
        return DaybookEngine.open(
                config,
                new Environment(
                        real.root(),
                        real.journal(),
                        breakable,
                        real.clock(),
                        real.random(),
                        true,
                        real.tailEntries(),
                        real.tailJournalBytes(),
                        real.tailsMax()));
    }

    private LocationIndex breakable(LocationIndex index) {
        return (LocationIndex) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {LocationIndex.class}, (proxy, method, args) -> {
                    if (broken && method.getName().equals("find")) {
                        throw new IndexException(IndexException.Kind.FAILED, "on purpose", null);
                    }
                    try {
                        return method.invoke(index, args);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }
}
