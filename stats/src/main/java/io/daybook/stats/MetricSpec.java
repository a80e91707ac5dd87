package io.daybook.stats;

import io.prometheus.client.Collector;
import java.util.ArrayList;
import java.util.List;

/** The fixed facts of a metric: one family each in a registry. Labels are those after {@code engine}. */
record MetricSpec(String name, Collector.Type type, String help, List<String> labels) {

    static final String ENGINE_LABEL = "engine";

    private static final List<String> ENGINE_ONLY = List.of(ENGINE_LABEL);

    static MetricSpec counter(String name, String help, String... labels) {
        return new MetricSpec(name, Collector.Type.COUNTER, help, List.of(labels));
    }

    static MetricSpec gauge(String name, String help, String... labels) {
        return new MetricSpec(name, Collector.Type.GAUGE, help, List.of(labels));
    }

    static MetricSpec histogram(String name, String help) {
        return new MetricSpec(name, Collector.Type.HISTOGRAM, help, List.of());
    }

    MetricSpec {
        if (!name.startsWith("daybook_") || name.endsWith("_total") != (type == Collector.Type.COUNTER)) {
            throw new IllegalArgumentException("bad metric name " + name + " for a " + type);
        }
        labels = withEngine(labels);
    }

    private static List<String> withEngine(List<String> labels) {
        if (labels.isEmpty()) {
            return ENGINE_ONLY;
        }
        List<String> all = new ArrayList<>();
        all.add(ENGINE_LABEL);
        all.addAll(labels);
        return List.copyOf(all);
    }
}
