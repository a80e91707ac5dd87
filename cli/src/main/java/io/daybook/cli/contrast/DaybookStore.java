package io.daybook.cli.contrast;

import io.daybook.engine.EngineClosedException;
import io.daybook.engine.EngineConfig;
import io.daybook.engine.EntryCursor;
import io.daybook.engine.LedgerEngine;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.prometheus.client.CollectorRegistry;
import java.nio.file.Path;
import java.util.Collections;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** An engine. Nothing guards it but itself. */
final class DaybookStore implements SharedStore {
    private static final int ENTRIES = 2000;
    private static final int ITERATED = 100;
    private static final int ENTRY_BYTES = 128;
    private static final long LEDGER = 7;
    private static final long MEMORY_BYTES = 32 << 20;

    private final CollectorRegistry registry = new CollectorRegistry();
    private final LedgerEngine engine;

    DaybookStore(Path directory) {
        engine = LedgerEngine.open(EngineConfig.builder(directory)
                .name("daybook")
                .memoryBudget(MEMORY_BYTES)
                .metricsRegistry(registry)
                .build());
        CompletableFuture<?>[] appended = new CompletableFuture<?>[ENTRIES];
        for (int i = 0; i < ENTRIES; i++) {
            appended[i] = engine.append(LEDGER, i, entry());
        }
        CompletableFuture.allOf(appended).join();
    }

    private static ByteBuf entry() {
        return Unpooled.wrappedBuffer(new byte[ENTRY_BYTES]);
    }

    @Override
    public void scrape() throws ClosedException {
        if (Collections.list(registry.metricFamilySamples()).isEmpty()) {
            throw new ClosedException(null);
        }
    }

    @Override
    public void read(int number) throws ClosedException {
        try {
            engine.read(LEDGER, number % ENTRIES).release();
        } catch (EngineClosedException e) {
            throw new ClosedException(e);
        }
    }

    @Override
    public void iterate(int number) throws ClosedException {
        int first = number % ENTRIES;
        try (EntryCursor cursor = engine.scan(LEDGER, first, first + ITERATED)) {
            while (cursor.next()) {
                cursor.entryId();
            }
        } catch (EngineClosedException e) {
            throw new ClosedException(e);
        }
    }

    /** The engine compacts its index by itself: this makes it write to the index. */
    @Override
    public void compact(int number) throws ClosedException {
        try {
            engine.append(LEDGER, number % ENTRIES, entry()).join();
            engine.flush();
        } catch (EngineClosedException e) {
            throw new ClosedException(e);
        } catch (CompletionException e) {
            if (!(e.getCause() instanceof EngineClosedException)) {
                throw e;
            }
            throw new ClosedException(e);
        }
    }

    @Override
    public void close() {
        if (!engine.shutdown().clean()) {
            throw new IllegalStateException("the close was not clean");
        }
    }
}
