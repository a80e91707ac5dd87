package io.daybook.stats;

import io.prometheus.client.CollectorRegistry;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The families of one registry: registered by the first engine that joins, unregistered by the last that leaves.
 *
 * <p>An engine's name is unique within a registry while it is in there: a second engine of the name {@code a} appears as
 * {@code a#2}, the third as {@code a#3}; a name is free again once its engine has left.
 *
 * <p>One lock for all registries; joining and leaving are rare. It is held while a registry is called, and never while a
 * family is collected.
 */
final class MetricFamilies {

    private static final Object LOCK = new Object();

    /** Guarded by LOCK. A registry leaves with its last engine. */
    private static final Map<CollectorRegistry, MetricFamilies> BY_REGISTRY = new IdentityHashMap<>();

    private final CollectorRegistry registry;
    /** Guarded by LOCK. */
    private final Map<String, MetricFamily> families = new LinkedHashMap<>();
    /** Guarded by LOCK. */
    private final Set<String> engines = new HashSet<>();

    /** A child that is to stand in a family. */
    record Series(MetricSpec spec, List<String> furtherLabelValues, Child child) {}

    private MetricFamilies(CollectorRegistry registry) {
        this.registry = registry;
    }

    /** An engine's stay in a registry. */
    static final class Membership {

        private final MetricFamilies families;
        private final String engine;
        /** Guarded by LOCK. */
        private boolean left;

        private Membership(MetricFamilies families, String engine) {
            this.families = families;
            this.engine = engine;
        }

        /** Returns the value of the label {@code engine}. */
        String engine() {
            return engine;
        }

        /** Adds one more series; ignored after {@link #leave}. */
        void add(Series series) {
            synchronized (LOCK) {
                if (!left) {
                    families.add(engine, series);
                }
            }
        }

        /** Takes all of this engine's series out of the registry, and families that are empty then. A second call does nothing. */
        void leave() {
            synchronized (LOCK) {
                if (!left) {
                    left = true;
                    families.remove(engine);
                }
            }
        }
    }

    /**
     * Brings all series of an engine into a registry, or none.
     *
     * @throws IllegalArgumentException if a foreign collector in the registry has the name of one of them
     */
    static Membership join(CollectorRegistry registry, String engineName, List<Series> series) {
        synchronized (LOCK) {
            MetricFamilies families = BY_REGISTRY.computeIfAbsent(registry, MetricFamilies::new);
            Membership membership = new Membership(families, families.claim(engineName));
            boolean complete = false;
            try {
                series.forEach(membership::add);
                complete = true;
                return membership;
            } finally {
                if (!complete) {
                    membership.leave();
                }
            }
        }
    }

    /** How many families of ours the registry has: for tests. */
    static int count(CollectorRegistry registry) {
        synchronized (LOCK) {
            MetricFamilies families = BY_REGISTRY.get(registry);
            return families == null ? 0 : families.families.size();
        }
    }

    private String claim(String engineName) {
        String free = engineName;
        for (int i = 2; !engines.add(free); i++) {
            free = engineName + "#" + i;
        }
        return free;
    }

    private void add(String engine, Series series) {
        MetricFamily family = families.get(series.spec().name());
        if (family == null) {
            family = register(series.spec());
        }
        family.add(engine, series.furtherLabelValues(), series.child());
    }

    private MetricFamily register(MetricSpec spec) {
        MetricFamily family = new MetricFamily(spec);
        try {
            registry.register(family);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "the metrics registry already has a collector named " + spec.name()
                            + " that is not Daybook's; give the engine another registry, or none",
                    e);
        }
        families.put(spec.name(), family);
        return family;
    }

    private void remove(String engine) {
        engines.remove(engine);
        if (engines.isEmpty()) {
            BY_REGISTRY.remove(registry);
        }
        for (MetricFamily family : new ArrayList<>(families.values())) {
            family.removeAll(engine);
            if (family.isEmpty()) {
                families.remove(family.spec().name());
                unregister(family);
            }
        }
    }

    private void unregister(MetricFamily family) {
        try {
            registry.unregister(family);
        } catch (NullPointerException e) {
            // simpleclient's answer when the collector is not there: somebody has cleared the registry. It is gone,
            // which
            // is what was asked for, and the other families must go too.
            assert family.isEmpty() : family.spec().name();
        }
    }
}
