package io.daybook.engine.check;

import io.daybook.engine.ledger.Ledger;
import io.daybook.index.IndexException;
import io.daybook.index.LedgerRow;
import io.daybook.index.Location;
import io.daybook.index.LocationIndex;
import io.daybook.journal.JournalOpening;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * Checks a location index: every block of its files, the rows of its ledgers against the locations they stand for, live bytes
 * against both, and all of it against what a replay of the segments gives. <b>Confined to one thread.</b>
 */
public final class IndexCheck {
    /** About what an image in memory takes for an entry. */
    private static final long IMAGE_BYTES_PER_ENTRY = 64;

    private static final long IMAGE_BYTES_MIN = 16 << 20;

    private final LocationIndex index;
    private final Consumer<String> faults;
    private final Map<Long, Long> lowestLive = new HashMap<>();
    private long entries;

    /** Opens a journal anew, as each replay wants one. */
    @FunctionalInterface
    public interface Opener {
        /** Opened read-only; the caller closes it. */
        JournalOpening open() throws IOException;
    }

    /**
     * A check.
     *
     * @param faults told of each fault, in words
     */
    public IndexCheck(LocationIndex index, Consumer<String> faults) {
        this.index = index;
        this.faults = faults;
    }

    /** The index in itself; whether all of it can be read. */
    public boolean checkAlone(JournalOpening.Progress progress) {
        try {
            index.verify();
            long done = 0;
            var rows = index.ledgers();
            for (LedgerRow row : rows) {
                checkLedger(row);
                progress.progress(++done, rows.size());
            }
            checkLiveBytes();
            return true;
        } catch (IndexException e) {
            faults.accept(e.getMessage());
            return false;
        }
    }

    private void checkLedger(LedgerRow row) {
        long count = 0;
        long bytes = 0;
        long first = Ledger.NONE;
        long last = Ledger.NONE;
        long at = row.trimBound();
        while (at >= 0 && at <= row.lastEntryId()) {
            Location[] bucket = index.bucket(row.ledgerId(), row.generation(), at);
            long base = at - at % LocationIndex.BUCKET_ENTRIES;
            at = base + LocationIndex.BUCKET_ENTRIES;
            if (bucket == null) {
                at = at < 0 ? -1 : next(row, at);
                continue;
            }
            for (int slot = 0; slot < bucket.length; slot++) {
                long entryId = base + slot;
                if (bucket[slot] == null || entryId < row.trimBound() || entryId > row.lastEntryId()) {
                    continue;
                }
                first = count == 0 ? entryId : first;
                last = entryId;
                count++;
                bytes += bucket[slot].length();
                lowestLive.merge(bucket[slot].segmentId(), (long) bucket[slot].length(), Long::sum);
            }
        }
        entries += count;
        if (count != row.entryCount()
                || bytes != row.bytes()
                || first != row.firstEntryId()
                || last != row.lastEntryId()) {
            faults.accept("row of ledger " + row.ledgerId() + " says " + row.entryCount() + " entries, "
                    + row.firstEntryId() + " to " + row.lastEntryId() + ", " + row.bytes() + " bytes; the index has "
                    + count + ", " + first + " to " + last + ", " + bytes + " bytes");
        }
    }

    private long next(LedgerRow row, long from) {
        LocationIndex.Found found = index.ceiling(row.ledgerId(), row.generation(), from);
        return found == null ? -1 : found.entryId();
    }

    /** They may err upward only. */
    private void checkLiveBytes() {
        Map<Long, Long> live = index.liveBytes();
        lowestLive.forEach((segmentId, bytes) -> {
            long said = live.getOrDefault(segmentId, 0L);
            if (said < bytes) {
                faults.accept("live bytes of segment " + segmentId + " are " + said + ", but " + bytes + " live in it");
            }
        });
    }

    /**
     * The index, and the records behind its checkpoint, against a replay of all segments: each ledger's state, and where each of
     * its entries lies. Ledgers are compared in as many passes as memory wants.
     *
     * @param empty an index without rows
     */
    public void checkAgainstReplay(
            LocationIndex empty, long checkpointLsn, Opener journal, JournalOpening.Progress progress)
            throws IOException {
        long room = Math.max(IMAGE_BYTES_MIN, Runtime.getRuntime().maxMemory() / 4);
        long passes = 1 + entries * IMAGE_BYTES_PER_ENTRY / room;
        for (long i = 0; i < passes; i++) {
            long pass = i;
            compare(empty, checkpointLsn, journal, passes, pass, (done, total) -> {
                progress.progress(pass * total + done, passes * total);
            });
        }
    }

    private void compare(
            LocationIndex empty,
            long checkpointLsn,
            Opener opener,
            long passes,
            long pass,
            JournalOpening.Progress progress)
            throws IOException {
        JournalOpening journal = opener.open();
        try {
            LedgerImage image = LedgerImage.of(index, checkpointLsn, journal, id -> id % passes == pass);
            LedgerImage truth = LedgerImage.replayed(empty, journal, id -> id % passes == pass, progress);
            TreeSet<Long> ids = new TreeSet<>();
            for (long id : image.ledgerIds()) {
                ids.add(id);
            }
            for (long id : truth.ledgerIds()) {
                ids.add(id);
            }
            for (long id : ids) {
                String difference = image.difference(truth, id);
                if (difference != null) {
                    faults.accept("ledger " + id + ": " + difference);
                }
            }
        } catch (IndexException e) {
            faults.accept(e.getMessage());
        } finally {
            journal.close();
        }
    }
}
