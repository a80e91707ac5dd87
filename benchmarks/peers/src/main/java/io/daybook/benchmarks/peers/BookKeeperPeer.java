package io.daybook.benchmarks.peers;

import io.daybook.benchmarks.AppendSink;
import io.daybook.benchmarks.LoadShape;
import io.daybook.benchmarks.SinkProvider;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;

/** BookKeeper's storage, with the settings that Pulsar ships, and with one changed. */
public final class BookKeeperPeer implements SinkProvider {
    private static final String AS_SHIPPED = "bookkeeper";
    private static final String FLUSH_WHEN_EMPTY = "bookkeeper-flush";
    private static final String NO_READ_AHEAD = "bookkeeper-ra1";

    /** Made by name. */
    public BookKeeperPeer() {}

    @Override
    public Set<String> names() {
        return Set.of(AS_SHIPPED, FLUSH_WHEN_EMPTY, NO_READ_AHEAD);
    }

    @Override
    public AppendSink open(String name, Path directory, LoadShape shape) throws IOException {
        return BookKeeperSink.open(directory, name.equals(FLUSH_WHEN_EMPTY), name.equals(NO_READ_AHEAD));
    }
}
