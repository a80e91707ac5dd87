package io.daybook.engine;

import io.prometheus.client.Collector.MetricFamilySamples;
import io.prometheus.client.Collector.MetricFamilySamples.Sample;
import io.prometheus.client.CollectorRegistry;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;

/** What a registry shows, for tests. */
final class MetricScrapes {
    private static final long WAIT_NANOS = TimeUnit.SECONDS.toNanos(60);

    private MetricScrapes() {}

    /** One scrape. */
    static List<MetricFamilySamples> scrape(CollectorRegistry registry) {
        return Collections.list(registry.metricFamilySamples());
    }

    /** The samples of one engine. */
    static List<Sample> samples(CollectorRegistry registry, String engine) {
        return scrape(registry).stream()
                .flatMap(family -> family.samples.stream())
                .filter(sample -> engine.equals(sample.labelValues.get(sample.labelNames.indexOf("engine"))))
                .collect(Collectors.toList());
    }

    /** One value of an engine, null: no sample. */
    static Double value(CollectorRegistry registry, String engine, String name) {
        return registry.getSampleValue(name, new String[] {"engine"}, new String[] {engine});
    }

    /** Waits for a value: what is completed is counted after it was told. */
    static void awaitValue(CollectorRegistry registry, String engine, String name, double expected) {
        long start = System.nanoTime();
        Double value = value(registry, engine, name);
        while (value == null || value != expected) {
            if (System.nanoTime() - start > WAIT_NANOS || (value != null && value > expected)) {
                throw new AssertionError(name + " of " + engine + " is " + value + ", not " + expected);
            }
            Thread.yield();
            value = value(registry, engine, name);
        }
    }

    /** Throws if two samples of one scrape have the same name and labels. */
    static void requireDistinct(List<MetricFamilySamples> families) {
        Set<String> seen = new HashSet<>();
        for (MetricFamilySamples family : families) {
            for (Sample sample : family.samples) {
                if (!seen.add(sample.name + sample.labelNames + sample.labelValues)) {
                    throw new AssertionError("twice in one scrape: " + sample);
                }
            }
        }
    }

    /** Waits until something is so; throws after a minute. */
    static void await(String what, BooleanSupplier condition) {
        long start = System.nanoTime();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - start > WAIT_NANOS) {
                throw new AssertionError("not within a minute: " + what);
            }
            try {
                TimeUnit.MILLISECONDS.sleep(5);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }
}
