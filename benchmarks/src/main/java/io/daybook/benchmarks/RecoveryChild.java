package io.daybook.benchmarks;

import io.daybook.engine.EngineConfig;
import io.daybook.engine.LedgerEngine;
import io.daybook.engine.StoreTools;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** What {@link RecoverySpeed} runs in JVMs of their own: writes a store, or opens one and tells how long that took. */
final class RecoveryChild {
    static final String RESULT = "RESULT ";
    static final String CLOSE = "close";
    static final String HALT = "halt";

    private static final int IN_FLIGHT = 1000;

    private RecoveryChild() {}

    /** {@code fill DIR LEDGERS FROM TO ENTRY_BYTES close|halt} or {@code open PARENT LEDGERS ENTRIES}: each store in there, by name. */
    public static void main(String[] args) throws IOException {
        Path directory = Path.of(args[1]);
        int ledgers = Integer.parseInt(args[2]);
        if (args[0].equals("fill")) {
            fill(
                    directory,
                    ledgers,
                    Long.parseLong(args[3]),
                    Long.parseLong(args[4]),
                    Integer.parseInt(args[5]),
                    args[6]);
        } else {
            try (Stream<Path> stores = Files.list(directory)) {
                for (Path store : stores.sorted().toList()) {
                    PageCache.forget(store);
                    open(store, ledgers, Long.parseLong(args[3]));
                }
            }
        }
    }

    /** Entries {@code from} to {@code to} of each ledger, in turn. */
    private static void fill(Path directory, int ledgers, long from, long to, int entryBytes, String end) {
        LedgerEngine engine = DaybookSink.openEngine(directory);
        ByteBuf[] payloads = Payloads.random(entryBytes, 1);
        Waits waits = new Waits();
        long appended = 0;
        for (long entry = from; entry < to; entry++) {
            for (long ledger = 0; ledger < ledgers; ledger++) {
                ByteBuf payload = payloads[(int) appended & (payloads.length - 1)];
                payload.setLongLE(0, mark(ledger, entry));
                engine.append(ledger, entry, payload, (l, e, failure, context) -> waits.completed(failure), null);
                appended++;
                waits.await(appended - IN_FLIGHT);
            }
        }
        waits.await(appended);
        if (end.equals(HALT)) {
            Runtime.getRuntime().halt(0);
        }
        engine.flush();
        engine.close();
    }

    /** Until the newest entry of each ledger was read back. */
    private static void open(Path directory, int ledgers, long entries) {
        long[] told = new long[2];
        long start = System.nanoTime();
        LedgerEngine engine = LedgerEngine.open(EngineConfig.builder(directory).build());
        long opened = System.nanoTime();
        for (long ledger = 0; ledger < ledgers; ledger++) {
            ByteBuf last = engine.readLast(ledger);
            try {
                if (last.getLongLE(last.readerIndex()) != mark(ledger, entries - 1)) {
                    throw new IllegalStateException("ledger " + ledger + " does not end with entry " + (entries - 1));
                }
            } finally {
                last.release();
            }
            if (ledger == 0) {
                told[0] = System.nanoTime() - start;
            }
        }
        told[1] = opened - start;
        System.out.println(RESULT + told[0] + " " + told[1]);
        engine.close();
    }

    /** The segments of a store that was closed: up to where an index was copied aside. */
    static long lastSegment(Path directory) {
        return StoreTools.inspect(EngineConfig.builder(directory).build()).segments().stream()
                .mapToLong(StoreTools.SegmentInfo::id)
                .max()
                .orElse(0);
    }

    private static long mark(long ledger, long entry) {
        return ledger << 40 ^ entry;
    }
}
