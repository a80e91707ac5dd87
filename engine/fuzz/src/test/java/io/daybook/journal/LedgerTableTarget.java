package io.daybook.journal;

import io.daybook.engine.CorruptStoreException;
import io.daybook.engine.ledger.LedgerState;
import io.daybook.fuzz.Target;
import io.daybook.index.LedgerRow;
import io.daybook.storage.SimStorage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The table of ledgers, and the state of a ledger in it. */
public final class LedgerTableTarget implements Target {

    @Override
    public void run(byte[] input) throws IOException {
        SegmentEntry entry = SegmentEntry.ledgers(FrameBytes.SEGMENT, FrameBytes.NONCE);
        byte[] file = FrameBytes.file(input, entry);
        SegmentEntry sealed = entry.sealed(1, 1, file.length, 0);
        SegmentDirectory directory = new SegmentDirectory(FrameBytes.storage(entry, file), FrameBytes.STORE);
        try {
            LedgerTable.read(directory, sealed, (ledgerId, state) -> {
                LedgerRow row = LedgerState.decode(ledgerId, state);
                rowIsPossible(row);
                LedgerRow again = LedgerState.decode(ledgerId, LedgerState.encode(row));
                Target.check(
                        Arrays.equals(row.metadata(), again.metadata())
                                && without(row).equals(without(again)),
                        row + " encoded anew is " + again);
            });
        } catch (JournalException | CorruptStoreException e) {
            Target.check(e.getMessage() != null, e);
        }
    }

    private static LedgerRow without(LedgerRow row) {
        return new LedgerRow(
                row.ledgerId(),
                row.generation(),
                row.fenced(),
                row.lastAddConfirmed(),
                row.trimBound(),
                row.firstEntryId(),
                row.lastEntryId(),
                row.entryCount(),
                row.bytes(),
                row.nextEntryId(),
                null);
    }

    /** What the documentation of {@link LedgerRow} promises. */
    private static void rowIsPossible(LedgerRow row) {
        Target.check(
                row.ledgerId() >= 0
                        && row.generation() >= 1
                        && row.lastAddConfirmed() >= -1
                        && row.lastAddConfirmed() < Long.MAX_VALUE
                        && row.trimBound() >= 0
                        && row.firstEntryId() >= -1
                        && row.lastEntryId() >= row.firstEntryId()
                        && row.lastEntryId() < Long.MAX_VALUE
                        && row.entryCount() >= 0
                        && row.bytes() >= 0
                        && row.nextEntryId() >= 0,
                row);
    }

    @Override
    public List<byte[]> seeds() throws IOException {
        List<LedgerTable.Row> rows = new ArrayList<>();
        for (long ledger = 1; ledger < 4; ledger++) {
            byte[] metadata = ledger == 2 ? new byte[] {1, 2, 3} : null;
            rows.add(new LedgerTable.Row(
                    ledger, LedgerState.encode(new LedgerRow(ledger, 5, true, 3, 1, 1, 9, 9, 900, 10, metadata))));
        }
        SimStorage disk = SimStorage.create(1);
        SegmentEntry entry = SegmentEntry.ledgers(FrameBytes.SEGMENT, FrameBytes.NONCE);
        LedgerTable.write(new SegmentDirectory(disk, FrameBytes.STORE), entry, rows, 100, 50);
        byte[] file = disk.content(SegmentFormat.name(entry.id()));
        byte[] seed = Arrays.copyOfRange(file, 4095, 4096 + 512);
        seed[0] = FrameBytes.HEADERS | FrameBytes.RECORDS | FrameBytes.PLACES;
        List<byte[]> seeds = new ArrayList<>(FrameBytes.seeds());
        seeds.add(seed);
        return seeds;
    }
}
