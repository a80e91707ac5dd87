package io.daybook.stats;

import io.prometheus.client.Collector.MetricFamilySamples.Sample;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/** A count that many threads add to. Kept as an integer in a finer unit, so that small steps are never rounded away. */
final class CounterChild implements Child {

    private final LongAdder count = new LongAdder();
    private final double unitsPerStep;

    CounterChild() {
        this(1);
    }

    private CounterChild(double unitsPerStep) {
        this.unitsPerStep = unitsPerStep;
    }

    /** A counter of seconds that is added to in nanoseconds. */
    static CounterChild ofNanos() {
        return new CounterChild(1e-9);
    }

    void add(long steps) {
        count.add(steps);
    }

    @Override
    public void sample(MetricSpec spec, List<String> labelValues, List<Sample> out) {
        out.add(new Sample(spec.name(), spec.labels(), labelValues, count.sum() * unitsPerStep));
    }
}
