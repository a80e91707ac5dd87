package io.daybook.engine.lifecycle;

import io.daybook.engine.EngineClosedException;
import io.daybook.engine.EngineConfig;
import io.daybook.engine.LedgerEngine;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;

/**
 * A process that appends to ledger 1 as fast as it can, prints now and then how many entries are durable, and leaves its end to
 * the shutdown hook. Modes: {@code load}; {@code slow}, where one callback waits until the engine closes, prints CLOSING and takes
 * a second; {@code exit}, where a callback ends the JVM with status 7.
 */
final class HookChild {
    private static final int EXIT_AT = 5000;
    private static final int SLOW_AT = 20_000;
    private static final long CLOSES_NANOS_MAX = 60_000_000_000L;

    private HookChild() {}

    public static void main(String[] arguments) throws Exception {
        String mode = arguments[1];
        LedgerEngine engine = LedgerEngine.open(EngineConfig.builder(Path.of(arguments[0]))
                .name("hooked")
                .memoryBudget(16 << 20)
                .segmentBytes(1 << 20)
                .stageDeadline(mode.equals("exit") ? Duration.ofMillis(500) : Duration.ofSeconds(20))
                .shutdownHook(true)
                .build());
        try {
            for (long i = 0; ; i++) {
                ByteBuf entry = Unpooled.wrappedBuffer(("entry " + i).getBytes(StandardCharsets.US_ASCII));
                engine.append(
                        1,
                        i,
                        entry,
                        (ledgerId, entryId, failure, context) -> told(engine, mode, entryId, failure),
                        null);
            }
        } catch (EngineClosedException e) {
            // The hook ends the process.
            Thread.sleep(60_000);
        }
    }

    private static void told(LedgerEngine engine, String mode, long entryId, Throwable failure) {
        if (failure != null) {
            System.out.println("FAILED " + failure);
            return;
        }
        if ((entryId + 1) % 100 == 0) {
            System.out.println(entryId + 1);
        }
        if (mode.equals("exit") && entryId == EXIT_AT) {
            System.exit(7);
        }
        if (mode.equals("slow") && entryId == SLOW_AT) {
            awaitClosing(engine);
        }
    }

    private static void awaitClosing(LedgerEngine engine) {
        long end = System.nanoTime() + CLOSES_NANOS_MAX;
        try {
            while (!isClosing(engine)) {
                if (System.nanoTime() > end) {
                    throw new IllegalStateException("nobody closes");
                }
                Thread.sleep(1);
            }
            System.out.println("CLOSING");
            Thread.sleep(1000);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static boolean isClosing(LedgerEngine engine) {
        try {
            engine.ledgers();
            return false;
        } catch (EngineClosedException e) {
            return true;
        }
    }
}
