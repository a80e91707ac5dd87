package io.daybook.stats;

import io.prometheus.client.Collector;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * One metric in one registry, with the children of all engines that are open there. Collecting takes no lock: a scrape
 * walks the array of children that it found when it began.
 */
final class MetricFamily extends Collector implements Collector.Describable {

    private record Entry(String engine, List<String> labelValues, Child child) {}

    private final MetricSpec spec;
    /** Replaced, never changed; written under the lock of MetricFamilies. */
    private volatile Entry[] entries = {};

    MetricFamily(MetricSpec spec) {
        this.spec = spec;
    }

    MetricSpec spec() {
        return spec;
    }

    void add(String engine, List<String> furtherLabelValues, Child child) {
        List<String> labelValues = new ArrayList<>();
        labelValues.add(engine);
        labelValues.addAll(furtherLabelValues);
        if (labelValues.size() != spec.labels().size()) {
            throw new IllegalArgumentException(spec.name() + " has labels " + spec.labels() + ", not " + labelValues);
        }
        Entry[] longer = Arrays.copyOf(entries, entries.length + 1);
        longer[longer.length - 1] = new Entry(engine, List.copyOf(labelValues), child);
        entries = longer;
    }

    void removeAll(String engine) {
        entries = Arrays.stream(entries)
                .filter(entry -> !entry.engine().equals(engine))
                .toArray(Entry[]::new);
    }

    boolean isEmpty() {
        return entries.length == 0;
    }

    @Override
    public List<MetricFamilySamples> collect() {
        List<MetricFamilySamples.Sample> samples = new ArrayList<>();
        for (Entry entry : entries) {
            entry.child().sample(spec, entry.labelValues(), samples);
        }
        return List.of(new MetricFamilySamples(spec.name(), spec.type(), spec.help(), samples));
    }

    @Override
    public List<MetricFamilySamples> describe() {
        return List.of(new MetricFamilySamples(spec.name(), spec.type(), spec.help(), List.of()));
    }
}
