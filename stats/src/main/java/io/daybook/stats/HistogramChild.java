package io.daybook.stats;

import io.prometheus.client.Collector;
import io.prometheus.client.Collector.MetricFamilySamples.Sample;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.DoubleAdder;

/**
 * Bucket counters with weighted observations: a group commit of a thousand appends costs two additions, not a thousand.
 * That is what simpleclient's own Histogram does not offer.
 */
final class HistogramChild implements Child {

    private final double[] bounds;
    /** Not cumulative; one more than bounds, for all that is above the last. */
    private final AtomicLongArray counts;

    private final DoubleAdder sum = new DoubleAdder();

    HistogramChild(double... bounds) {
        this.bounds = bounds.clone();
        this.counts = new AtomicLongArray(bounds.length + 1);
    }

    /** Counts {@code value} as if it was observed {@code times} times. */
    void observe(double value, long times) {
        int at = Arrays.binarySearch(bounds, value);
        counts.addAndGet(at >= 0 ? at : -at - 1, times);
        sum.add(value * times);
    }

    @Override
    public void sample(MetricSpec spec, List<String> labelValues, List<Sample> out) {
        List<String> labels = with(spec.labels(), "le");
        long cumulative = 0;
        for (int i = 0; i < counts.length(); i++) {
            cumulative += counts.get(i);
            String bound = i < bounds.length ? Collector.doubleToGoString(bounds[i]) : "+Inf";
            out.add(new Sample(spec.name() + "_bucket", labels, with(labelValues, bound), cumulative));
        }
        // The count is the last bucket and not a counter of its own, so that the two never differ in a scrape.
        out.add(new Sample(spec.name() + "_count", spec.labels(), labelValues, cumulative));
        out.add(new Sample(spec.name() + "_sum", spec.labels(), labelValues, sum.sum()));
    }

    private static List<String> with(List<String> list, String last) {
        List<String> longer = new ArrayList<>(list);
        longer.add(last);
        return longer;
    }
}
