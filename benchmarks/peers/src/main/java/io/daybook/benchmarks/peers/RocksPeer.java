package io.daybook.benchmarks.peers;

import io.daybook.benchmarks.AppendSink;
import io.daybook.benchmarks.LoadShape;
import io.daybook.benchmarks.SinkProvider;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;

/** RocksDB as a ledger store: with values in its tables, and with BlobDB. */
public final class RocksPeer implements SinkProvider {
    private static final String TABLES = "rocksdb";
    private static final String BLOBS = "rocksdb-blob";

    /** Made by name. */
    public RocksPeer() {}

    @Override
    public Set<String> names() {
        return Set.of(TABLES, BLOBS);
    }

    @Override
    public AppendSink open(String name, Path directory, LoadShape shape) throws IOException {
        return RocksSink.open(directory, shape, name.equals(BLOBS));
    }
}
