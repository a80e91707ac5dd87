package io.daybook.engine.races;

import io.daybook.engine.EngineClosedException;
import io.daybook.engine.EngineConfig;
import io.daybook.engine.EntryCursor;
import io.daybook.engine.LedgerEngine;
import io.daybook.testing.ForkedJvm;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.prometheus.client.CollectorRegistry;
import java.nio.file.Path;
import java.util.Collections;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;

/** Ends its JVM while four threads work on an engine that a shutdown hook closes. Argument: directory. */
final class HookChild {
    private static final int WORKERS = 4;
    private static final long ACKNOWLEDGED_BEFORE_EXIT = 500;
    private static final int FAILED = 4;

    private HookChild() {}

    public static void main(String[] args) throws Exception {
        CollectorRegistry registry = new CollectorRegistry();
        LedgerEngine engine = LedgerEngine.open(EngineConfig.builder(Path.of(args[0]))
                .metricsRegistry(registry)
                .shutdownHook(true)
                .build());
        ByteBuf entry = Unpooled.wrappedBuffer(new byte[100]);
        engine.append(1, entry).join();
        AtomicLong acknowledged = new AtomicLong(1);
        CountDownLatch working = new CountDownLatch(WORKERS);
        work(working, () -> {
            engine.append(1, entry).join();
            acknowledged.incrementAndGet();
        });
        work(working, () -> engine.read(1, 0).release());
        work(working, () -> {
            try (EntryCursor cursor = engine.scan(1, 0, 1000)) {
                while (cursor.next()) {
                    cursor.entryId();
                }
            }
        });
        work(working, () -> Collections.list(registry.metricFamilySamples()));
        working.await();
        while (acknowledged.get() < ACKNOWLEDGED_BEFORE_EXIT) {
            Thread.sleep(1);
        }
        System.out.println(acknowledged.get());
        System.out.println(ForkedJvm.DONE);
        System.exit(0);
    }

    private static void work(CountDownLatch working, Runnable step) {
        Thread thread = new Thread(() -> {
            working.countDown();
            while (true) {
                try {
                    step.run();
                } catch (EngineClosedException e) {
                    Thread.yield();
                } catch (Throwable e) {
                    e.printStackTrace();
                    Runtime.getRuntime().halt(FAILED);
                }
            }
        });
        thread.setDaemon(true);
        thread.start();
    }
}
