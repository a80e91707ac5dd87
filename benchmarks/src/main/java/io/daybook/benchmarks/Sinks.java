package io.daybook.benchmarks;

import java.io.IOException;
import java.nio.file.Path;

/** The sinks by name. Peers will join here. */
final class Sinks {
    static final String RAW = "raw";
    static final String DAYBOOK = "daybook";
    /** Daybook that keeps as much as the file of raw holds, so that files are recycled. */
    static final String DAYBOOK_RING = "daybook-ring";

    static final String JOURNAL = "journal";

    static final long RAW_FILE_BYTES = 1L << 30;

    private Sinks() {}

    /** Opens a sink in an empty directory. */
    static AppendSink open(String name, Path directory, LoadShape shape) throws IOException {
        return switch (name) {
            case RAW -> openRaw(directory, shape);
            case DAYBOOK -> DaybookSink.open(directory.resolve(DAYBOOK));
            case DAYBOOK_RING -> DaybookSink.openWithRetention(directory.resolve(DAYBOOK), shape, RAW_FILE_BYTES);
            case JOURNAL -> JournalSink.open(directory.resolve(JOURNAL));
            default ->
                throw new IllegalArgumentException(
                        "sink is " + name + ", but must be raw, daybook, daybook-ring or journal");
        };
    }

    static RawSink openRaw(Path directory, LoadShape shape) throws IOException {
        return RawSink.open(directory.resolve(RAW), RAW_FILE_BYTES, shape.bytesInFlight());
    }
}
