package io.daybook.cli;

import io.prometheus.client.Collector.MetricFamilySamples;
import io.prometheus.client.Collector.MetricFamilySamples.Sample;
import io.prometheus.client.CollectorRegistry;
import java.util.Collections;
import java.util.Set;

/** Reads the number of journal syncs from an engine's metrics. */
final class SyncCount {
    static final long NOT_KNOWN = -1;
    private static final String NAME = "daybook_journal_syncs_total";

    private SyncCount() {}

    /** Syncs so far, {@link #NOT_KNOWN} if there is no such metric: the demo then leaves the line out. */
    static long read(CollectorRegistry metrics) {
        // Only this one is asked for: the others would be read in the middle of what is measured.
        for (MetricFamilySamples family : Collections.list(metrics.filteredMetricFamilySamples(Set.of(NAME)))) {
            for (Sample sample : family.samples) {
                if (sample.name.equals(NAME)) {
                    return (long) sample.value;
                }
            }
        }
        return NOT_KNOWN;
    }
}
