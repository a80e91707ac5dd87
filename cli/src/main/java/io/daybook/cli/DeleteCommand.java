package io.daybook.cli;

import io.daybook.engine.LedgerEngine;
import picocli.CommandLine.Command;

/** Deletes a ledger. */
@Command(
        name = "delete",
        sortOptions = false,
        description = {"Delete a ledger.", "", "Durably. A later put begins it anew, from entry 0."})
final class DeleteCommand extends LedgerCommand {
    @Override
    public Integer call() {
        requireStore();
        requireWritable();
        try (LedgerEngine engine = open(config().build())) {
            engine.delete(ledgerId()).join();
        }
        if (json()) {
            session()
                    .out()
                    .line(new Json()
                            .put("ledger", ledgerId())
                            .put("deleted", true)
                            .toString());
        }
        return ExitCode.GOOD;
    }
}
