package io.daybook.storage;

import java.util.EnumMap;
import java.util.Map;

/** How often each fault happened, by its id: counted where it did something, not where it was asked for. <b>Thread-safe.</b> */
public final class FaultCounts {
    private final Map<FaultId, Long> counts = new EnumMap<>(FaultId.class);

    /** Counts one. */
    public synchronized void add(FaultId id) {
        counts.merge(id, 1L, Long::sum);
    }

    /** Counts all that another one counted. */
    public void add(FaultCounts others) {
        Map<FaultId, Long> more;
        synchronized (others) {
            more = new EnumMap<>(others.counts);
        }
        synchronized (this) {
            more.forEach((id, count) -> counts.merge(id, count, Long::sum));
        }
    }

    /** Returns how often a fault happened. */
    public synchronized long of(FaultId id) {
        return counts.getOrDefault(id, 0L);
    }

    /** Returns how many faults happened. */
    public synchronized long total() {
        return counts.values().stream().mapToLong(Long::longValue).sum();
    }

    @Override
    public synchronized String toString() {
        return counts.toString();
    }
}
