package io.daybook.benchmarks;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;

/**
 * What a slice of load came to.
 *
 * @param entries completed
 * @param nanos length of the slice
 * @param p50Nanos from the call of append to its completion; likewise the following
 * @param producerBytesPerEntry Java heap allocated by the producing threads
 * @param heapBytesPerEntry Java heap allocated by all threads
 * @param cpuNanosPerEntry processor time of the process
 */
public record LoadStats(
        long entries,
        long nanos,
        long p50Nanos,
        long p99Nanos,
        long p999Nanos,
        long maxNanos,
        double producerBytesPerEntry,
        double heapBytesPerEntry,
        double cpuNanosPerEntry) {

    public double entriesPerSecond() {
        return entries * 1e9 / nanos;
    }

    public String describe() {
        return String.format(
                Locale.ROOT,
                "%s/s, latency p50 %s p99 %s p99.9 %s max %s, heap %.1f B/entry (producers %.1f), cpu %.2f us/entry",
                Format.count(entriesPerSecond()),
                Format.nanos(p50Nanos),
                Format.nanos(p99Nanos),
                Format.nanos(p999Nanos),
                Format.nanos(maxNanos),
                heapBytesPerEntry,
                producerBytesPerEntry,
                cpuNanosPerEntry / 1e3);
    }

    /** One line that {@link #parse} understands. */
    String encode() {
        StringJoiner line = new StringJoiner(" ");
        values().forEach((key, value) -> line.add(key + "=" + value));
        return line.toString();
    }

    private Map<String, Number> values() {
        Map<String, Number> values = new LinkedHashMap<>();
        values.put("entries", entries);
        values.put("nanos", nanos);
        values.put("p50", p50Nanos);
        values.put("p99", p99Nanos);
        values.put("p999", p999Nanos);
        values.put("max", maxNanos);
        values.put("producerBytes", producerBytesPerEntry);
        values.put("heapBytes", heapBytesPerEntry);
        values.put("cpuNanos", cpuNanosPerEntry);
        return values;
    }

    static LoadStats parse(String line) {
        Map<String, String> values = new LinkedHashMap<>();
        for (String pair : line.trim().split(" ")) {
            int equals = pair.indexOf('=');
            values.put(pair.substring(0, equals), pair.substring(equals + 1));
        }
        return new LoadStats(
                Long.parseLong(values.get("entries")),
                Long.parseLong(values.get("nanos")),
                Long.parseLong(values.get("p50")),
                Long.parseLong(values.get("p99")),
                Long.parseLong(values.get("p999")),
                Long.parseLong(values.get("max")),
                Double.parseDouble(values.get("producerBytes")),
                Double.parseDouble(values.get("heapBytes")),
                Double.parseDouble(values.get("cpuNanos")));
    }
}
