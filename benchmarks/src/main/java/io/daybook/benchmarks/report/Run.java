package io.daybook.benchmarks.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What one JVM measured in one cell.
 *
 * @param fork of the cell, from 1 on: the runs of all stores with the same number took turns; 0: not known yet
 * @param figures by name, see {@link Figure}
 * @param percentiles latency: pairs of percentile and nanoseconds, rising; empty where none was taken
 * @param timeline what happened when; empty where nobody looked
 */
public record Run(int fork, Map<String, Double> figures, List<double[]> percentiles, List<Moment> timeline) {

    /** Figures only. */
    public static Run of(int fork, Map<String, Double> figures) {
        return new Run(fork, figures, List.of(), List.of());
    }

    /** The same of another fork. */
    public Run withFork(int number) {
        return new Run(number, figures, percentiles, timeline);
    }

    /** A figure, NaN if it was not taken. */
    public double figure(String name) {
        return figures.getOrDefault(name, Double.NaN);
    }

    /** As JSON. */
    public Map<String, Object> toJson() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("fork", fork);
        json.put("figures", figures);
        json.put("percentiles", percentiles.stream().map(Run::list).toList());
        json.put("timeline", timeline.stream().map(Moment::toJson).toList());
        return json;
    }

    /** From JSON. */
    public static Run fromJson(Object json) {
        Map<String, Double> figures = new LinkedHashMap<>();
        Results.map(Results.map(json).get("figures"))
                .forEach((name, value) -> figures.put(name, value == null ? Double.NaN : (Double) value));
        List<double[]> percentiles = new ArrayList<>();
        for (Object pair : Results.list(Results.map(json).get("percentiles"))) {
            percentiles.add(Results.list(pair).stream()
                    .mapToDouble(number -> (Double) number)
                    .toArray());
        }
        List<Moment> timeline = new ArrayList<>();
        Results.list(Results.map(json).get("timeline")).forEach(moment -> timeline.add(Moment.fromJson(moment)));
        // Results of before had no number: who reads them knows their order.
        Object fork = Results.map(json).getOrDefault("fork", 0.0);
        return new Run(((Double) fork).intValue(), figures, percentiles, timeline);
    }

    private static List<Double> list(double[] numbers) {
        List<Double> list = new ArrayList<>();
        for (double number : numbers) {
            list.add(number);
        }
        return list;
    }

    /**
     * A part of a time line.
     *
     * @param seconds since its beginning
     * @param entries that were to begin in this part
     * @param maxNanos the longest latency of them
     * @param events what happened in this part and how often
     */
    public record Moment(double seconds, long entries, long maxNanos, Map<String, Long> events) {
        Map<String, Object> toJson() {
            Map<String, Object> json = new LinkedHashMap<>();
            json.put("s", seconds);
            json.put("n", entries);
            json.put("max", maxNanos);
            json.putAll(events);
            return json;
        }

        static Moment fromJson(Object json) {
            Map<String, Long> events = new LinkedHashMap<>();
            Map<String, Object> map = Results.map(json);
            map.forEach((name, value) -> events.put(name, ((Double) value).longValue()));
            events.keySet().removeAll(List.of("s", "n", "max"));
            return new Moment(
                    (Double) map.get("s"),
                    ((Double) map.get("n")).longValue(),
                    ((Double) map.get("max")).longValue(),
                    events);
        }
    }
}
