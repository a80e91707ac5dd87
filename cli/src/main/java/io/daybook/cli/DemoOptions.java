package io.daybook.cli;

import java.util.List;
import picocli.CommandLine.Option;

/** What the demo and its writer must agree on. */
final class DemoOptions {
    /** Entries are held in memory a few at a time, so this is no limit of the engine, but what suits a demo. */
    private static final long ENTRY_BYTES_MAX = 1 << 20;

    @Option(
            names = "--ledgers",
            paramLabel = "N",
            defaultValue = "100",
            converter = Converters.Ledgers.class,
            description = "Append to so many ledgers, ${DEFAULT-VALUE} unless given.")
    private long ledgers;

    @Option(
            names = "--entry-bytes",
            paramLabel = "SIZE",
            defaultValue = "1KiB",
            converter = Converters.Size.class,
            description = "Size of an entry, up to 1MiB; ${DEFAULT-VALUE} unless given.")
    private long entryBytes;

    @Option(
            names = "--in-flight",
            paramLabel = "N",
            defaultValue = "1000",
            converter = Converters.InFlight.class,
            description = "Entries that wait for their acknowledgement at a time, ${DEFAULT-VALUE} unless given.")
    private long inFlight;

    int ledgers() {
        return (int) ledgers;
    }

    int entryBytes() {
        return (int) entryBytes;
    }

    int inFlight() {
        return (int) inFlight;
    }

    void check() {
        if (entryBytes > ENTRY_BYTES_MAX) {
            throw CommandException.misuse("--entry-bytes is " + entryBytes + ", but the demo's entries have at most "
                    + ENTRY_BYTES_MAX + " bytes");
        }
    }

    List<String> arguments() {
        return List.of("--ledgers=" + ledgers, "--entry-bytes=" + entryBytes, "--in-flight=" + inFlight);
    }
}
