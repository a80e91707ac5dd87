package io.daybook.benchmarks.report;

import io.daybook.benchmarks.Format;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleFunction;

/** Tables of medians, one for each kind of cell. */
final class MarkdownTables {
    private static final String RAW = "raw";
    private static final String NONE = "–";

    private MarkdownTables() {}

    static String of(Results results) {
        List<String> lines = new ArrayList<>();
        results.machine().forEach((name, value) -> lines.add("- " + name + ": " + value));
        appends(results, lines);
        rates(results, lines);
        reads(results, lines);
        opens(results, lines);
        fileStates(results, lines);
        return String.join("\n", lines) + "\n";
    }

    private static void appends(Results results, List<String> lines) {
        List<Results.Cell> cells = ofKind(results, "append");
        if (cells.isEmpty()) {
            return;
        }
        heading(lines, "Durable append, closed loop");
        lines.add("| cell | store | entries a second | min to max | of raw | p50 | p99 | p99.9 | max | CPU an entry"
                + " | heap an entry | device bytes a byte | written ahead | runs |");
        lines.add("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
        for (Results.Cell cell : cells) {
            for (Results.Store store : cell.stores()) {
                lines.add(row(
                        cell.title(),
                        store.title(),
                        figure(store, Figure.RATE, Format::count),
                        spread(store, Figure.RATE, Format::count),
                        ofRaw(cell, store, Figure.RATE),
                        figure(store, Figure.P50, Format::nanos),
                        figure(store, Figure.P99, Format::nanos),
                        figure(store, Figure.P999, Format::nanos),
                        figure(store, Figure.MAX, Format::nanos),
                        figure(store, Figure.CPU, Format::nanos),
                        figure(store, Figure.HEAP, bytes -> Format.digits(bytes) + " B"),
                        figure(store, Figure.DEVICE, Format::ratio),
                        figure(store, Figure.PREWRITTEN, Format::bytes),
                        Integer.toString(store.runs().size())));
            }
        }
    }

    private static void rates(Results results, List<String> lines) {
        List<Results.Cell> cells = ofKind(results, "rate");
        if (cells.isEmpty()) {
            return;
        }
        heading(lines, "Durable append at a rate, open loop, from the intended start");
        lines.add(
                "| cell | store | p50 | of raw | p99 | of raw | p99.9 | max | entries a second | CPU an entry | runs |");
        lines.add("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
        for (Results.Cell cell : cells) {
            for (Results.Store store : cell.stores()) {
                lines.add(row(
                        cell.title(),
                        store.title(),
                        figure(store, Figure.P50, Format::nanos),
                        sliceRatio(cell, store, Figure.P50),
                        figure(store, Figure.P99, Format::nanos),
                        sliceRatio(cell, store, Figure.P99),
                        figure(store, Figure.P999, Format::nanos),
                        figure(store, Figure.MAX, Format::nanos),
                        figure(store, Figure.RATE, Format::count),
                        figure(store, Figure.CPU, Format::nanos),
                        Integer.toString(store.runs().size())));
            }
        }
    }

    private static void reads(Results results, List<String> lines) {
        List<Results.Cell> cells = new ArrayList<>();
        for (String kind : List.of("tail", "scan", "random")) {
            cells.addAll(ofKind(results, kind));
        }
        if (cells.isEmpty()) {
            return;
        }
        heading(lines, "Reads");
        lines.add("| cell | store | entries a second | bytes a second | min to max | of raw | runs |");
        lines.add("| --- | --- | ---: | ---: | ---: | ---: | ---: |");
        for (Results.Cell cell : cells) {
            for (Results.Store store : cell.stores()) {
                lines.add(row(
                        cell.title(),
                        store.title(),
                        figure(store, Figure.RATE, Format::count),
                        figure(store, Figure.BYTES, Format::bytes),
                        spread(store, Figure.BYTES, Format::bytes),
                        ofRaw(cell, store, Figure.RATE),
                        Integer.toString(store.runs().size())));
            }
        }
    }

    private static void opens(Results results, List<String> lines) {
        List<Results.Cell> cells = ofKind(results, "open");
        if (cells.isEmpty()) {
            return;
        }
        heading(lines, "Opening after a kill; raw: reading as many bytes");
        lines.add("| cell | store | time | min to max | runs |");
        lines.add("| --- | --- | ---: | ---: | ---: |");
        for (Results.Cell cell : cells) {
            for (Results.Store store : cell.stores()) {
                lines.add(row(
                        cell.title(),
                        store.title(),
                        figure(store, Figure.TIME, Format::nanos),
                        spread(store, Figure.TIME, Format::nanos),
                        Integer.toString(store.runs().size())));
            }
        }
    }

    private static void fileStates(Results results, List<String> lines) {
        heading(lines, "State of the files that are appended to");
        results.cells().stream()
                .flatMap(cell -> cell.stores().stream())
                .map(store -> "- " + store.title() + ": " + store.fileState())
                .distinct()
                .forEach(lines::add);
    }

    private static List<Results.Cell> ofKind(Results results, String kind) {
        return results.cells().stream()
                .filter(cell -> cell.kind().equals(kind) && !cell.stores().isEmpty())
                .toList();
    }

    private static void heading(List<String> lines, String text) {
        lines.add("");
        lines.add("### " + text);
        lines.add("");
    }

    private static String row(String... cells) {
        return "| " + String.join(" | ", cells) + " |";
    }

    private static String figure(Results.Store store, String figure, DoubleFunction<String> format) {
        double median = store.median(figure);
        return Double.isNaN(median) ? NONE : format.apply(median);
    }

    private static String spread(Results.Store store, String figure, DoubleFunction<String> format) {
        return store.runs().size() < 2
                ? NONE
                : format.apply(store.min(figure)) + " to " + format.apply(store.max(figure));
    }

    /** Ratio of the medians. */
    private static String ofRaw(Results.Cell cell, Results.Store store, String figure) {
        Results.Store raw = cell.store(RAW);
        return raw == null || raw == store ? NONE : Format.ratio(store.median(figure) / raw.median(figure));
    }

    /** Median of the ratios of slices that followed each other. */
    private static String sliceRatio(Results.Cell cell, Results.Store store, String figure) {
        Results.Store raw = cell.store(RAW);
        if (raw == null || raw == store) {
            return NONE;
        }
        return Format.ratio(Ratios.median(store, raw, figure));
    }
}
