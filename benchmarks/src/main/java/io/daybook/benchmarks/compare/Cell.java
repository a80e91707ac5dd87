package io.daybook.benchmarks.compare;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One place in the table of a comparison.
 *
 * @param kind of measurement
 * @param params options of {@link CellRun}
 */
record Cell(CellKind kind, Map<String, String> params) {

    static Cell append(int entryBytes, int inFlight, int ledgers, int producers) {
        return new Cell(
                CellKind.APPEND,
                params("entry-bytes", entryBytes, "in-flight", inFlight, "ledgers", ledgers, "producers", producers));
    }

    /** Into a store that holds so many million entries of other ledgers already. */
    static Cell appendBehind(int heldMillions, int entryBytes) {
        return new Cell(
                CellKind.APPEND,
                params(
                        "entry-bytes",
                        entryBytes,
                        "in-flight",
                        1000,
                        "ledgers",
                        100,
                        "producers",
                        1,
                        "held-millions",
                        heldMillions));
    }

    static Cell rate(int perSecond, int entryBytes) {
        return new Cell(CellKind.RATE, params("rate", perSecond, "entry-bytes", entryBytes, "ledgers", 100));
    }

    static Cell tail(int entryBytes, int threads) {
        return new Cell(CellKind.TAIL, params("entry-bytes", entryBytes, "ledgers", 100, "threads", threads));
    }

    static Cell scan(int entryBytes, int storeMib, boolean cold) {
        return new Cell(
                CellKind.SCAN,
                params("entry-bytes", entryBytes, "ledgers", 100, "store-mib", storeMib, "cold", cold ? 1 : 0));
    }

    static Cell random(int entryBytes, int storeMib, int threads) {
        return new Cell(
                CellKind.RANDOM,
                params("entry-bytes", entryBytes, "ledgers", 100, "store-mib", storeMib, "threads", threads));
    }

    static Cell open(int behindMib) {
        return new Cell(CellKind.OPEN, params("entry-bytes", 1024, "ledgers", 100, "store-mib", behindMib));
    }

    private static Map<String, String> params(Object... namesAndValues) {
        Map<String, String> params = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            params.put(namesAndValues[i].toString(), namesAndValues[i + 1].toString());
        }
        return params;
    }

    /** What it is, for people. */
    String title() {
        String bytes = bytes(Integer.parseInt(params.get("entry-bytes")));
        return switch (kind) {
            case APPEND ->
                bytes + ", " + count("in-flight", "in flight") + ", " + count("ledgers", "ledgers")
                        + (params.get("producers").equals("1") ? "" : ", " + count("producers", "producers"))
                        + (heldMillions() == 0 ? "" : ", " + heldMillions() + " million held");
            case RATE -> count("rate", "a second of ") + bytes;
            case TAIL -> "tail read, " + bytes + ", " + count("threads", "threads");
            case SCAN ->
                "catch-up, " + bytes + ", 1 of " + params.get("ledgers") + " ledgers, page cache "
                        + (params.get("cold").equals("1") ? "cold" : "warm");
            case RANDOM -> "random read, " + bytes + ", page cache warm, " + count("threads", "threads");
            case OPEN -> "open after a kill, " + params.get("store-mib") + " MiB only in the journal";
        };
    }

    /** Entries in the store before it is measured. */
    int heldMillions() {
        return Integer.parseInt(params.getOrDefault("held-millions", "0"));
    }

    private String count(String param, String unit) {
        String text = String.format("%,d", Integer.parseInt(params.get(param)));
        boolean one = text.equals("1") && unit.endsWith("s");
        return text + " " + (one ? unit.substring(0, unit.length() - 1) : unit).stripTrailing()
                + (unit.endsWith(" ") ? " " : "");
    }

    static String bytes(int bytes) {
        return bytes % 1024 == 0 ? bytes / 1024 + " KiB" : bytes + " B";
    }
}
