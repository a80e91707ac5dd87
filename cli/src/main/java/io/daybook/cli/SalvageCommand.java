package io.daybook.cli;

import io.daybook.engine.EngineConfig;
import io.daybook.engine.StoreTools;
import io.daybook.engine.StoreTools.Damage;
import io.daybook.engine.StoreTools.Loss;
import io.daybook.engine.StoreTools.Salvage;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Takes out of a damaged store what can be read. */
@Command(
        name = "salvage",
        sortOptions = false,
        description = {
            "Write everything that can be read of a store into a new one.",
            "",
            "For a store that is damaged, also one that cannot be opened; no process may have it open, and no byte of"
                    + " it is changed. Lists each loss, and the ledgers of which damage may hide a delete or a truncation;"
                    + " the file TARGET.salvage.txt says the same. The new store is synced and checked, and only then gets"
                    + " its name. Exit code 1 if anything is lost or uncertain."
        })
final class SalvageCommand extends StoreCommand {
    /** The longest there is: nobody knows with which limit the store was written. */
    private static final int ENTRY_BYTES_MAX = EngineConfig.ENTRY_BYTES_LIMIT;

    @Parameters(
            index = "1",
            paramLabel = "TARGET",
            description = "Directory of the new store; must not exist.",
            converter = Converters.Directory.class)
    private Path target;

    @Override
    public Integer call() {
        requireStore();
        Salvage salvage;
        try (Progress progress = session().progress()) {
            salvage = StoreTools.salvage(config().entryBytesMax(ENTRY_BYTES_MAX).build(), target, steps(progress));
        }
        return session().told(salvage.complete() ? ExitCode.GOOD : ExitCode.FOUND_WRONG, () -> print(salvage));
    }

    private void print(Salvage salvage) {
        for (Loss loss : salvage.losses()) {
            session().out().line(json() ? object(loss) : text(loss));
        }
        for (Damage place : salvage.places()) {
            session().out().line(json() ? object(place) : text(place));
        }
        for (String what : salvage.uncertain()) {
            said("uncertain", what);
        }
        for (String note : salvage.notes()) {
            said("note", note);
        }
        session().out().line(json() ? object(salvage) : text(salvage));
    }

    private void said(String type, String what) {
        String line = Failures.oneLine(what);
        session()
                .out()
                .line(json() ? new Json().put("type", type).put(type, line).toString() : type + ": " + line);
    }

    private static String text(Loss loss) {
        return "lost: " + Units.count(loss.entries()) + " of " + VerifyCommand.entries(List.of(loss.range())) + ": "
                + loss.file() + " at " + loss.offset() + ": " + Failures.oneLine(loss.what());
    }

    private static String object(Loss loss) {
        return new Json()
                .put("type", "loss")
                .put("ledger", loss.range().ledgerId())
                .put("first", loss.range().firstEntryId())
                .put("last", loss.range().lastEntryId())
                .put("entries", loss.entries())
                .put("file", loss.file())
                .put("offset", loss.offset())
                .put("what", loss.what())
                .toString();
    }

    private static String text(Damage place) {
        return "unreadable: " + place.file() + " at " + place.offset() + ": " + Failures.oneLine(place.what());
    }

    private static String object(Damage place) {
        return new Json()
                .put("type", "unreadable")
                .put("file", place.file())
                .put("segment", place.segmentId())
                .put("offset", place.offset())
                .put("what", place.what())
                .toString();
    }

    private static String text(Salvage salvage) {
        return (salvage.complete() ? "complete: " : "not complete: ") + Units.count(salvage.ledgers()) + " ledgers, "
                + Units.count(salvage.entries()) + " entries, " + Units.bytes(salvage.bytes()) + " written; see "
                + salvage.report();
    }

    private static String object(Salvage salvage) {
        return new Json()
                .put("type", "summary")
                .put("complete", salvage.complete())
                .put("ledgers", salvage.ledgers())
                .put("entries", salvage.entries())
                .put("bytes", salvage.bytes())
                .put("losses", salvage.losses().size())
                .put("uncertain", salvage.uncertain().size())
                .put("report", salvage.report())
                .toString();
    }
}
