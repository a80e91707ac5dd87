package io.daybook.benchmarks.report;

import io.daybook.benchmarks.Medians;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.DoubleStream;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategorySeries;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;

/** The pictures of a report: those for which there are results. */
final class Plots {
    private static final double NANOS_A_MILLI = 1e6;

    /** What of a percentile lies beyond is the x axis; 100 has no place on it. */
    private static final double PERCENTILE_MAX = 99.999;

    private Plots() {}

    static List<Plot> of(Results results) throws IOException {
        List<Plot> plots = new ArrayList<>();
        for (Results.Cell cell : results.ofKind("rate")) {
            plots.add(latency(cell, "latency-at-a-rate", "Latency at " + cell.title() + ", from the intended start"));
        }
        for (Results.Cell cell : results.ofKind("append")) {
            if (cell.title().equals("1 KiB, 100 in flight, 100 ledgers")) {
                plots.add(latency(cell, "latency-100-in-flight", "Latency with " + cell.title()));
            }
        }
        throughput(results, plots);
        ratio(results, plots);
        for (Results.Cell cell : results.ofKind("rate")) {
            for (Results.Store store : cell.stores()) {
                if (store.runs().stream().anyMatch(run -> !run.timeline().isEmpty())) {
                    plots.add(timeline(cell, store));
                }
            }
        }
        return plots;
    }

    /** Latency by percentile: for each percentile the median of the runs. */
    private static Plot latency(Results.Cell cell, String file, String title) throws IOException {
        XYChart chart = Charts.lines("percentile", "milliseconds");
        List<Double> all = new ArrayList<>();
        chart.getStyler().setXAxisLogarithmic(true);
        chart.getStyler().setXAxisTickLabelsFormattingFunction(beyond -> Charts.decimal(100 - 100 / beyond) + " %");
        for (Results.Store store : cell.stores()) {
            Map<Double, List<Double>> byPercentile = new TreeMap<>();
            for (Run run : store.runs()) {
                for (double[] point : run.percentiles()) {
                    byPercentile
                            .computeIfAbsent(point[0], percentile -> new ArrayList<>())
                            .add(point[1]);
                }
            }
            byPercentile.keySet().removeIf(percentile -> percentile > PERCENTILE_MAX);
            if (!byPercentile.isEmpty()) {
                double[] x = byPercentile.keySet().stream()
                        .mapToDouble(percentile -> 100 / (100 - percentile))
                        .toArray();
                double[] y = byPercentile.values().stream()
                        .mapToDouble(nanos -> middle(nanos) / NANOS_A_MILLI)
                        .toArray();
                Charts.style(chart.addSeries(store.title(), x, y), store.name());
                DoubleStream.of(y).forEach(all::add);
            }
        }
        Charts.logarithmic(chart.getStyler(), all.stream().mapToDouble(value -> value));
        return Charts.plot(file + ".png", title, chart);
    }

    private static double middle(List<Double> values) {
        return Medians.median(values, value -> value);
    }

    /** Entries a second by entry size, with a full window and one producer. */
    private static void throughput(Results results, List<Plot> plots) throws IOException {
        Map<String, TreeMap<Integer, Double>> byStore = new LinkedHashMap<>();
        Map<String, String> names = new LinkedHashMap<>();
        for (Results.Cell cell : results.ofKind("append")) {
            if (cell.number("in-flight") == 1000
                    && cell.number("ledgers") == 100
                    && cell.number("producers") == 1
                    && !cell.params().containsKey("held-millions")) {
                for (Results.Store store : cell.stores()) {
                    names.put(store.title(), store.name());
                    byStore.computeIfAbsent(store.title(), title -> new TreeMap<>())
                            .put(cell.number("entry-bytes"), store.median(Figure.RATE));
                }
            }
        }
        byStore.values().removeIf(rates -> rates.size() < 2);
        if (byStore.isEmpty()) {
            return;
        }
        CategoryChart chart = Charts.bars("bytes of an entry", "entries a second");
        chart.getStyler()
                .setDefaultSeriesRenderStyle(CategorySeries.CategorySeriesRenderStyle.Line)
                .setOverlapped(true);
        Charts.logarithmic(
                chart.getStyler(),
                byStore.values().stream()
                        .flatMap(rates -> rates.values().stream())
                        .mapToDouble(rate -> rate));
        TreeSet<Integer> sizes = new TreeSet<>();
        byStore.values().forEach(rates -> sizes.addAll(rates.keySet()));
        byStore.forEach((title, rates) -> Charts.style(
                // A store that was not measured with a size has no point there.
                chart.addSeries(
                        title,
                        new ArrayList<>(sizes),
                        Arrays.asList(sizes.stream().map(rates::get).toArray(Double[]::new))),
                names.get(title)));
        plots.add(Charts.plot("throughput.png", "Throughput by entry size, 1,000 in flight, 100 ledgers", chart));
    }

    /** Entries a second as a ratio to raw, one group of bars a cell. */
    private static void ratio(Results results, List<Plot> plots) throws IOException {
        List<Results.Cell> cells = results.ofKind("append").stream()
                .filter(cell -> cell.store(ResultTables.RAW) != null)
                .filter(cell -> cell.number("ledgers") == 100 && cell.number("producers") == 1)
                .toList();
        Map<String, String> names = new LinkedHashMap<>();
        cells.forEach(cell -> cell.stores().forEach(store -> names.put(store.title(), store.name())));
        names.values().removeIf(name -> name.startsWith(ResultTables.RAW));
        if (names.isEmpty()) {
            return;
        }
        CategoryChart chart = Charts.bars("", "entries a second, of raw");
        names.forEach((title, name) -> {
            List<String> x = new ArrayList<>();
            List<Double> y = new ArrayList<>();
            for (Results.Cell cell : cells) {
                Results.Store store = cell.store(name);
                x.add(cell.title().replace(", 100 ledgers", "").replace(" in flight", ""));
                // No bar at all where it was not measured: one of height zero would be a claim.
                double ratio =
                        store == null ? Double.NaN : Ratios.median(store, ResultTables.raw(cell, store), Figure.RATE);
                y.add(Double.isNaN(ratio) ? null : ratio);
            }
            Charts.style(chart.addSeries(title, x, y), name);
        });
        plots.add(Charts.plot("ratio.png", "Entry size, in flight: ratio to raw", chart));
    }

    /** The longest latency of each tenth of a second of one run, the one in the middle by p99, and what happened then. */
    private static Plot timeline(Results.Cell cell, Results.Store store) throws IOException {
        List<Run> runs = store.runs().stream()
                .filter(run -> !run.timeline().isEmpty())
                .sorted((a, b) -> Double.compare(a.figure(Figure.P99), b.figure(Figure.P99)))
                .toList();
        List<Run.Moment> moments = runs.get(runs.size() / 2).timeline();
        XYChart chart = Charts.lines("seconds", "longest latency, milliseconds");
        chart.getStyler().setMarkerSize(10);
        Charts.logarithmic(chart.getStyler(), moments.stream().mapToDouble(Plots::longest));
        XYSeries line = chart.addSeries(
                store.title(),
                moments.stream().mapToDouble(Run.Moment::seconds).toArray(),
                moments.stream().mapToDouble(Plots::longest).toArray());
        Charts.line(line, store.name());
        Map<String, List<Run.Moment>> byEvent = new LinkedHashMap<>();
        moments.forEach(moment -> moment.events()
                .keySet()
                .forEach(event ->
                        byEvent.computeIfAbsent(event, e -> new ArrayList<>()).add(moment)));
        byEvent.forEach((event, when) -> {
            double[] x = when.stream().mapToDouble(Run.Moment::seconds).toArray();
            double[] y = when.stream().mapToDouble(Plots::longest).toArray();
            Charts.mark(
                    chart.addSeries(event, x, y),
                    byEvent.keySet().stream().toList().indexOf(event));
        });
        return Charts.plot(
                "timeline-" + store.name() + ".png", store.title() + " at " + cell.title() + ", over time", chart);
    }

    private static double longest(Run.Moment moment) {
        return Math.max(1, moment.maxNanos()) / NANOS_A_MILLI;
    }
}
