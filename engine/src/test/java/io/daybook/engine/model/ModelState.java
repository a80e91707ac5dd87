package io.daybook.engine.model;

import io.daybook.engine.LedgerFencedException;
import io.daybook.engine.NoSuchLedgerException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** All ledgers after some prefix of the changes. Copies share a ledger until one of them changes it. */
final class ModelState {
    final TreeMap<Long, ModelLedger> ledgers = new TreeMap<>();
    /** Ledgers of another owner are shared, and copied before a change. */
    private Object owner = new Object();

    ModelState copy() {
        ModelState copy = new ModelState();
        copy.ledgers.putAll(ledgers);
        owner = new Object();
        return copy;
    }

    ModelLedger get(long ledgerId) {
        return ledgers.get(ledgerId);
    }

    /** Applies all steps of a change. */
    void apply(Change change) {
        for (int i = 0; i < change.steps().size(); i++) {
            apply(change, i);
        }
    }

    void apply(Change change, int at) {
        Step step = change.steps().get(at);
        if (step.kind() == Step.Kind.DELETE) {
            ledgers.remove(step.ledger());
            return;
        }
        ModelLedger ledger = ledgers.get(step.ledger());
        if (ledger == null) {
            ledger = new ModelLedger(step.ledger(), change.number() * 1000 + at);
            ledger.owner = owner;
            ledgers.put(ledger.id, ledger);
        } else if (ledger.owner != owner) {
            ledger = ledger.copy();
            ledger.owner = owner;
            ledgers.put(ledger.id, ledger);
        }
        ledger.apply(step);
    }

    /** Why changes are refused. */
    enum Refusal {
        FENCED(LedgerFencedException.class),
        NO_SUCH_LEDGER(NoSuchLedgerException.class),
        /** Thrown by the call itself. */
        BELOW_TRIM_BOUND(IllegalArgumentException.class);

        final Class<? extends RuntimeException> exception;

        Refusal(Class<? extends RuntimeException> exception) {
            this.exception = exception;
        }
    }

    /** How changes are answered that are made together, null: they are accepted. */
    Refusal refusal(List<Step> steps, boolean recovery) {
        if (steps.size() == 1) {
            return refusal(steps.get(0), get(steps.get(0).ledger()), recovery);
        }
        Map<Long, ModelLedger> shadows = new HashMap<>();
        for (Step step : steps) {
            ModelLedger ledger = shadows.containsKey(step.ledger()) ? shadows.get(step.ledger()) : get(step.ledger());
            Refusal refusal = refusal(step, ledger, recovery);
            if (refusal != null) {
                return refusal;
            }
            shadows.put(step.ledger(), step.kind() == Step.Kind.DELETE ? null : shadow(ledger, step));
        }
        return null;
    }

    private static Refusal refusal(Step step, ModelLedger ledger, boolean recovery) {
        return switch (step.kind()) {
            case ENTRY -> {
                if (ledger != null && ledger.fenced && !recovery) {
                    yield Refusal.FENCED;
                }
                yield ledger != null && step.entry() < ledger.trimBound ? Refusal.BELOW_TRIM_BOUND : null;
            }
            case METADATA -> null;
            default -> ledger == null ? Refusal.NO_SUCH_LEDGER : null;
        };
    }

    private static ModelLedger shadow(ModelLedger ledger, Step step) {
        if (ledger == null) {
            return new ModelLedger(step.ledger(), 0);
        }
        ModelLedger shadow = new ModelLedger(ledger.id, 0);
        shadow.fenced = ledger.fenced || step.kind() == Step.Kind.FENCE;
        shadow.trimBound = step.kind() == Step.Kind.TRIM ? Math.max(ledger.trimBound, step.entry()) : ledger.trimBound;
        return shadow;
    }

    /** Of all entries. */
    long bytes() {
        long sum = 0;
        for (ModelLedger ledger : ledgers.values()) {
            sum += ledger.bytes();
        }
        return sum;
    }

    /** How what was seen differs, null: not at all. */
    String difference(ModelState seen) {
        if (!ledgers.keySet().equals(seen.ledgers.keySet())) {
            return "ledgers " + ledgers.keySet() + ", seen " + seen.ledgers.keySet();
        }
        for (ModelLedger ledger : ledgers.values()) {
            String difference = ledger.difference(seen.get(ledger.id));
            if (difference != null) {
                return difference;
            }
        }
        return null;
    }

    /** Whether nobody who asks can tell the two apart. */
    boolean looksLike(ModelState seen) {
        if (!ledgers.keySet().equals(seen.ledgers.keySet())) {
            return false;
        }
        for (ModelLedger ledger : ledgers.values()) {
            if (!ledger.looksLike(seen.get(ledger.id))) {
                return false;
            }
        }
        return true;
    }

    /** Ids of ledgers that do not look as they were seen; empty: nobody who asks can tell the two apart. */
    Set<Long> unlike(ModelState seen) {
        Set<Long> unlike = new HashSet<>();
        for (long id : ledgers.keySet()) {
            recheck(id, seen, unlike);
        }
        for (long id : seen.ledgers.keySet()) {
            recheck(id, seen, unlike);
        }
        return unlike;
    }

    /** Brings what {@link #unlike} gave up to date after a change of some ledgers. */
    void recheck(Change change, ModelState seen, Set<Long> unlike) {
        for (Step step : change.steps()) {
            recheck(step.ledger(), seen, unlike);
        }
    }

    private void recheck(long id, ModelState seen, Set<Long> unlike) {
        ModelLedger ledger = get(id);
        ModelLedger there = seen.get(id);
        if (ledger == null || there == null ? ledger == there : ledger.looksLike(there)) {
            unlike.remove(id);
        } else {
            unlike.add(id);
        }
    }

    /** Whether bounds that cannot be asked for are the same too. */
    boolean sameBounds(ModelState other) {
        for (ModelLedger ledger : ledgers.values()) {
            ModelLedger there = other.get(ledger.id);
            if (there == null || there.trimBound != ledger.trimBound || there.nextId != ledger.nextId) {
                return false;
            }
        }
        return true;
    }
}
