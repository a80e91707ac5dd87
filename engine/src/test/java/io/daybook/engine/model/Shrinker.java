package io.daybook.engine.model;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * Finds few operations that still fail by leaving out ever smaller parts of them: the algorithm {@code ddmin} of Zeller and
 * Hildebrandt, then one by one until none can go. Without luck it ends at its bound of tries, with what it has by then.
 */
final class Shrinker {
    private final Predicate<List<Integer>> fails;
    private int triesLeft;

    Shrinker(Predicate<List<Integer>> fails, int triesMax) {
        this.fails = fails;
        this.triesLeft = triesMax;
    }

    /** A smallest list, or at least a smaller one; what is given fails. */
    List<Integer> shrink(List<Integer> failing) {
        List<Integer> now = failing;
        int parts = 2;
        while (now.size() > 1 && triesLeft > 0) {
            int size = Math.max(1, (now.size() + parts - 1) / parts);
            List<Integer> smaller = without(now, size);
            if (smaller != null) {
                now = smaller;
                parts = Math.max(2, parts - 1);
            } else if (size == 1) {
                return now;
            } else {
                parts = Math.min(now.size(), parts * 2);
            }
        }
        return now;
    }

    /** The last parts first: what comes behind the cause is the most. Null: all parts are needed. */
    private List<Integer> without(List<Integer> now, int size) {
        for (int end = now.size(); end > 0; end -= size) {
            List<Integer> left = new ArrayList<>(now.subList(0, Math.max(0, end - size)));
            left.addAll(now.subList(end, now.size()));
            if (triesLeft-- <= 0) {
                return null;
            }
            if (fails.test(left)) {
                return left;
            }
        }
        return null;
    }
}
