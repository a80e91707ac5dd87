package io.daybook.cli;

import io.daybook.engine.StoreTools;
import io.daybook.engine.StoreTools.Damage;
import io.daybook.engine.StoreTools.Verification;
import picocli.CommandLine.Command;

/** Checks a store. */
@Command(
        name = "verify",
        sortOptions = false,
        description = {
            "Check everything in a store.",
            "",
            "Reads every checksum, and compares the index with the segments; no process may have the store open. Changes"
                    + " nothing. Lists each damaged place; exit code 1 if there is any. With --json an object a damaged place, \"type\":\"damage\", then a summary, \"type\":\"summary\"."
        })
final class VerifyCommand extends StoreCommand {

    @Override
    public Integer call() {
        requireStore();
        Verification verification;
        try (Progress progress = session().progress()) {
            verification = StoreTools.verify(
                    config().build(),
                    (what, done, total) ->
                            progress.show(() -> what + " " + Units.bytes(done) + " " + Units.percent(done, total)));
        }
        for (Damage damage : verification.damages()) {
            session().out().line(json() ? object(damage) : text(damage));
        }
        session().out().line(json() ? object(verification) : text(verification));
        return verification.damages().isEmpty() ? ExitCode.GOOD : ExitCode.FOUND_WRONG;
    }

    private static String text(Damage damage) {
        return "damaged: " + damage.file() + " at " + damage.offset()
                + (damage.segmentId() < 0 ? "" : ", segment " + damage.segmentId()) + ": "
                + Failures.oneLine(damage.what());
    }

    private static String object(Damage damage) {
        return new Json()
                .put("type", "damage")
                .put("file", damage.file())
                .put("segment", damage.segmentId())
                .put("offset", damage.offset())
                .put("what", damage.what())
                .toString();
    }

    private static String text(Verification result) {
        String verdict = result.damages().isEmpty() ? "good" : result.damages().size() + " damaged places";
        return verdict + ": " + Units.count(result.segments()) + " segments, " + Units.count(result.frames())
                + " frames, "
                + Units.count(result.records()) + " records, " + Units.bytes(result.bytes()) + " read; "
                + Units.count(result.ledgers()) + " ledgers, " + Units.count(result.entries())
                + " entries compared with the index";
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
