package io.daybook.engine.processes;

import io.daybook.engine.processes.Act.Change;
import io.daybook.engine.processes.Act.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * The changes of one child, in order: each follows from the seed and from what all changes before it, of this child and of
 * those before, have made. None of them is refused. <b>Confined to one thread.</b>
 */
final class Plan {
    /** Ledgers that are used. */
    private static final int LEDGERS = 48;

    private static final int HOT_LEDGERS = 6;
    private static final int BATCH_ENTRIES_MAX = 3;

    private final SplittableRandom random;
    private final StoreModel model;

    /**
     * A plan.
     *
     * @param model what is there at the beginning; follows the changes
     */
    Plan(long seed, StoreModel model) {
        this.random = new SplittableRandom(seed);
        this.model = model;
    }

    /** Makes the next change, and applies it to the model. */
    Change next() {
        Change change = make();
        model.apply(change);
        return change;
    }

    private Change make() {
        int draw = random.nextInt(10_000);
        long ledgerId = ledgerId();
        StoreModel.Ledger ledger = model.ledgers.get(ledgerId);
        if (draw >= 9_996) {
            Change sweep = sweep();
            if (!sweep.acts().isEmpty()) {
                return sweep;
            }
        }
        if (draw < 9_300 || ledger == null) {
            return append(ledgerId, ledger, ledger == null ? 0 : ledger.nextId);
        }
        if (draw < 9_450) {
            return append(ledgerId, ledger, between(ledger.trimBound, ledger.nextId));
        }
        if (draw < 9_500) {
            return append(ledgerId, ledger, ledger.nextId + random.nextInt(1, 20));
        }
        if (draw < 9_700) {
            return batch();
        }
        if (draw < 9_780) {
            return Change.of(Kind.CONFIRM, ledgerId, between(0, ledger.nextId), 0);
        }
        if (draw < 9_840) {
            return Change.of(Kind.METADATA, ledgerId, 0, Content.small(random.nextLong()));
        }
        if (draw < 9_870) {
            return Change.of(Kind.FENCE, ledgerId, 0, 0);
        }
        if (draw < 9_920) {
            return Change.of(Kind.TRIM, ledgerId, between(ledger.trimBound, ledger.nextId), 0);
        }
        if (draw < 9_960) {
            return Change.of(Kind.TRUNCATE, ledgerId, keptByTruncation(ledger), 0);
        }
        return Change.of(Kind.DELETE, ledgerId, 0, 0);
    }

    /** Half of all changes meet a few ledgers. */
    private long ledgerId() {
        long number = random.nextBoolean() ? random.nextInt(HOT_LEDGERS) : random.nextInt(LEDGERS);
        return number * number * 7919;
    }

    private long between(long from, long to) {
        return to <= from ? from : random.nextLong(from, to);
    }

    private long keptByTruncation(StoreModel.Ledger ledger) {
        return between(Math.max(ledger.trimBound, ledger.nextId - 30), ledger.nextId) - 1;
    }

    private Change append(long ledgerId, StoreModel.Ledger ledger, long entryId) {
        Act act = new Act(Kind.ENTRY, ledgerId, entryId, random.nextLong());
        return new Change(List.of(act), ledger != null && ledger.fenced);
    }

    /** Entries of several ledgers, now and then behind a truncation of theirs. */
    private Change batch() {
        List<Act> acts = new ArrayList<>();
        int entries = random.nextInt(1, BATCH_ENTRIES_MAX + 1);
        for (int i = 0; i < entries; i++) {
            long ledgerId = ledgerId();
            StoreModel.Ledger ledger = model.ledgers.get(ledgerId);
            boolean met = acts.stream().anyMatch(act -> act.ledger() == ledgerId);
            if (met || (ledger != null && ledger.fenced)) {
                continue;
            }
            long entryId = ledger == null ? 0 : ledger.nextId;
            if (ledger != null && random.nextInt(8) == 0) {
                long kept = keptByTruncation(ledger);
                acts.add(new Act(Kind.TRUNCATE, ledgerId, kept, 0));
                entryId = Math.max(ledger.trimBound, kept + 1);
            }
            acts.add(new Act(Kind.ENTRY, ledgerId, entryId, random.nextLong()));
        }
        if (acts.isEmpty()) {
            acts.add(new Act(Kind.METADATA, ledgerId(), 0, Content.small(random.nextLong())));
        }
        return new Change(acts, false);
    }

    /** Trims all ledgers to a few entries at once, so that old segments die and their space comes back. */
    private Change sweep() {
        List<Act> acts = new ArrayList<>();
        model.ledgers.forEach((ledgerId, ledger) -> acts.add(
                new Act(Kind.TRIM, ledgerId, Math.max(ledger.trimBound, ledger.nextId - random.nextInt(10)), 0)));
        return new Change(acts, false);
    }
}
