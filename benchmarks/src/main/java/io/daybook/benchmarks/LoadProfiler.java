package io.daybook.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.infra.IterationParams;
import org.openjdk.jmh.profile.InternalProfiler;
import org.openjdk.jmh.results.AggregationPolicy;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.ScalarResult;

/**
 * Brings figures that a benchmark measured by itself into JMH's results: {@code -prof io.daybook.benchmarks.LoadProfiler}.
 * Without it they are printed after each iteration.
 */
public final class LoadProfiler implements InternalProfiler {
    /** System property that keeps a benchmark from printing what it also reports. */
    static final String QUIET_PROPERTY = "daybook.bench.quiet";

    private static final Map<String, ScalarResult> FIGURES = new ConcurrentHashMap<>();

    /** JMH makes it by name. */
    public LoadProfiler() {}

    /** Prints a remark of a benchmark, unless its figures are all that is wanted. */
    static void remark(String text) {
        if (!Boolean.getBoolean(QUIET_PROPERTY)) {
            System.out.println("[" + text + "]");
        }
    }

    /** Gives a figure of the iteration that ends; the mean of the iterations is reported. */
    static void report(String name, double value, String unit) {
        FIGURES.put(name, new ScalarResult(name, value, unit, AggregationPolicy.AVG));
    }

    static void report(LoadStats stats) {
        report("p50", stats.p50Nanos() / 1e3, "us");
        report("p99", stats.p99Nanos() / 1e3, "us");
        report("p99.9", stats.p999Nanos() / 1e3, "us");
        report("max", stats.maxNanos() / 1e3, "us");
        report("heap", stats.heapBytesPerEntry(), "B/entry");
        report("heap.producers", stats.producerBytesPerEntry(), "B/entry");
        report("cpu", stats.cpuNanosPerEntry() / 1e3, "us/entry");
    }

    @Override
    public void beforeIteration(BenchmarkParams benchmark, IterationParams iteration) {
        FIGURES.clear();
    }

    @Override
    public List<ScalarResult> afterIteration(
            BenchmarkParams benchmark, IterationParams iteration, IterationResult result) {
        return new ArrayList<>(new TreeMap<>(FIGURES).values());
    }

    @Override
    public String getDescription() {
        return "Figures of Daybook's load generator: latency, allocation, processor time";
    }
}
