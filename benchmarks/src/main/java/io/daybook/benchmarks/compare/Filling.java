package io.daybook.benchmarks.compare;

import io.daybook.benchmarks.AppendSink;
import io.daybook.benchmarks.EntryReader;
import io.daybook.benchmarks.Payloads;
import io.daybook.benchmarks.Waits;
import io.netty.buffer.ByteBuf;

/**
 * Entries that say which they are, in turn over the ledgers.
 *
 * @param firstLedger their ids rise from it
 * @param ledgers how many
 * @param entriesPerLedger from 0 on
 * @param entryBytes of each
 */
record Filling(long firstLedger, int ledgers, long entriesPerLedger, int entryBytes) {
    private static final int IN_FLIGHT = 1000;

    /** As many as make up so many MiB. */
    static Filling of(int storeMib, int ledgers, int entryBytes) {
        return new Filling(0, ledgers, Math.max(1, ((long) storeMib << 20) / entryBytes / ledgers), entryBytes);
    }

    long entries() {
        return ledgers * entriesPerLedger;
    }

    long bytes() {
        return entries() * entryBytes;
    }

    /** Appends them all and waits for the last. */
    void append(AppendSink sink) {
        ByteBuf[] payloads = Payloads.random(entryBytes, 1);
        Waits waits = new Waits();
        AppendSink.Completion completion = waits::completed;
        long appended = 0;
        for (long entryId = 0; entryId < entriesPerLedger; entryId++) {
            for (long ledgerId = firstLedger; ledgerId < firstLedger + ledgers; ledgerId++) {
                ByteBuf payload = payloads[(int) appended & (payloads.length - 1)];
                payload.setLongLE(0, EntryReader.mark(ledgerId, entryId));
                sink.append(ledgerId, entryId, payload, completion);
                appended++;
                waits.await(appended - IN_FLIGHT);
            }
        }
        waits.await(appended);
    }
}
