package io.daybook.engine.ledger;

import io.daybook.index.LedgerRow;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntSupplier;

/**
 * All ledgers, twice: as accepted and as committed. The two differ while a creation or a deletion is under way.
 *
 * <p>Accepted: written under the journal's lock. Committed: written by the applying thread. Both are read by anyone: lookups are
 * <b>thread-safe</b>.
 */
public final class Ledgers {
    private final LongMap<Ledger> accepted = new LongMap<>();
    private final LongMap<Ledger> committed = new LongMap<>();
    private final IntSupplier handles;

    /** None yet. */
    public Ledgers() {
        this(new AtomicInteger()::incrementAndGet);
    }

    /** None yet, with a source of handles of its own: tests let it fail as it does where memory is short. */
    public Ledgers(IntSupplier handles) {
        this.handles = handles;
    }

    /** Takes the rows of an index; before anything else. */
    public void load(List<LedgerRow> rows) {
        for (LedgerRow row : rows) {
            commit(new Ledger(row, handles.getAsInt()));
        }
    }

    /** After a replay: what is committed is accepted. */
    public void beginIntake() {
        committed.forEach(ledger -> {
            ledger.beginIntake();
            accepted.put(ledger.id(), ledger);
        });
    }

    /** A new generation, in neither map yet. */
    public Ledger begin(long ledgerId, long generation) {
        return new Ledger(ledgerId, generation, handles.getAsInt());
    }

    /** A ledger with a state, in neither map yet. */
    Ledger begin(LedgerRow row) {
        return new Ledger(row, handles.getAsInt());
    }

    /** Returns the ledger as accepted, null: none. */
    public Ledger accepted(long ledgerId) {
        return accepted.get(ledgerId);
    }

    /** Adds an accepted ledger. Journal's lock. */
    public void accept(Ledger ledger) {
        accepted.put(ledger.id(), ledger);
    }

    /** Removes an accepted ledger. Journal's lock. */
    public void acceptEnd(Ledger ledger) {
        ledger.intakeEnd();
        accepted.remove(ledger.id());
    }

    /** Returns the ledger as committed, null: none. */
    public Ledger committed(long ledgerId) {
        return committed.get(ledgerId);
    }

    /** Adds a committed ledger. Applying thread. */
    public void commit(Ledger ledger) {
        Ledger before = committed.get(ledger.id());
        if (before != null) {
            before.committed(false);
        }
        committed.put(ledger.id(), ledger);
        ledger.committed(true);
    }

    /** Removes a committed ledger. Applying thread. */
    public void commitEnd(Ledger ledger) {
        Ledger present = committed.get(ledger.id());
        if (present != null) {
            present.committed(false);
        }
        committed.remove(ledger.id());
        ledger.end();
    }

    /** Returns the committed ids, ascending. */
    public long[] committedIds() {
        java.util.stream.LongStream.Builder ids = java.util.stream.LongStream.builder();
        committed.forEach(ledger -> ids.add(ledger.id()));
        return ids.build().sorted().toArray();
    }

    /** Hands out the committed ledgers. */
    public void forEachCommitted(java.util.function.Consumer<Ledger> consumer) {
        committed.forEach(consumer);
    }

    /** Returns how many are committed. */
    public int size() {
        return committed.size();
    }
}
