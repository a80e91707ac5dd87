package io.daybook.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;

/** Stores that join the comparison: found by {@link java.util.ServiceLoader}, where they are on the class path. */
public interface SinkProvider {

    /** Returns the names of its sinks. */
    Set<String> names();

    /**
     * Opens a sink.
     *
     * @param name one of {@link #names}
     * @param directory its own; what it wrote there before is opened again
     * @param shape of the load
     * @throws IOException if it cannot be opened
     */
    AppendSink open(String name, Path directory, LoadShape shape) throws IOException;
}
