package io.daybook.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.daybook.engine.lifecycle.Environment;
import io.daybook.engine.lifecycle.IndexStore;
import io.daybook.index.LocationIndex;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.PrimitiveIterator;
import java.util.concurrent.CompletableFuture;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Entries that come while a scan looks for them are met in order, none is left out. */
@Timeout(60)
class ScanBesideAppendsTest {
    private static final int BUCKET = LocationIndex.BUCKET_ENTRIES;
    private static final ByteBuf ENTRY = Unpooled.unreleasableBuffer(Unpooled.wrappedBuffer(new byte[100]));

    @TempDir
    Path directory;

    /** Runs once, in the next lookup of a bucket, between the look at the ledger and the look at the tails. */
    private Runnable inLookup;

    @Test
    void aScanMeetsAllThatFillsItsBucketBehindItsBack() throws IOException {
        try (LedgerEngine engine = openHooked()) {
            append(engine, 0, BUCKET - 6);
            try (EntryCursor cursor = engine.scan(1, BUCKET - 6, Long.MAX_VALUE - 1)) {
                inLookup = () -> append(engine, BUCKET - 6, BUCKET + 3);
                List<Long> met = new ArrayList<>();
                while (cursor.next()) {
                    met.add(cursor.entryId());
                }
                assertThat(inLookup).isNull();
                assertThat(met)
                        .isEqualTo(
                                LongStream.range(BUCKET - 6, BUCKET + 3).boxed().toList());
            }
        }
    }

    @Test
    void anIteratorOfIdsToo() throws IOException {
        try (LedgerEngine engine = openHooked()) {
            engine.putMetadata(1, ENTRY).join();
            PrimitiveIterator.OfLong ids = engine.entries(1);
            inLookup = () -> append(engine, 0, 2 * BUCKET);
            List<Long> met = new ArrayList<>();
            while (ids.hasNext()) {
                met.add(ids.nextLong());
            }
            assertThat(inLookup).isNull();
            assertThat(met).isEqualTo(LongStream.range(0, 2 * BUCKET).boxed().toList());
        }
    }

    private static void append(LedgerEngine engine, long first, long end) {
        CompletableFuture<?>[] futures = LongStream.range(first, end)
                .mapToObj(entryId -> engine.append(1, entryId, ENTRY))
                .toArray(CompletableFuture<?>[]::new);
        CompletableFuture.allOf(futures).join();
    }

    private LedgerEngine openHooked() throws IOException {
        EngineConfig config = RealStores.small(directory).build();
        Environment real = EngineOpening.environment(config);
        IndexStore hooked = new IndexStore() {
            @Override
            public LocationIndex open() throws IOException {
                return hooked(real.index().open());
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
                        hooked,
                        real.clock(),
                        real.random(),
                        true,
                        real.tailEntries(),
                        real.tailJournalBytes(),
                        real.tailsMax()));
    }

    private LocationIndex hooked(LocationIndex index) {
        return (LocationIndex) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {LocationIndex.class}, (proxy, method, args) -> {
                    Runnable hook = inLookup;
                    if (hook != null && method.getName().equals("visitBucket")) {
                        inLookup = null;
                        hook.run();
                    }
                    try {
                        return method.invoke(index, args);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }
}
