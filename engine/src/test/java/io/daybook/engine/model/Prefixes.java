package io.daybook.engine.model;

import io.daybook.index.LedgerRow;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Finds out after a crash which of the accepted changes are there. */
final class Prefixes {
    private final Course course;
    private final Subject subject;
    private final Excuses excuses;
    private final ModelFollowing following;

    Prefixes(Situation now) {
        this.course = now.course();
        this.subject = now.subject();
        this.excuses = now.excuses();
        this.following = now.following();
    }

    /** Finds the prefix of the accepted changes that the engine shows, and goes on from there. */
    void match(ModelState seen, boolean lost) {
        boolean bySync = subject.deferred && lost;
        int from = excuses.loose ? 0 : bySync ? following.syncedAt : following.ackedAt;
        ModelState candidate = excuses.loose ? following.opened.copy() : bySync ? following.synced : following.acked;
        ModelState found = null;
        int foundAt = -1;
        List<ModelState> others = new ArrayList<>();
        Set<Long> unlike = candidate.unlike(seen);
        for (int k = from; k <= following.issued.size(); k++) {
            if (k > from) {
                candidate.apply(following.issued.get(k - 1));
                candidate.recheck(following.issued.get(k - 1), seen, unlike);
            }
            if (!unlike.isEmpty()) {
                continue;
            }
            if (found == null) {
                found = k == following.issued.size() ? candidate : candidate.copy();
                foundAt = k;
            } else if (!candidate.sameBounds(found)) {
                others.add(candidate.copy());
            }
        }
        if (found == null) {
            throw course.fault("what was recovered is no prefix of what was accepted:" + differences(from, seen));
        }
        if (!others.isEmpty()) {
            found = byBounds(found, others);
        }
        course.totals.indeterminate += following.issued.size() - from;
        course.totals.survivors += foundAt - from;
        long last = foundAt == 0 ? 0 : following.issued.get(foundAt - 1).number();
        course.note(() -> "recovered up to change " + last + " of " + following.changeNumber);
        // All that was found is sealed now, or was copied: what is damaged of it is no torn tail.
        excuses.loose = false;
        following.certain(found);
    }

    /** How each prefix of the accepted changes, from one on, differs from what was seen. */
    private String differences(int from, ModelState seen) {
        StringBuilder differences = new StringBuilder();
        ModelState prefix = following.opened.copy();
        for (int k = 0; k <= following.issued.size(); k++) {
            if (k > 0) {
                prefix.apply(following.issued.get(k - 1));
            }
            if (k >= from) {
                differences
                        .append("\n  after change ")
                        .append(k == 0 ? "none" : following.issued.get(k - 1).number())
                        .append(": ")
                        .append(prefix.difference(seen));
            }
        }
        return differences.toString();
    }

    /** States that look the same, but will answer appends differently: the rows of the index tell which it is. */
    private ModelState byBounds(ModelState first, List<ModelState> others) {
        subject.engine.flush();
        ModelState bounds = new ModelState();
        for (LedgerRow row : rows()) {
            ModelLedger ledger = new ModelLedger(row.ledgerId(), 0);
            ledger.trimBound = row.trimBound();
            ledger.nextId = row.nextEntryId();
            bounds.ledgers.put(ledger.id, ledger);
        }
        if (first.sameBounds(bounds)) {
            return first;
        }
        for (ModelState other : others) {
            if (other.sameBounds(bounds)) {
                return other;
            }
        }
        throw course.fault("bounds in the index fit no prefix of what was accepted: " + rows());
    }

    private List<LedgerRow> rows() {
        try {
            return subject.index.rows();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
