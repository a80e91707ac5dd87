package io.daybook.benchmarks;

import java.util.Collection;
import java.util.function.ToDoubleFunction;

/** Middles of samples. */
public final class Medians {
    private Medians() {}

    /** The mean of the two in the middle where their number is even. */
    public static <T> double median(Collection<T> samples, ToDoubleFunction<? super T> figure) {
        double[] sorted = samples.stream().mapToDouble(figure).sorted().toArray();
        if (sorted.length == 0) {
            return Double.NaN;
        }
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
