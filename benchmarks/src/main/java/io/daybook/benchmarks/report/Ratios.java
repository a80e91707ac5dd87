package io.daybook.benchmarks.report;

import io.daybook.benchmarks.Medians;
import java.util.ArrayList;
import java.util.List;

/** Ratios of runs that took turns. */
public final class Ratios {
    private Ratios() {}

    /** Median of the ratios of the n-th runs of two stores: a machine that grows slower meanwhile slows both of a pair. */
    public static double median(Results.Store store, Results.Store baseline, String figure) {
        List<Double> ratios = new ArrayList<>();
        for (int i = 0; i < Math.min(store.runs().size(), baseline.runs().size()); i++) {
            ratios.add(
                    store.runs().get(i).figure(figure) / baseline.runs().get(i).figure(figure));
        }
        return Medians.median(ratios, ratio -> ratio);
    }
}
