package io.daybook.benchmarks.report;

import io.daybook.benchmarks.Format;
import io.daybook.benchmarks.Medians;
import java.util.Comparator;
import java.util.Map;
import java.util.SortedMap;
import java.util.function.DoubleFunction;
import java.util.stream.Stream;

/**
 * The bars that Daybook is to reach, each with what these results have of it: a ratio is the median of the ratios of pairs of the
 * same fork. What was not measured has no row. Durable appends are those into recycled files, as raw writes into a file that is
 * written already. <b>Confined to one thread.</b>
 */
final class Goals {
    private static final String RAW = "raw";
    private static final String DAYBOOK = "daybook";
    private static final String RING = "daybook-ring";
    private static final String BOOKKEEPER = "bookkeeper";
    private static final String BOOKKEEPER_FLUSH = "bookkeeper-flush";
    private static final String BOOKKEEPER_READ_AHEAD_1 = "bookkeeper-ra1";
    private static final int KIB = 1024;
    private static final int GROWTH_ENTRY_BYTES = 64;

    private final Results results;
    private final ReportTable table = new ReportTable("Goals", "goal", "bar", "measured", "met", "runs or pairs");

    private Goals(Results results) {
        this.results = results;
    }

    static ReportTable of(Results results) {
        Goals goals = new Goals(results);
        goals.appendsBesideRaw();
        goals.appendsBesideBookKeeper();
        goals.ledgers();
        goals.costs();
        goals.atARate();
        goals.reads();
        goals.opening();
        goals.growth();
        return goals.table;
    }

    private void appendsBesideRaw() {
        for (int entryBytes : new int[] {KIB, 16 * KIB, 128}) {
            for (int inFlight : new int[] {1000, 100}) {
                row(
                        "append, " + size(entryBytes) + ", " + Format.count(inFlight) + " in flight: rate of raw's",
                        Bar.atLeast(entryBytes == 128 ? 0.8 : 0.95),
                        divided(append(entryBytes, inFlight, 100, 0), RING, RAW, Figure.RATE));
            }
        }
        row(
                "append, 1 KiB, 1 in flight: p50 of raw's",
                Bar.atMost(1.15),
                divided(append(KIB, 1, 100, 0), RING, RAW, Figure.P50));
    }

    private void appendsBesideBookKeeper() {
        beside(KIB, 1000, BOOKKEEPER, "BookKeeper's", 3);
        beside(128, 1000, BOOKKEEPER, "BookKeeper's", 4);
        beside(KIB, 100, BOOKKEEPER, "BookKeeper's", 6);
        beside(KIB, 100, BOOKKEEPER_FLUSH, "BookKeeper's with flush when empty", 2.8);
    }

    private void beside(int entryBytes, int inFlight, String peer, String whose, double min) {
        row(
                "append, " + size(entryBytes) + ", " + Format.count(inFlight) + " in flight: rate of " + whose,
                Bar.atLeast(min),
                divided(append(entryBytes, inFlight, 100, 0), RING, peer, Figure.RATE));
    }

    private void ledgers() {
        for (int ledgers : new int[] {1, 10_000}) {
            row(
                    "append, 1 KiB, 1,000 in flight: rate with " + Format.digits(ledgers) + " ledger"
                            + (ledgers == 1 ? "" : "s") + " of that with 100",
                    Bar.within(0.85, 1.15),
                    Ratios.divide(
                            figures(append(KIB, 1000, ledgers, 0), RING, Figure.RATE),
                            figures(append(KIB, 1000, 100, 0), RING, Figure.RATE)));
        }
    }

    private void costs() {
        row(
                "append, 1 KiB, 1,000 in flight: CPU an entry",
                Bar.atMost(800, Format::nanos),
                figures(append(KIB, 1000, 100, 0), RING, Figure.CPU));
        row(
                "append, 1 KiB, 1,000 in flight: heap an entry",
                Bar.atMost(1, Format::bytes),
                figures(append(KIB, 1000, 100, 0), DAYBOOK, Figure.HEAP));
    }

    private void atARate() {
        Results.Cell cell = cell("rate", Map.of("rate", "20000", "entry-bytes", "1024"));
        row("20,000 a second of 1 KiB: p50 of raw's", Bar.atMost(1.15), divided(cell, RING, RAW, Figure.P50));
        row("20,000 a second of 1 KiB: p99 of raw's", Bar.atMost(1.3), divided(cell, RING, RAW, Figure.P99));
        row(
                "20,000 a second of 1 KiB: p99 of BookKeeper's",
                Bar.atMost(0.5),
                divided(cell, RING, BOOKKEEPER, Figure.P99));
        row(
                "20,000 a second of 1 KiB: delay added, p99",
                Bar.atMost(300_000, Format::nanos),
                figures(cell, RING, Figure.DELAY_P99));
        row(
                "20,000 a second of 1 KiB: delay added, p99.9",
                Bar.atMost(2_000_000, Format::nanos),
                figures(cell, RING, Figure.DELAY_P999));
        SortedMap<Integer, Double> delays = figures(cell, RING, Figure.DELAY_MAX);
        row(
                "20,000 a second of 1 KiB: delay added, largest of all runs",
                Bar.atMost(20_000_000, Format::nanos),
                delays.values().stream().max(Double::compare).orElse(Double.NaN),
                delays.size());
    }

    private void reads() {
        row(
                "tail read, 1 thread",
                Bar.atLeast(4_000_000, rate -> Format.count(rate) + "/s"),
                figures(cell("tail", Map.of("entry-bytes", "1024", "threads", "1")), DAYBOOK, Figure.RATE));
        Results.Cell scan = cell("scan", Map.of("entry-bytes", "1024", "cold", "0"));
        row(
                "catch-up, page cache warm: rate of BookKeeper's best",
                Bar.atLeast(1.3),
                divided(scan, DAYBOOK, bestBookKeeper(scan), Figure.RATE));
        Results.Cell random = random(1);
        row(
                "random read, page cache warm, 1 thread: rate of raw's",
                Bar.atLeast(0.45),
                divided(random, DAYBOOK, RAW, Figure.RATE));
        row(
                "random read, page cache warm, 1 thread: rate of BookKeeper's best",
                Bar.atLeast(3),
                divided(random, DAYBOOK, bestBookKeeper(random), Figure.RATE));
        row(
                "random read, page cache warm: scaling to 2 threads of raw's",
                Bar.atLeast(0.85),
                Ratios.divide(
                        Ratios.divide(figures(random(2), DAYBOOK, Figure.RATE), figures(random, DAYBOOK, Figure.RATE)),
                        Ratios.divide(figures(random(2), RAW, Figure.RATE), figures(random, RAW, Figure.RATE))));
    }

    private Results.Cell random(int threads) {
        return cell("random", Map.of("entry-bytes", "1024", "threads", Integer.toString(threads)));
    }

    /** The settings with the highest median. */
    private static String bestBookKeeper(Results.Cell cell) {
        return Stream.of(BOOKKEEPER, BOOKKEEPER_FLUSH, BOOKKEEPER_READ_AHEAD_1)
                .filter(name -> cell != null && cell.store(name) != null)
                .max(Comparator.comparingDouble(name -> cell.store(name).median(Figure.RATE)))
                .orElse(BOOKKEEPER);
    }

    private void opening() {
        Results.Cell cell = cell("open", Map.of("store-mib", "1024"));
        row(
                "open after a kill, 1 GiB only in the journal",
                Bar.atMost(1e9, Format::nanos),
                figures(cell, DAYBOOK, Figure.TIME));
        row(
                "open after a kill, 1 GiB only in the journal: time of BookKeeper's",
                Bar.atMost(0.25),
                divided(cell, DAYBOOK, BOOKKEEPER, Figure.TIME));
    }

    /** Each to raw beside it first: hours may lie between the cells. */
    private void growth() {
        for (int heldMillions : new int[] {10, 100}) {
            row(
                    "append, 64 B, with " + heldMillions + " million entries held: ratio to raw, of that with none",
                    Bar.within(0.9, 1.1),
                    Ratios.divide(
                            divided(append(GROWTH_ENTRY_BYTES, 1000, 100, heldMillions), DAYBOOK, RAW, Figure.RATE),
                            divided(append(GROWTH_ENTRY_BYTES, 1000, 100, 0), DAYBOOK, RAW, Figure.RATE)));
        }
    }

    private Results.Cell append(int entryBytes, int inFlight, int ledgers, int heldMillions) {
        return cell(
                "append",
                Map.of(
                        "entry-bytes", Integer.toString(entryBytes),
                        "in-flight", Integer.toString(inFlight),
                        "ledgers", Integer.toString(ledgers),
                        "producers", "1",
                        "held-millions", Integer.toString(heldMillions)));
    }

    /** The first cell of a kind with these parameters, null: there is none. Where it does not say what it holds, that is nothing. */
    private Results.Cell cell(String kind, Map<String, String> params) {
        return results.ofKind(kind).stream()
                .filter(cell -> params.entrySet().stream()
                        .allMatch(param -> param.getValue().equals(cell.params().getOrDefault(param.getKey(), "0"))))
                .findFirst()
                .orElse(null);
    }

    private static SortedMap<Integer, Double> divided(Results.Cell cell, String store, String baseline, String figure) {
        return Ratios.divide(figures(cell, store, figure), figures(cell, baseline, figure));
    }

    private static SortedMap<Integer, Double> figures(Results.Cell cell, String store, String figure) {
        return Ratios.byFork(cell == null ? null : cell.store(store), figure);
    }

    private void row(String name, Bar bar, SortedMap<Integer, Double> values) {
        row(name, bar, Medians.median(values.values(), value -> value), values.size());
    }

    private void row(String name, Bar bar, double measured, int count) {
        if (count > 0) {
            table.row(
                    name,
                    bar.text(),
                    bar.format().apply(measured),
                    bar.met(measured) ? "yes" : "no",
                    Integer.toString(count));
        }
    }

    private static String size(int bytes) {
        return bytes % KIB == 0 ? bytes / KIB + " KiB" : bytes + " B";
    }

    /**
     * What a figure must be.
     *
     * @param min inclusive, and so is max
     */
    private record Bar(double min, double max, DoubleFunction<String> format) {
        static Bar atLeast(double min) {
            return atLeast(min, Format::ratio);
        }

        static Bar atLeast(double min, DoubleFunction<String> format) {
            return new Bar(min, Double.POSITIVE_INFINITY, format);
        }

        static Bar atMost(double max) {
            return atMost(max, Format::ratio);
        }

        static Bar atMost(double max, DoubleFunction<String> format) {
            return new Bar(Double.NEGATIVE_INFINITY, max, format);
        }

        static Bar within(double min, double max) {
            return new Bar(min, max, Format::ratio);
        }

        /** Of the figure itself, not of what is printed: 0.948 is printed as 0.95 and is less. */
        boolean met(double figure) {
            return figure >= min && figure <= max;
        }

        String text() {
            if (Double.isInfinite(max)) {
                return "at least " + format.apply(min);
            }
            return Double.isInfinite(min)
                    ? "at most " + format.apply(max)
                    : format.apply(min) + " to " + format.apply(max);
        }
    }
}
