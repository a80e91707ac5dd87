package io.daybook.engine.model;

import io.daybook.engine.EngineConfig;
import io.prometheus.client.CollectorRegistry;
import java.util.Collections;

/** What the metrics of an engine show at the end of a run, which is what the model knows (I9). One seed in eight has them. */
final class ModelMetrics {
    private static final int EACH = 8;

    private final Course course;
    private final Subject subject;
    private final ModelFollowing following;

    ModelMetrics(Situation now) {
        this.course = now.course();
        this.subject = now.subject();
        this.following = now.following();
    }

    /** The settings of a seed, with metrics if it is one of those that have them. */
    static EngineConfig.Builder settings(long seed, EngineConfig.Builder settings) {
        return Math.floorMod(seed, EACH) == EACH - 1 ? settings.metricsRegistry(new CollectorRegistry()) : settings;
    }

    /** All that was accepted is done; the engine counts since it was opened. */
    void compare() {
        if (subject.config.metricsRegistry().isEmpty()) {
            return;
        }
        course.totals.measured++;
        long entries = 0;
        long bytes = 0;
        for (Change change : following.issued) {
            for (Step step : change.steps()) {
                if (step.kind() == Step.Kind.ENTRY) {
                    entries++;
                    bytes += step.bytes().length;
                }
            }
        }
        same("daybook_append_entries_total", entries);
        same("daybook_append_bytes_total", bytes);
        for (Following.Refused each : Following.Refused.values()) {
            same("daybook_append_rejections_total", following.refused(each), "reason", each.label);
        }
        same("daybook_append_in_flight_bytes", 0);
        same("daybook_append_queue_records", 0);
        same("daybook_ledgers", following.acked.ledgers.size());
        same("daybook_disk_full", 0);
    }

    /** All tails are in the index. */
    void compareFlushed() {
        same("daybook_tail_index_entries", 0);
    }

    /** Whether this run has metrics, and ends with a flush before its close. */
    boolean flush() {
        return subject.config.metricsRegistry().isPresent() && course.random.nextBoolean();
    }

    /** An engine that is closed has left its registry. */
    void requireNone() {
        subject.config.metricsRegistry().ifPresent(registry -> {
            for (var family : Collections.list(registry.metricFamilySamples())) {
                if (!family.samples.isEmpty()) {
                    throw course.fault("closed, and still shown: " + family);
                }
            }
        });
    }

    private void same(String name, long wanted, String... label) {
        CollectorRegistry registry = subject.config.metricsRegistry().orElseThrow();
        String engine = subject.config.name();
        Double value = label.length == 0
                ? registry.getSampleValue(name, new String[] {"engine"}, new String[] {engine})
                : registry.getSampleValue(name, new String[] {"engine", label[0]}, new String[] {engine, label[1]});
        if (value == null || value != wanted) {
            throw course.fault(name + " " + String.join("=", label) + " is " + value + ", wanted " + wanted);
        }
    }
}
