package io.daybook.benchmarks.report;

import io.daybook.benchmarks.Medians;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** Ratios of runs that took turns. */
public final class Ratios {
    private Ratios() {}

    /** Median of {@link #of}. */
    public static double median(Results.Store store, Results.Store baseline, String figure) {
        return Medians.median(of(store, baseline, run -> run.figure(figure)), ratio -> ratio);
    }

    /**
     * Ratios of the runs of two stores in the same fork: a machine that grows slower meanwhile slows both of a pair. A fork that
     * failed for one of them has no pair.
     */
    static List<Double> of(Results.Store store, Results.Store baseline, ToDoubleFunction<Run> figure) {
        List<Double> ratios = new ArrayList<>();
        for (Run run : store.runs()) {
            for (Run other : baseline.runs()) {
                double ratio = figure.applyAsDouble(run) / figure.applyAsDouble(other);
                if (run.fork() == other.fork() && !Double.isNaN(ratio)) {
                    ratios.add(ratio);
                }
            }
        }
        return ratios;
    }
}
