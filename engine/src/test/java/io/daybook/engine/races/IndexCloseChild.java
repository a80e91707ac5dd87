package io.daybook.engine.races;

import io.daybook.engine.EngineConfig;
import io.daybook.engine.LedgerEngine;
import io.daybook.engine.ShutdownReport;
import io.daybook.index.IndexBatch;
import io.daybook.index.IndexException;
import io.daybook.index.IndexOptions;
import io.daybook.index.RocksLocationIndex;
import io.daybook.lease.Lease;
import io.daybook.testing.ForkedJvm;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** Closes an index, or an engine and with it its index, at a bad moment. Arguments: which, directory. */
final class IndexCloseChild {
    static final int ENTRIES = 1000;

    private static final int LARGE = 2_000_000;
    private static final int BATCH = 100_000;

    private IndexCloseChild() {}

    public static void main(String[] args) throws Exception {
        Path directory = Path.of(args[1]);
        switch (args[0]) {
            case "unsynced-close" -> unsynced(directory).close();
            case "unsynced-halt" -> unsynced(directory);
            case "compaction" -> underCompaction(directory);
            case "engine" -> engine(directory);
            default -> throw new IllegalArgumentException(args[0]);
        }
        System.out.println(ForkedJvm.DONE);
        System.out.flush();
        Runtime.getRuntime().halt(0);
    }

    private static RocksLocationIndex open(Path directory, IndexOptions options) throws Exception {
        return RocksLocationIndex.open(Files.createDirectories(directory), options, new Lease("index"));
    }

    /** Its log is in the memory of this process until somebody writes it. */
    private static RocksLocationIndex unsynced(Path directory) throws Exception {
        RocksLocationIndex index = open(directory, IndexOptions.defaults().withManualWalFlush(true));
        for (int i = 0; i < ENTRIES; i++) {
            try (IndexBatch batch = index.newBatch()) {
                batch.put(1, 1, i, 1, i * 4096L, 100);
                index.write(batch);
            }
        }
        return index;
    }

    private static void underCompaction(Path directory) throws Exception {
        RocksLocationIndex index = open(directory, IndexOptions.defaults());
        SplittableRandom random = new SplittableRandom(1);
        try (IndexBatch batch = index.newBatch()) {
            for (int i = 0; i < LARGE; i++) {
                batch.put(
                        i % 100,
                        1,
                        i / 100,
                        random.nextInt(1000),
                        random.nextInt(1 << 27) * 4096L,
                        random.nextInt(1 << 20));
                if (i % BATCH == BATCH - 1) {
                    index.write(batch);
                }
            }
        }
        LongSupplier running = index.nativeProperties().get("rocksdb.num-running-compactions");
        FutureTask<String> compaction = new FutureTask<>(() -> {
            try {
                index.compact();
                return "ended";
            } catch (IndexException e) {
                return e.kind().toString();
            }
        });
        Thread thread = new Thread(compaction, "compaction");
        thread.setDaemon(true);
        thread.start();
        while (running.getAsLong() == 0 && !compaction.isDone()) {
            Thread.onSpinWait();
        }
        boolean ran = !compaction.isDone();
        long start = System.nanoTime();
        index.close();
        System.out.println("running " + ran + ", compaction " + compaction.get(60, TimeUnit.SECONDS) + ", close "
                + (System.nanoTime() - start) / 1_000_000 + " ms");
    }

    private static void engine(Path directory) {
        LedgerEngine engine = LedgerEngine.open(EngineConfig.builder(directory).build());
        ByteBuf entry = Unpooled.wrappedBuffer(new byte[100]);
        CompletableFuture<?>[] futures = new CompletableFuture<?>[ENTRIES];
        for (int i = 0; i < ENTRIES; i++) {
            futures[i] = engine.append(1, entry);
        }
        CompletableFuture.allOf(futures).join();
        engine.flush();
        ShutdownReport report = engine.shutdown();
        System.out.println(report.state());
        report.stages()
                .forEach(stage -> System.out.println(stage.name() + " " + stage.outcome() + " " + stage.detail()));
    }
}
