package io.daybook.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;

/** The sinks by name: those of this project, and peers where they are on the class path. */
public final class Sinks {
    /** The baseline. */
    public static final String RAW = "raw";

    /** Daybook as it is, each segment a new file. */
    public static final String DAYBOOK = "daybook";

    /** Daybook that is trimmed as it grows, so that files are recycled from the first one on, as raw's blocks are. */
    public static final String DAYBOOK_RING = "daybook-ring";

    static final String JOURNAL = "journal";

    /** What the baseline goes round in. */
    public static final long RAW_FILE_BYTES = 1L << 30;

    /** What Daybook is trimmed to: with what is not given back yet, no more than the recycled files that the journal keeps. */
    private static final long RETENTION_BYTES = 1L << 29;

    private Sinks() {}

    /** Opens a sink in its part of a directory. */
    public static AppendSink open(String name, Path directory, LoadShape shape) throws IOException {
        return switch (name) {
            case RAW -> openRaw(directory, shape);
            case DAYBOOK -> DaybookSink.open(directory.resolve(DAYBOOK));
            case DAYBOOK_RING -> DaybookSink.openWithRetention(directory.resolve(DAYBOOK), shape, RETENTION_BYTES);
            case JOURNAL -> JournalSink.open(directory.resolve(JOURNAL));
            default -> openPeer(name, directory.resolve(name), shape);
        };
    }

    private static AppendSink openPeer(String name, Path directory, LoadShape shape) throws IOException {
        List<String> names = new ArrayList<>(List.of(RAW, DAYBOOK, DAYBOOK_RING, JOURNAL));
        for (SinkProvider provider : ServiceLoader.load(SinkProvider.class)) {
            if (provider.names().contains(name)) {
                return provider.open(name, directory, shape);
            }
            names.addAll(provider.names());
        }
        throw new IllegalArgumentException("sink is " + name + ", but must be one of " + names);
    }

    static RawSink openRaw(Path directory, LoadShape shape) throws IOException {
        return RawSink.open(directory.resolve(RAW), RAW_FILE_BYTES, shape.bytesInFlight());
    }
}
