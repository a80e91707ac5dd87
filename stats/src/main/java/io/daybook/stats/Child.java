package io.daybook.stats;

import io.prometheus.client.Collector.MetricFamilySamples.Sample;
import java.util.List;

/** The values of one engine (and of one value of a further label) in a family. */
interface Child {

    /**
     * Adds the samples of this child, or none if there is nothing to show.
     *
     * @param spec the family's facts
     * @param labelValues in the order of the family's labels
     * @param out where to add
     */
    void sample(MetricSpec spec, List<String> labelValues, List<Sample> out);
}
