package io.daybook.engine.model;

import java.util.ArrayList;
import java.util.List;

/**
 * What was accepted since a state that is certain, and how much of it is promised. Immutable but for what its lists hold, which
 * nobody changes.
 *
 * @param base certain, whatever happens
 * @param issued accepted since then, in order; the last one perhaps not yet
 * @param acked so many of them were acknowledged, and survive the end of the process
 * @param synced so many of them survive a power loss
 */
record History(ModelState base, List<Change> issued, int acked, int synced) {

    static History certain(ModelState state) {
        return new History(state, List.of(), 0, 0);
    }

    /** As it is for whoever comes after a crash. */
    History after(boolean powerLost) {
        return powerLost ? new History(base, issued, Math.min(acked, synced), synced) : this;
    }

    /** The states that hold all that was acknowledged. */
    List<ModelState> allowed() {
        List<ModelState> allowed = new ArrayList<>();
        ModelState state = base.copy();
        for (int k = 0; ; k++) {
            if (k >= acked) {
                allowed.add(state.copy());
            }
            if (k == issued.size()) {
                return allowed;
            }
            state.apply(issued.get(k));
        }
    }

    /** The allowed states that look like what was seen; more than one if they differ in what cannot be asked for. */
    List<ModelState> matching(ModelState seen) {
        return matching(allowed(), seen);
    }

    static List<ModelState> matching(List<ModelState> allowed, ModelState seen) {
        List<ModelState> found = new ArrayList<>();
        for (ModelState state : allowed) {
            if (state.looksLike(seen)
                    && (found.isEmpty() || !found.get(found.size() - 1).sameBounds(state))) {
                found.add(state);
            }
        }
        if (found.isEmpty()) {
            StringBuilder differences = new StringBuilder();
            allowed.forEach(state -> differences.append("\n  ").append(state.difference(seen)));
            throw new AssertionError("what is there is none of the " + allowed.size()
                    + " states that hold all that was acknowledged:" + differences);
        }
        return found;
    }
}
