package io.daybook.benchmarks;

import io.daybook.engine.AppendCallback;
import io.daybook.engine.EngineConfig;
import io.daybook.engine.LedgerEngine;
import io.netty.buffer.ByteBuf;
import java.nio.file.Path;
import java.time.Duration;

/** Daybook as a host uses it: default settings, the callback path, every entry durable before its completion. */
final class DaybookSink implements AppendSink {
    private static final AppendCallback CALLBACK =
            (ledgerId, entryId, failure, context) -> ((Completion) context).completed(failure);

    private final LedgerEngine engine;

    private DaybookSink(LedgerEngine engine) {
        this.engine = engine;
    }

    static DaybookSink open(Path directory) {
        return new DaybookSink(openEngine(directory));
    }

    static LedgerEngine openEngine(Path directory) {
        // A shorter deadline than by default, so that Ctrl-C ends soon even where something hangs.
        return LedgerEngine.open(EngineConfig.builder(directory)
                .stageDeadline(Duration.ofSeconds(10))
                .build());
    }

    @Override
    public void append(long ledgerId, long entryId, ByteBuf entry, Completion completion) {
        engine.append(ledgerId, entryId, entry, CALLBACK, completion);
    }

    @Override
    public long entriesHeld(int ledgers) {
        long sum = 0;
        for (long ledgerId = 0; ledgerId < ledgers; ledgerId++) {
            sum += engine.exists(ledgerId) ? engine.entryCount(ledgerId) : 0;
        }
        return sum;
    }

    @Override
    public void close() {
        engine.close();
    }
}
