package io.daybook.cli;

import io.daybook.engine.StoreTools;
import io.daybook.engine.StoreTools.Inspection;
import io.daybook.engine.StoreTools.SegmentInfo;
import java.util.Locale;
import picocli.CommandLine.Command;

/** What a store is made of. */
@Command(
        name = "inspect",
        sortOptions = false,
        description = {
            "Show what a store is made of.",
            "",
            "Its identity, format, index and segments. Reads only, also beside a writer. With --json an object for the store, \"type\":\"store\", then one a segment, \"type\":\"segment\"."
        })
final class InspectCommand extends StoreCommand {
    private static final String ROW = "%8s %-8s %-9s %14s %14s %14s %14s  %s";

    @Override
    public Integer call() {
        requireStore();
        Inspection store = StoreTools.inspect(config().readOnly(true).build());
        if (json()) {
            printJson(store);
        } else {
            print(store);
        }
        return ExitCode.GOOD;
    }

    private void print(Inspection store) {
        Output out = session().out();
        long stored = store.segments().stream()
                .mapToLong(segment -> Math.max(0, segment.fileBytes()))
                .sum();
        out.line("store       " + store.storeId());
        out.line("format      " + store.formatVersion());
        out.line("incarnation " + store.incarnation());
        out.line("manifest    " + store.manifestSequence() + " changes");
        out.line("index       " + Units.bytes(store.indexBytes()) + ", checkpoint "
                + (store.checkpointLsn().isPresent()
                        ? store.checkpointLsn().getAsLong()
                        : "not readable (open elsewhere, missing or unusable)"));
        out.line("segments    " + store.segments().size() + ", " + Units.bytes(stored));
        out.line("");
        out.line(String.format(
                ROW, "SEGMENT", "KIND", "STATE", "FIRST LSN", "LAST LSN", "VALID BYTES", "FILE BYTES", "FILE"));
        for (SegmentInfo segment : store.segments()) {
            out.line(String.format(
                    Locale.ROOT,
                    ROW,
                    segment.id(),
                    segment.kind(),
                    segment.state(),
                    known(segment.firstLsn()),
                    known(segment.lastLsn()),
                    known(segment.validBytes()),
                    segment.fileBytes() < 0 ? "missing" : Long.toString(segment.fileBytes()),
                    segment.file()));
        }
    }

    private void printJson(Inspection store) {
        session()
                .out()
                .line(new Json()
                        .put("type", "store")
                        .put("storeId", store.storeId())
                        .put("formatVersion", store.formatVersion())
                        .put("incarnation", store.incarnation())
                        .put("manifestSequence", store.manifestSequence())
                        .put("checkpointLsn", store.checkpointLsn())
                        .put("indexBytes", store.indexBytes())
                        .put("segments", store.segments().size())
                        .toString());
        for (SegmentInfo segment : store.segments()) {
            session()
                    .out()
                    .line(new Json()
                            .put("type", "segment")
                            .put("id", segment.id())
                            .put("kind", segment.kind())
                            .put("state", segment.state())
                            .put("firstLsn", segment.firstLsn())
                            .put("lastLsn", segment.lastLsn())
                            .put("validBytes", segment.validBytes())
                            .put("fileBytes", segment.fileBytes())
                            .put("file", segment.file())
                            .toString());
        }
    }

    private static String known(long value) {
        return value == 0 ? "-" : Long.toString(value);
    }
}
