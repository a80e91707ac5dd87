package io.daybook.engine.ledger;

import io.daybook.engine.CorruptStoreException;
import io.daybook.engine.read.View;
import io.daybook.index.LedgerRow;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * What dropped segments left: the state of every ledger as of an LSN. A rebuild of the index begins with it; of the records up to
 * that LSN it needs only where entries of these ledgers lie.
 *
 * <p><b>Guarded by the lock of applying.</b>
 */
public final class LedgersAsOf {
    private static final System.Logger LOG = System.getLogger(LedgersAsOf.class.getName());

    private final long lsn;
    private final List<LedgerRow> rows = new ArrayList<>();
    private final List<Ledger> begun = new ArrayList<>();
    private final Consumer<String> missing;
    private boolean passed;

    /** As of an LSN, 0: no segment was dropped. That entries are missing is an error. */
    public LedgersAsOf(long lsn) {
        this(lsn, what -> {
            throw new CorruptStoreException(what);
        });
    }

    /**
     * As above.
     *
     * @param missing told where entries are missing
     */
    public LedgersAsOf(long lsn, Consumer<String> missing) {
        this.lsn = lsn;
        this.missing = missing;
        this.passed = lsn == 0;
    }

    /** A row of the table. */
    public void add(LedgerRow row) {
        rows.add(row);
    }

    /** Makes the ledgers, without entries. */
    void begin(Ledgers ledgers) {
        for (LedgerRow row : rows) {
            Ledger ledger = ledgers.begin(new LedgerRow(
                    row.ledgerId(),
                    row.generation(),
                    row.fenced(),
                    row.lastAddConfirmed(),
                    row.trimBound(),
                    Ledger.NONE,
                    Ledger.NONE,
                    0,
                    0,
                    row.nextEntryId(),
                    row.metadata()));
            ledgers.commit(ledger);
            begun.add(ledger);
        }
    }

    /** Whether a record is as old as the table. */
    boolean covers(long recordLsn) {
        return recordLsn <= lsn;
    }

    /** Once, before the first record that is newer, or behind the last one: what the table says counts, and no entry may be missing. */
    void pass(View view) {
        if (passed) {
            return;
        }
        passed = true;
        for (int i = 0; i < begun.size(); i++) {
            Ledger ledger = begun.get(i);
            LedgerRow row = rows.get(i);
            if (ledger.count() < row.entryCount()) {
                missing.accept(mismatch(ledger, row));
            } else if (ledger.count() != row.entryCount()
                    || ledger.first() != row.firstEntryId()
                    || ledger.last() != row.lastEntryId()
                    || ledger.bytes() != row.bytes()) {
                // Nothing is missing: a count that was wrong once must not lock anybody out.
                LOG.log(System.Logger.Level.WARNING, mismatch(ledger, row));
            }
            ledger.restore(row.lastAddConfirmed(), row.nextEntryId());
            view.active().touch(ledger);
        }
        if (view.active().lastLsn() < lsn) {
            view.active().applied(lsn, 0);
        }
        rows.clear();
        begun.clear();
    }

    private String mismatch(Ledger ledger, LedgerRow row) {
        return "ledger " + row.ledgerId() + " had " + row.entryCount() + " entries (" + row.firstEntryId() + " to "
                + row.lastEntryId() + ", " + row.bytes() + " bytes) as of LSN " + lsn + ", the segments hold "
                + ledger.count() + " (" + ledger.first() + " to " + ledger.last() + ", " + ledger.bytes() + " bytes)";
    }
}
