package io.daybook.cli.contrast;

import io.prometheus.client.Collector;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.GaugeMetricFamily;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;

/**
 * Wrong on purpose: RocksDB behind a flag that is looked at before each call, and a gauge that is taken out of the registry
 * before the close. Both look safe. But between the look and the call another thread may close, and a gauge may be running
 * while it is taken out; then native code works on freed memory, and the JVM ends.
 */
final class BareStore implements SharedStore {
    private static final int ENTRIES = 2000;
    private static final int ITERATED = 100;
    private static final int ENTRY_BYTES = 128;

    static {
        RocksDB.loadLibrary();
    }

    private final CollectorRegistry registry = new CollectorRegistry();
    private final Options options = new Options().setCreateIfMissing(true);
    private final RocksDB database;
    private final Collector gauge = new Collector() {
        @Override
        public List<MetricFamilySamples> collect() {
            return List.of(new GaugeMetricFamily("entries", "Number of entries, about", entries()));
        }
    };
    private volatile boolean closed;

    BareStore(Path directory) {
        try {
            database = RocksDB.open(options, directory.toString());
            for (int i = 0; i < ENTRIES; i++) {
                database.put(key(i), new byte[ENTRY_BYTES]);
            }
        } catch (RocksDBException e) {
            throw new IllegalStateException(e);
        }
        registry.register(gauge);
    }

    /** The usual look before the call. */
    private boolean isOpen() {
        return !closed && database.isOwningHandle();
    }

    private RocksDB open() throws ClosedException {
        if (!isOpen()) {
            throw new ClosedException(null);
        }
        return database;
    }

    private double entries() {
        try {
            return isOpen() ? database.getLongProperty("rocksdb.estimate-num-keys") : 0;
        } catch (RocksDBException e) {
            return 0;
        }
    }

    private static byte[] key(int number) {
        return ByteBuffer.allocate(Integer.BYTES).putInt(number % ENTRIES).array();
    }

    @Override
    public void scrape() throws ClosedException {
        if (Collections.list(registry.metricFamilySamples()).isEmpty()) {
            throw new ClosedException(null);
        }
    }

    @Override
    public void read(int number) throws ClosedException {
        try {
            open().get(key(number));
        } catch (RocksDBException e) {
            throw new ClosedException(e);
        }
    }

    @Override
    public void iterate(int number) throws ClosedException {
        try (RocksIterator rows = open().newIterator()) {
            rows.seek(key(number));
            for (int i = 0; i < ITERATED && rows.isValid(); i++) {
                open();
                rows.next();
            }
        } catch (IllegalArgumentException e) {
            // Sometimes RocksDB notices in time that it is closed.
            throw new ClosedException(e);
        }
    }

    @Override
    public void compact(int number) throws ClosedException {
        try {
            open().put(key(number), new byte[ENTRY_BYTES]);
            open().compactRange();
        } catch (RocksDBException e) {
            throw new ClosedException(e);
        }
    }

    @Override
    public void close() {
        registry.unregister(gauge);
        closed = true;
        database.close();
        options.close();
    }
}
