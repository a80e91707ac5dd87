package io.daybook.stats;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;

/**
 * Reads native properties at most once a second and keeps the last values for whoever scrapes.
 *
 * <p>Such a read may wait for the database's mutex, so it has no place on a scrape or I/O thread: a thread of its own calls
 * {@link #sampleOnce()}, and gauges are registered with {@link #last(String)}, which only reads memory. The property
 * readers take their own hold on the native handle; one that throws, or answers with a negative number (RocksDB's unsigned
 * overflow), leaves the last value as it is.
 *
 * <p><b>Thread-safe.</b>
 */
public final class NativeSampler {

    private static final long INTERVAL_NANOS = 1_000_000_000L;

    private static final class Property {
        final LongSupplier reader;
        volatile long last = EngineMetrics.NO_VALUE;

        Property(LongSupplier reader) {
            this.reader = reader;
        }
    }

    private final Map<String, Property> properties = new LinkedHashMap<>();
    private final LongSupplier nanoTime;
    private final AtomicBoolean sampling = new AtomicBoolean();
    private final Runnable failed;

    // Confined to the thread that has set `sampling`.
    private boolean sampled;
    private long sampledNanos;

    /**
     * Makes a sampler that has read nothing yet.
     *
     * @param readers what reads each property, by the property's name; copied
     * @param nanoTime the clock, in nanoseconds from any origin, as {@link System#nanoTime}
     * @param failed told of each read that has thrown
     */
    public NativeSampler(Map<String, LongSupplier> readers, LongSupplier nanoTime, Runnable failed) {
        readers.forEach((name, reader) -> properties.put(name, new Property(Objects.requireNonNull(reader, name))));
        this.nanoTime = Objects.requireNonNull(nanoTime, "nanoTime");
        this.failed = Objects.requireNonNull(failed, "failed");
    }

    /**
     * Reads all properties, unless they were read less than a second ago or another thread is reading them now. Never
     * throws because of a reader.
     *
     * @return whether this call has read them
     */
    public boolean sampleOnce() {
        if (!sampling.compareAndSet(false, true)) {
            return false;
        }
        try {
            long now = nanoTime.getAsLong();
            if (sampled && now - sampledNanos < INTERVAL_NANOS) {
                return false;
            }
            // Before the reads: one that is slow or fails must not be tried more often than the others.
            sampled = true;
            sampledNanos = now;
            properties.values().forEach(this::read);
            return true;
        } finally {
            sampling.set(false);
        }
    }

    private void read(Property property) {
        try {
            long value = property.reader.getAsLong();
            if (value >= 0) {
                property.last = value;
            }
        } catch (Throwable e) {
            // Whatever it is, an Error too: a figure that cannot be had is no reason to end the thread that asks.
            failed.run();
        }
    }

    /**
     * A supplier of the last value of a property, for {@link EngineMetrics#gauge}: cheap, and never touches anything native.
     *
     * @param name one of the names given at construction
     * @return gives the last value read, or {@link EngineMetrics#NO_VALUE} as long as there is none
     * @throws IllegalArgumentException if there is no such property
     */
    public LongSupplier last(String name) {
        Property property = properties.get(name);
        if (property == null) {
            throw new IllegalArgumentException("no property " + name + " among " + properties.keySet());
        }
        return () -> property.last;
    }
}
