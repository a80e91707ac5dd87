package io.daybook.cli;

import io.daybook.engine.CorruptEntryException;
import io.daybook.engine.EntryCursor;
import io.daybook.engine.LedgerEngine;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.util.Base64;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** A ledger to stdout. */
@Command(
        name = "cat",
        sortOptions = false,
        description = {
            "Write the bytes of a ledger to stdout.",
            "",
            "All entries, or a range of them, in order, with nothing between them. With --json an object an entry: its id, its size, its bytes in base 64."
        })
final class CatCommand extends LedgerCommand {
    @Option(
            names = "--from",
            paramLabel = "ID",
            defaultValue = "0",
            converter = Converters.EntryId.class,
            description = "First entry to write.")
    private long from;

    @Option(
            names = "--to",
            paramLabel = "ID",
            defaultValue = "9223372036854775806",
            converter = Converters.EntryId.class,
            description = "Last entry to write.")
    private long to;

    @Option(
            names = "--limit",
            paramLabel = "N",
            defaultValue = "9223372036854775807",
            converter = Converters.Count.class,
            description = "Write at most so many entries.")
    private long limit;

    @Option(
            names = "--skip-damaged",
            description = "Leave damaged entries out and go on behind them; without this the first one ends the output."
                    + " Exit code 1 either way.")
    private boolean skipDamaged;

    @Mixin
    private ReadOnlyOption readOnly;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        if (from > to) {
            throw new CommandLine.ParameterException(spec.commandLine(), "--from " + from + " is above --to " + to);
        }
        requireStore();
        try (LedgerEngine engine = openForReading(readOnly.readOnly());
                EntryCursor cursor = engine.scan(ledgerId(), from, to)) {
            return write(cursor);
        }
    }

    private int write(EntryCursor cursor) {
        int status = ExitCode.GOOD;
        try {
            long left = limit;
            while (left > 0 && !session().stop().requested()) {
                try {
                    if (!cursor.next()) {
                        break;
                    }
                } catch (CorruptEntryException e) {
                    if (!skipDamaged) {
                        throw e;
                    }
                    status = Failures.report(e, session().err(), false);
                    continue;
                }
                write(cursor.entryId(), cursor.entry());
                left--;
            }
            session().out().flush();
        } catch (OutputClosedException e) {
            // The reader has seen enough; what was left out before stays left out.
        }
        return status;
    }

    private void write(long entryId, ByteBuf entry) {
        if (json()) {
            session()
                    .out()
                    .line(new Json()
                            .put("entry", entryId)
                            .put("bytes", entry.readableBytes())
                            .put("base64", Base64.getEncoder().encodeToString(ByteBufUtil.getBytes(entry)))
                            .toString());
        } else {
            session().out().write(entry);
        }
    }
}
