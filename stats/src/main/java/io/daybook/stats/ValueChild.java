package io.daybook.stats;

import io.prometheus.client.Collector.MetricFamilySamples.Sample;
import java.util.List;

/** A gauge that is set; no sample until it was. */
final class ValueChild implements Child {

    private volatile double value = Double.NaN;

    void set(double newValue) {
        value = newValue;
    }

    @Override
    public void sample(MetricSpec spec, List<String> labelValues, List<Sample> out) {
        double now = value;
        if (!Double.isNaN(now)) {
            out.add(new Sample(spec.name(), spec.labels(), labelValues, now));
        }
    }
}
