package io.daybook.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What the demo found.
 *
 * @param options what was asked for
 * @param fileSystem that the store was on
 * @param acks what was acknowledged when the writer was killed
 * @param recoveryNanos how long the open after the kill took
 * @param verifyNanos how long the comparison took
 * @param present acknowledged entries that are there, byte for byte
 * @param survivors entries that were not acknowledged, but are there
 * @param wrong entries that are missing or different
 * @param indexBytes size of the index with all entries in it
 */
record DemoResult(
        DemoOptions options,
        String fileSystem,
        DemoAcks acks,
        long recoveryNanos,
        long verifyNanos,
        long present,
        long survivors,
        long wrong,
        long indexBytes) {

    boolean good() {
        return wrong == 0 && present == acks.total() && present > 0;
    }

    String json() {
        Json json = new Json()
                .put("good", good())
                .put("ledgers", options.ledgers())
                .put("entryBytes", options.entryBytes())
                .put("inFlight", options.inFlight())
                .put("fileSystem", fileSystem)
                .put("acknowledged", acks.total())
                .put("verified", present)
                .put("wrong", wrong)
                .put("unacknowledgedSurvivors", survivors)
                .put("seconds", acks.elapsedNanos() / 1e9)
                .put("entriesPerSecond", Math.round(entriesPerSecond()))
                .put("bytesPerSecond", Math.round(entriesPerSecond() * options.entryBytes()))
                .put("p50Millis", acks.p50Nanos() / 1e6)
                .put("p99Millis", acks.p99Nanos() / 1e6)
                .put("p999Millis", acks.p999Nanos() / 1e6);
        if (acks.syncs() > 0) {
            json.put("syncs", acks.syncs()).put("entriesPerSync", entriesPerSync());
        }
        return json.put("recoverySeconds", recoveryNanos / 1e9)
                .put("verifySeconds", verifyNanos / 1e9)
                .put("indexBytes", indexBytes)
                .put("indexBytesPerEntry", indexBytesPerEntry())
                .toString();
    }

    /** The figures, a line each. */
    List<String> lines() {
        List<String> lines = new ArrayList<>();
        lines.add(line(
                "entries a second", Units.count(entriesPerSecond()) + ", each durable before it was acknowledged"));
        lines.add(line("MB/s", String.format(Locale.ROOT, "%.1f", entriesPerSecond() * options.entryBytes() / 1e6)));
        lines.add(line(
                "latency",
                "p50 " + Units.time(acks.p50Nanos()) + ", p99 " + Units.time(acks.p99Nanos()) + ", p99.9 "
                        + Units.time(acks.p999Nanos()) + " (" + Units.count(options.inFlight()) + " in flight)"));
        if (acks.syncs() > 0) {
            lines.add(line("entries a sync", String.format(Locale.ROOT, "%,.1f", entriesPerSync())));
        }
        lines.add(line("recovery", Units.time(recoveryNanos) + " to open after the kill"));
        lines.add(line("index", String.format(Locale.ROOT, "%.2f bytes an entry", indexBytesPerEntry())));
        return lines;
    }

    static String line(String what, String value) {
        return String.format(Locale.ROOT, "  %-17s %s", what, value);
    }

    private double entriesPerSecond() {
        return acks.elapsedNanos() == 0 ? 0 : acks.total() / (acks.elapsedNanos() / 1e9);
    }

    private double entriesPerSync() {
        return (double) acks.total() / acks.syncs();
    }

    private double indexBytesPerEntry() {
        return (double) indexBytes / Math.max(1, present + survivors);
    }
}
