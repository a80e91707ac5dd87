package io.daybook.benchmarks.compare;

import io.daybook.benchmarks.LoadStats;
import io.daybook.benchmarks.report.Figure;
import io.daybook.benchmarks.report.Run;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;

/** Collects what a run came to. <b>Confined to one thread.</b> */
final class Measured {
    private static final double[] PERCENTILES = {
        0, 10, 25, 50, 75, 90, 95, 98, 99, 99.5, 99.8, 99.9, 99.95, 99.98, 99.99, 99.995, 99.999, 100
    };

    private final Map<String, Double> figures = new LinkedHashMap<>();
    private final List<double[]> percentiles = new ArrayList<>();
    private final List<Run.Moment> timeline = new ArrayList<>();

    Measured figure(String name, double value) {
        figures.put(name, value);
        return this;
    }

    Measured stats(LoadStats stats) {
        return figure(Figure.RATE, stats.entriesPerSecond())
                .figure(Figure.CPU, stats.cpuNanosPerEntry())
                .figure(Figure.HEAP, stats.heapBytesPerEntry())
                .figure(Figure.HEAP_PRODUCERS, stats.producerBytesPerEntry());
    }

    Measured latencies(Histogram latencies) {
        figure(Figure.P50, latencies.getValueAtPercentile(50));
        figure(Figure.P99, latencies.getValueAtPercentile(99));
        figure(Figure.P999, latencies.getValueAtPercentile(99.9));
        figure(Figure.MAX, latencies.getMaxValue());
        for (double percentile : PERCENTILES) {
            percentiles.add(new double[] {percentile, latencies.getValueAtPercentile(percentile)});
        }
        return this;
    }

    Measured tail(Histogram latencies, String p99, String p999, String max) {
        return figure(p99, latencies.getValueAtPercentile(99))
                .figure(p999, latencies.getValueAtPercentile(99.9))
                .figure(max, latencies.getMaxValue());
    }

    Measured timeline(List<Run.Moment> moments) {
        timeline.addAll(moments);
        return this;
    }

    Run run() {
        return new Run(0, figures, percentiles, timeline);
    }
}
