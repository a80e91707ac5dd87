package io.daybook.cli;

import io.daybook.engine.StoreTools;
import io.daybook.engine.StoreTools.Damage;
import io.daybook.engine.StoreTools.Entries;
import io.daybook.engine.StoreTools.Verification;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Checks a store. */
@Command(
        name = "verify",
        sortOptions = false,
        description = {
            "Check everything in a store.",
            "",
            "Reads every checksum, and every entry through the index; no process may have the store open. Changes"
                    + " nothing. With --deep also the copies of what is there twice, the index in itself and against a"
                    + " replay of all segments, which takes a few times as long. Lists each damaged place with the entries"
                    + " that it costs; exit code 1 if there is any. With --json an object a damaged place,"
                    + " \"type\":\"damage\", then a summary, \"type\":\"summary\"."
        })
final class VerifyCommand extends StoreCommand {

    @Option(
            names = "--deep",
            description = "Look at everything that an answer can come from, also where another copy makes up for it.")
    private boolean deep;

    @Override
    public Integer call() {
        requireStore();
        Verification verification;
        try (Progress progress = session().progress()) {
            StoreTools.Progress steps = steps(progress);
            verification =
                    deep ? StoreTools.verifyDeep(config().build(), steps) : StoreTools.verify(config().build(), steps);
        }
        return session()
                .told(
                        verification.damages().isEmpty() ? ExitCode.GOOD : ExitCode.FOUND_WRONG,
                        () -> print(verification));
    }

    private void print(Verification verification) {
        for (Damage damage : verification.damages()) {
            session().out().line(json() ? object(damage) : text(damage));
        }
        for (String note : verification.notes()) {
            String line = Failures.oneLine(note);
            session()
                    .out()
                    .line(
                            json()
                                    ? new Json()
                                            .put("type", "note")
                                            .put("note", line)
                                            .toString()
                                    : "note: " + line);
        }
        session().out().line(json() ? object(verification) : text(verification));
    }

    private static String text(Damage damage) {
        StringBuilder text = new StringBuilder("damaged: " + damage.file());
        if (damage.offset() >= 0) {
            text.append(" at ").append(damage.offset());
        }
        if (damage.segmentId() >= 0) {
            text.append(", segment ").append(damage.segmentId());
        }
        text.append(": ").append(Failures.oneLine(damage.what()));
        if (!damage.entries().isEmpty()) {
            text.append("; cannot be read: ").append(entries(damage.entries()));
        }
        return text.toString();
    }

    /** As {@code ledger 7 entries 3-9, ledger 8 entry 4}. */
    static String entries(List<Entries> ranges) {
        return ranges.stream()
                .map(range -> "ledger " + range.ledgerId()
                        + (range.firstEntryId() == range.lastEntryId()
                                ? " entry " + range.firstEntryId()
                                : " entries " + range.firstEntryId() + "-" + range.lastEntryId()))
                .collect(Collectors.joining(", "));
    }

    private static String object(Damage damage) {
        return new Json()
                .put("type", "damage")
                .put("file", damage.file())
                .put("segment", damage.segmentId())
                .put("offset", damage.offset())
                .put("what", damage.what())
                .put(
                        "entries",
                        damage.entries().stream().map(VerifyCommand::object).toList())
                .toString();
    }

    private static Json object(Entries range) {
        return new Json()
                .put("ledger", range.ledgerId())
                .put("first", range.firstEntryId())
                .put("last", range.lastEntryId());
    }

    private static String text(Verification result) {
        String verdict =
                result.damages().isEmpty() ? "good" : places(result.damages().size());
        return verdict + ": " + Units.count(result.segments()) + " segments, " + Units.count(result.frames())
                + " frames, "
                + Units.count(result.records()) + " records, " + Units.bytes(result.bytes()) + " read; "
                + Units.count(result.ledgers()) + " ledgers, " + Units.count(result.entries())
                + " entries compared with the index";
    }

    private static String places(int count) {
        return count == 1 ? "1 damaged place" : count + " damaged places";
    }

    private static String object(Verification result) {
        return new Json()
                .put("type", "summary")
                .put("good", result.damages().isEmpty())
                .put("damages", result.damages().size())
                .put("segments", result.segments())
                .put("frames", result.frames())
                .put("records", result.records())
                .put("bytes", result.bytes())
                .put("ledgers", result.ledgers())
                .put("entries", result.entries())
                .toString();
    }
}
