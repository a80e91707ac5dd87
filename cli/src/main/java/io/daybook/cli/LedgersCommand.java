package io.daybook.cli;

import io.daybook.engine.LedgerEngine;
import io.netty.buffer.ByteBuf;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.PrimitiveIterator;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** All ledgers. */
@Command(
        name = "ledgers",
        sortOptions = false,
        description = {
            "List the ledgers.",
            "",
            "For each its number of entries, first and last id, last add confirmed, whether it is fenced, and the size of its"
                    + " metadata in bytes."
        })
final class LedgersCommand extends StoreCommand {
    private static final String ROW = "%20s %14s %14s %14s %14s %6s %8s";

    @Mixin
    private ReadOnlyOption readOnly;

    @Override
    public Integer call() {
        requireStore();
        try (LedgerEngine engine = openForReading(readOnly.readOnly())) {
            if (!json()) {
                session()
                        .out()
                        .line(String.format(
                                ROW, "LEDGER", "ENTRIES", "FIRST", "LAST", "CONFIRMED", "FENCED", "METADATA"));
            }
            PrimitiveIterator.OfLong ids = engine.ledgers().iterator();
            while (ids.hasNext() && !session().stop().requested()) {
                session().out().line(row(engine, ids.nextLong()));
            }
            session().out().flush();
        }
        return ExitCode.GOOD;
    }

    private String row(LedgerEngine engine, long id) {
        OptionalLong first = engine.firstEntryId(id);
        OptionalLong last = engine.lastEntryId(id);
        long entries = engine.entryCount(id);
        long confirmed = engine.lastAddConfirmed(id);
        boolean fenced = engine.isFenced(id);
        long metadata = metadataBytes(engine, id);
        if (json()) {
            return new Json()
                    .put("ledger", id)
                    .put("entries", entries)
                    .put("first", first)
                    .put("last", last)
                    .put("lastAddConfirmed", confirmed)
                    .put("fenced", fenced)
                    .put("metadataBytes", metadata)
                    .toString();
        }
        String confirmedText = confirmed < 0 ? "-" : Long.toString(confirmed);
        return String.format(
                Locale.ROOT, ROW, id, entries, text(first), text(last), confirmedText, fenced ? "yes" : "no", metadata);
    }

    private static String text(OptionalLong id) {
        return id.isPresent() ? Long.toString(id.getAsLong()) : "-";
    }

    private static long metadataBytes(LedgerEngine engine, long id) {
        Optional<ByteBuf> metadata = engine.metadata(id);
        if (metadata.isEmpty()) {
            return 0;
        }
        try {
            return metadata.get().readableBytes();
        } finally {
            metadata.get().release();
        }
    }
}
