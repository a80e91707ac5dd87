package io.daybook.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** A command on one ledger of a store. */
@Command
abstract class LedgerCommand extends StoreCommand {
    @Parameters(
            index = "1",
            paramLabel = "LEDGER",
            description = "Id of the ledger, 0 to 9223372036854775807.",
            converter = Converters.LedgerId.class)
    private long ledgerId;

    final long ledgerId() {
        return ledgerId;
    }
}
