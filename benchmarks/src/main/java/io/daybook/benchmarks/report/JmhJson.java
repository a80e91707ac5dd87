package io.daybook.benchmarks.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Results in the form in which JMH writes its own, for tools that read that: one benchmark a cell and store, one fork a run. */
public final class JmhJson {
    private static final double NANOS_A_MILLI = 1e6;

    private JmhJson() {}

    /** Turns results into JSON. */
    public static String of(Results results) {
        List<Object> benchmarks = new ArrayList<>();
        for (Results.Cell cell : results.cells()) {
            for (Results.Store store : cell.stores()) {
                benchmarks.add(benchmark(results.machine(), cell, store));
            }
        }
        return Json.text(benchmarks);
    }

    private static Map<String, Object> benchmark(Map<String, String> machine, Results.Cell cell, Results.Store store) {
        boolean time = cell.kind().equals("open");
        Map<String, String> params = new LinkedHashMap<>(cell.params());
        String seconds = params.remove("seconds");
        params.put("store", store.name());
        params.put("fileState", store.fileState());
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("jmhVersion", "1.37");
        json.put("benchmark", "io.daybook.benchmarks.compare." + cell.kind());
        json.put("mode", time ? "ss" : "thrpt");
        json.put("threads", Integer.parseInt(params.getOrDefault("producers", params.getOrDefault("threads", "1"))));
        json.put("forks", store.runs().size());
        json.put("vmName", machine.getOrDefault("jdk", "unknown"));
        json.put("warmupIterations", 1);
        json.put("measurementIterations", 1);
        json.put("measurementTime", (seconds == null ? "0" : seconds) + " s");
        json.put("params", params);
        json.put(
                "primaryMetric",
                time ? metric(store, Figure.TIME, "ms/op", NANOS_A_MILLI) : metric(store, Figure.RATE, "ops/s", 1));
        Map<String, Object> secondary = new LinkedHashMap<>();
        store.runs().get(0).figures().keySet().forEach(figure -> {
            if (!figure.equals(time ? Figure.TIME : Figure.RATE)) {
                secondary.put(figure, metric(store, figure, unit(figure), Figure.isNanos(figure) ? 1e3 : 1));
            }
        });
        json.put("secondaryMetrics", secondary);
        return json;
    }

    private static Map<String, Object> metric(Results.Store store, String figure, String unit, double divisor) {
        List<Double> values = new ArrayList<>();
        store.runs().forEach(run -> values.add(run.figure(figure) / divisor));
        double[] sorted = values.stream().mapToDouble(value -> value).sorted().toArray();
        double mean = values.stream().mapToDouble(value -> value).average().orElse(Double.NaN);
        Map<String, Object> metric = new LinkedHashMap<>();
        metric.put("score", mean);
        metric.put("scoreError", "NaN");
        metric.put("scoreConfidence", List.of("NaN", "NaN"));
        Map<String, Object> percentiles = new LinkedHashMap<>();
        percentiles.put("0.0", sorted[0]);
        percentiles.put("50.0", store.median(figure) / divisor);
        percentiles.put("100.0", sorted[sorted.length - 1]);
        metric.put("scorePercentiles", percentiles);
        metric.put("scoreUnit", unit);
        metric.put("rawData", values.stream().map(List::of).toList());
        return metric;
    }

    private static String unit(String figure) {
        return switch (figure) {
            case Figure.CPU -> "us/op";
            case Figure.HEAP, Figure.HEAP_PRODUCERS -> "B/op";
            case Figure.BYTES -> "B/s";
            case Figure.PREWRITTEN, Figure.MEMORY -> "B";
            default -> Figure.isNanos(figure) ? "us" : "B/B";
        };
    }
}
