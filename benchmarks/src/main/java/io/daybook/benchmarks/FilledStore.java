package io.daybook.benchmarks;

import io.daybook.engine.LedgerEngine;
import io.netty.buffer.ByteBuf;
import java.nio.file.Path;

/** A Daybook store with entries whose first eight bytes say which they are. */
final class FilledStore implements AutoCloseable {
    private static final int IN_FLIGHT = 1000;

    private final LedgerEngine engine;
    private final int ledgers;
    private final long entriesPerLedger;

    private FilledStore(LedgerEngine engine, int ledgers, long entriesPerLedger) {
        this.engine = engine;
        this.ledgers = ledgers;
        this.entriesPerLedger = entriesPerLedger;
    }

    /** Appends the entries, in turn over the ledgers, and leaves the store open as it then is. */
    static FilledStore fill(Path directory, int ledgers, long entriesPerLedger, int entryBytes) {
        LedgerEngine engine = DaybookSink.openEngine(directory);
        FilledStore store = new FilledStore(engine, ledgers, entriesPerLedger);
        boolean filled = false;
        try {
            store.append(entryBytes);
            filled = true;
        } finally {
            if (!filled) {
                engine.close();
            }
        }
        return store;
    }

    /** As {@link #fill}, then closed and opened again: nothing is in memory but the page cache. */
    static FilledStore fillAndReopen(Path directory, int ledgers, long entriesPerLedger, int entryBytes) {
        try (FilledStore first = fill(directory, ledgers, entriesPerLedger, entryBytes)) {
            first.engine.flush();
        }
        return new FilledStore(DaybookSink.openEngine(directory), ledgers, entriesPerLedger);
    }

    private void append(int entryBytes) {
        ByteBuf[] payloads = Payloads.random(entryBytes, 1);
        Waits waits = new Waits();
        long appended = 0;
        for (long entry = 0; entry < entriesPerLedger; entry++) {
            for (long ledger = 0; ledger < ledgers; ledger++) {
                ByteBuf payload = payloads[(int) appended & (payloads.length - 1)];
                payload.setLongLE(0, mark(ledger, entry));
                engine.append(ledger, entry, payload, (l, e, failure, context) -> waits.completed(failure), null);
                appended++;
                waits.await(appended - IN_FLIGHT);
            }
        }
        waits.await(appended);
    }

    LedgerEngine engine() {
        return engine;
    }

    /** Which entry a random number stands for: uniform over the newest {@code entries} of all. */
    long pick(long random, long entries) {
        long all = ledgers * entriesPerLedger;
        return all - 1 - Long.remainderUnsigned(random, Math.min(entries, all));
    }

    /** Reads the n-th entry of the store, checks that it is the one, and returns its length. */
    int read(long number) {
        long ledger = number % ledgers;
        long entry = number / ledgers;
        ByteBuf bytes = engine.read(ledger, entry);
        try {
            if (bytes.getLongLE(bytes.readerIndex()) != mark(ledger, entry)) {
                throw new IllegalStateException("ledger " + ledger + " entry " + entry + " came back as another");
            }
            return bytes.readableBytes();
        } finally {
            bytes.release();
        }
    }

    long entries() {
        return ledgers * entriesPerLedger;
    }

    private static long mark(long ledger, long entry) {
        return ledger << 40 ^ entry;
    }

    @Override
    public void close() {
        engine.close();
    }
}
