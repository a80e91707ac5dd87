package io.daybook.benchmarks.report;

import io.daybook.benchmarks.Medians;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Ratios of runs that took turns, those of the same fork: a machine that grows slower meanwhile slows both of a pair. A fork that
 * failed for one of them has no pair.
 */
public final class Ratios {
    private Ratios() {}

    /** Median of the ratios, NaN if there is no pair. */
    public static double median(Results.Store store, Results.Store baseline, String figure) {
        return Medians.median(
                divide(byFork(store, figure), byFork(baseline, figure)).values(), ratio -> ratio);
    }

    /** A figure by the number of the fork, where it was taken; null: a store that was not measured. */
    static SortedMap<Integer, Double> byFork(Results.Store store, String figure) {
        SortedMap<Integer, Double> figures = new TreeMap<>();
        if (store != null) {
            store.runs().forEach(run -> figures.put(run.fork(), run.figure(figure)));
            figures.values().removeIf(value -> Double.isNaN(value));
        }
        return figures;
    }

    /** Quotients of what has the same number. */
    static SortedMap<Integer, Double> divide(SortedMap<Integer, Double> figures, SortedMap<Integer, Double> baseline) {
        SortedMap<Integer, Double> quotients = new TreeMap<>(figures);
        quotients.keySet().retainAll(baseline.keySet());
        quotients.replaceAll((fork, figure) -> figure / baseline.get(fork));
        return quotients;
    }
}
