package io.daybook.cli;

import io.daybook.engine.StoreTools;
import io.daybook.engine.StoreTools.Rebuild;
import picocli.CommandLine.Command;

/** Makes the index anew. */
@Command(
        name = "rebuild-index",
        sortOptions = false,
        description = {
            "Make the index anew from the segments.",
            "",
            "In a fresh directory, which then replaces the old one; no process may have the store open. A rebuild that is"
                    + " interrupted leaves the old index."
        })
final class RebuildIndexCommand extends StoreCommand {

    @Override
    public Integer call() {
        requireStore();
        requireWritable();
        Rebuild rebuild;
        try (Progress progress = session().progress()) {
            rebuild = StoreTools.rebuildIndex(config().build(), steps(progress));
        }
        session().out().line(json() ? object(rebuild) : text(rebuild));
        return ExitCode.GOOD;
    }

    private static String text(Rebuild rebuild) {
        return "rebuilt: " + Units.count(rebuild.ledgers()) + " ledgers, " + Units.count(rebuild.entries())
                + " entries from " + Units.count(rebuild.records()) + " records in "
                + Units.time(rebuild.took().toNanos());
    }

    private static String object(Rebuild rebuild) {
        return new Json()
                .put("ledgers", rebuild.ledgers())
                .put("entries", rebuild.entries())
                .put("records", rebuild.records())
                .put("seconds", rebuild.took().toNanos() / 1e9)
                .toString();
    }
}
