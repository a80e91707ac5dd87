package io.daybook.benchmarks.report;

import io.daybook.benchmarks.Format;
import java.util.List;
import java.util.function.DoubleFunction;

/** Tables of medians, one for each kind of measurement that there is. */
final class ResultTables {
    static final String RAW = "raw";

    /** What the names of stores end with that ran on another Java. */
    private static final String OTHER_JAVA = "-25";

    private static final String NONE = "–";

    private ResultTables() {}

    static List<ReportTable> of(Results results) {
        return List.of(appends(results), rates(results), reads(results), opens(results)).stream()
                .filter(table -> !table.isEmpty())
                .toList();
    }

    /** What the files were like that each store appended to. */
    static List<String> fileStates(Results results) {
        return results.cells().stream()
                .flatMap(cell -> cell.stores().stream())
                .map(store -> store.title() + ": " + store.fileState())
                .distinct()
                .toList();
    }

    private static ReportTable appends(Results results) {
        ReportTable table = new ReportTable(
                "Durable append, closed loop",
                "cell",
                "store",
                "entries a second",
                "min to max",
                "of raw",
                "p50",
                "p99",
                "p99.9",
                "max",
                "CPU an entry",
                "heap an entry",
                "device bytes a byte",
                "written ahead",
                "memory",
                "runs");
        for (Results.Cell cell : results.ofKind("append")) {
            for (Results.Store store : cell.stores()) {
                table.row(
                        cell.title(),
                        store.title(),
                        figure(store, Figure.RATE, Format::count),
                        spread(store, Figure.RATE, Format::count),
                        ofRaw(cell, store, Figure.RATE),
                        figure(store, Figure.P50, Format::nanos),
                        figure(store, Figure.P99, Format::nanos),
                        figure(store, Figure.P999, Format::nanos),
                        largest(store, Figure.MAX),
                        figure(store, Figure.CPU, Format::nanos),
                        figure(store, Figure.HEAP, bytes -> Format.digits(bytes) + " B"),
                        figure(store, Figure.DEVICE, Format::ratio),
                        figure(store, Figure.PREWRITTEN, Format::bytes),
                        figure(store, Figure.MEMORY, Format::bytes),
                        runs(store));
            }
        }
        return table;
    }

    private static ReportTable rates(Results results) {
        ReportTable table = new ReportTable(
                "Durable append at a rate, open loop: latency from the intended start",
                "cell",
                "store",
                "p50",
                "of raw",
                "p99",
                "of raw",
                "p99.9",
                "max",
                "delay added p99 / p99.9 / max at most",
                "late before the call p99 / p99.9 / max",
                "late behind the call p99 / p99.9 / max",
                "entries a second",
                "CPU an entry",
                "runs");
        for (Results.Cell cell : results.ofKind("rate")) {
            for (Results.Store store : cell.stores()) {
                table.row(
                        cell.title(),
                        store.title(),
                        figure(store, Figure.P50, Format::nanos),
                        ofRaw(cell, store, Figure.P50),
                        figure(store, Figure.P99, Format::nanos),
                        ofRaw(cell, store, Figure.P99),
                        figure(store, Figure.P999, Format::nanos),
                        largest(store, Figure.MAX),
                        tail(store, Figure.DELAY_P99, Figure.DELAY_P999, Figure.DELAY_MAX),
                        tail(store, Figure.CALL_P99, Figure.CALL_P999, Figure.CALL_MAX),
                        tail(store, Figure.LATE_P99, Figure.LATE_P999, Figure.LATE_MAX),
                        figure(store, Figure.RATE, Format::count),
                        figure(store, Figure.CPU, Format::nanos),
                        runs(store));
            }
        }
        return table;
    }

    private static ReportTable reads(Results results) {
        ReportTable table = new ReportTable(
                "Reads", "cell", "store", "entries a second", "bytes a second", "min to max", "of raw", "runs");
        for (String kind : List.of("tail", "scan", "random")) {
            for (Results.Cell cell : results.ofKind(kind)) {
                for (Results.Store store : cell.stores()) {
                    table.row(
                            cell.title(),
                            store.title(),
                            figure(store, Figure.RATE, Format::count),
                            figure(store, Figure.BYTES, Format::bytes),
                            spread(store, Figure.BYTES, Format::bytes),
                            ofRaw(cell, store, Figure.RATE),
                            runs(store));
                }
            }
        }
        return table;
    }

    private static ReportTable opens(Results results) {
        ReportTable table = new ReportTable(
                "Opening after a kill, page cache warm; raw: reading as many bytes",
                "cell",
                "store",
                "time",
                "min to max",
                "runs");
        for (Results.Cell cell : results.ofKind("open")) {
            for (Results.Store store : cell.stores()) {
                table.row(
                        cell.title(),
                        store.title(),
                        figure(store, Figure.TIME, Format::nanos),
                        spread(store, Figure.TIME, Format::nanos),
                        runs(store));
            }
        }
        return table;
    }

    private static String runs(Results.Store store) {
        return Integer.toString(store.runs().size());
    }

    private static String figure(Results.Store store, String figure, DoubleFunction<String> format) {
        double median = store.median(figure);
        return Double.isNaN(median) ? NONE : format.apply(median);
    }

    private static String tail(Results.Store store, String p99, String p999, String max) {
        return figure(store, p99, Format::nanos) + " / " + figure(store, p999, Format::nanos) + " / "
                + largest(store, max);
    }

    /** A median of maxima would hide the worst that was seen. */
    private static String largest(Results.Store store, String figure) {
        double largest = store.max(figure);
        return Double.isNaN(largest) ? NONE : Format.nanos(largest);
    }

    private static String spread(Results.Store store, String figure, DoubleFunction<String> format) {
        return store.runs().size() < 2
                ? NONE
                : format.apply(store.min(figure)) + " to " + format.apply(store.max(figure));
    }

    /** The baseline of a store: on the same Java where it was measured so; null: there is none. */
    static Results.Store raw(Results.Cell cell, Results.Store store) {
        Results.Store same = store.name().endsWith(OTHER_JAVA) ? cell.store(RAW + OTHER_JAVA) : null;
        return same == null ? cell.store(RAW) : same;
    }

    private static String ofRaw(Results.Cell cell, Results.Store store, String figure) {
        Results.Store raw = raw(cell, store);
        return raw == null || raw == store ? NONE : Format.ratio(Ratios.median(store, raw, figure));
    }
}
