package io.daybook.engine.read;

import io.daybook.engine.ledger.Ledger;
import java.util.NoSuchElementException;
import java.util.PrimitiveIterator;

/** The ids of a ledger, ascending. <b>Confined to one thread at a time.</b> */
public final class EntryIds implements PrimitiveIterator.OfLong {
    private final ReadPath path;
    private final IdSteps steps;
    private boolean known;
    private boolean more;

    /** From the lowest on. */
    public EntryIds(ReadPath path, Ledger ledger) {
        this.path = path;
        this.steps = new IdSteps(path, ledger, 0, Long.MAX_VALUE - 1);
    }

    @Override
    public boolean hasNext() {
        path.checkOpen();
        if (!known) {
            path.await(steps.ledger().id());
            more = steps.next();
            known = true;
        }
        return more;
    }

    @Override
    public long nextLong() {
        if (!hasNext()) {
            throw new NoSuchElementException("no entry behind " + steps.entryId());
        }
        known = false;
        return steps.entryId();
    }
}
