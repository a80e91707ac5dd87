package io.daybook.storage;

import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.LongStream;

/**
 * How often each fault happened, by its id: counted where it did something, not where it was asked for; and how often each kind
 * of it, as whoever brings it about names them. <b>Thread-safe.</b>
 */
public final class FaultCounts {
    private final long[] counts = new long[FaultId.values().length];
    private final Map<Enum<?>, Long> kinds = new HashMap<>();

    /** Counts one. */
    public synchronized void add(FaultId id) {
        counts[id.ordinal()]++;
    }

    /** Counts one of a kind. */
    public synchronized void addKind(Enum<?> kind) {
        kinds.merge(kind, 1L, Long::sum);
    }

    /** Counts all that another one counted. */
    public void add(FaultCounts others) {
        long[] more;
        Map<Enum<?>, Long> moreKinds;
        synchronized (others) {
            more = others.counts.clone();
            moreKinds = new HashMap<>(others.kinds);
        }
        synchronized (this) {
            for (int i = 0; i < counts.length; i++) {
                counts[i] += more[i];
            }
            moreKinds.forEach((kind, times) -> kinds.merge(kind, times, Long::sum));
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

    /** Returns how often each kind happened that did, by the names of their types and their own. */
    public synchronized Map<Enum<?>, Long> kinds() {
        Map<Enum<?>, Long> sorted = new TreeMap<>(Comparator.<Enum<?>, String>comparing(
                        kind -> kind.getDeclaringClass().getSimpleName())
                .thenComparing(Enum::name));
        sorted.putAll(kinds);
        return sorted;
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
