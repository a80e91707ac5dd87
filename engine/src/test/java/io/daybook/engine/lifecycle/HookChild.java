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
 * the shutdown hook. Modes: {@code load}; {@code slow}, where the first callback that sees the engine closing prints CLOSING and
 * takes a second; {@code exit}, where a callback ends the JVM with status 7.
 */
final class HookChild {
    private static final int EXIT_AT = 5000;

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
        boolean[] closing = new boolean[1];
        try {
            for (long i = 0; ; i++) {
                ByteBuf entry = Unpooled.wrappedBuffer(("entry " + i).getBytes(StandardCharsets.US_ASCII));
                engine.append(
                        1,
                        i,
                        entry,
                        (ledgerId, entryId, failure, context) -> told(engine, mode, closing, entryId, failure),
                        null);
            }
        } catch (EngineClosedException e) {
            // The hook ends the process.
            Thread.sleep(60_000);
        }
    }

    private static void told(LedgerEngine engine, String mode, boolean[] closing, long entryId, Throwable failure) {
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
        if (mode.equals("slow") && !closing[0] && isClosing(engine)) {
            closing[0] = true;
            System.out.println("CLOSING");
            try {
                Thread.sleep(1000);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
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
