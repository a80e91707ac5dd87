package io.daybook.storage;

import java.util.EnumMap;
import java.util.Map;
import java.util.stream.LongStream;

/** How often each fault happened, by its id: counted where it did something, not where it was asked for. <b>Thread-safe.</b> */
public final class FaultCounts {
    private final long[] counts = new long[FaultId.values().length];

    /** Counts one. */
    public synchronized void add(FaultId id) {
        counts[id.ordinal()]++;
    }

    /** Counts all that another one counted. */
    public void add(FaultCounts others) {
        long[] more;
        synchronized (others) {
            more = others.counts.clone();
        }
        synchronized (this) {
            for (int i = 0; i < counts.length; i++) {
                counts[i] += more[i];
            }
        }
    }

    /** Returns how often a fault happened. */
    public synchronized long of(FaultId id) {
        return counts[id.ordinal()];
    }

    /** Returns how many faults happened. */
    public synchronized long total() {
        return LongStream.of(counts).sum();
    }

    @Override
    public synchronized String toString() {
        Map<FaultId, Long> met = new EnumMap<>(FaultId.class);
        for (FaultId id : FaultId.values()) {
            if (counts[id.ordinal()] > 0) {
                met.put(id, counts[id.ordinal()]);
            }
        }
        return met.toString();
    }
}
