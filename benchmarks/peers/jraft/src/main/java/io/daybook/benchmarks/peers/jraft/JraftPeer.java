package io.daybook.benchmarks.peers.jraft;

import io.daybook.benchmarks.AppendSink;
import io.daybook.benchmarks.LoadShape;
import io.daybook.benchmarks.SinkProvider;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;

/** The log of SOFAJRaft. */
public final class JraftPeer implements SinkProvider {
    private static final String NAME = "jraft";

    /** Made by name. */
    public JraftPeer() {}

    @Override
    public Set<String> names() {
        return Set.of(NAME);
    }

    @Override
    public AppendSink open(String name, Path directory, LoadShape shape) throws IOException {
        return JraftSink.open(directory);
    }
}
