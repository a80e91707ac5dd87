package io.daybook.engine.races;

import io.prometheus.client.Collector;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.GaugeMetricFamily;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import org.rocksdb.FlushOptions;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;

/**
 * The unprotected control: RocksDB behind a volatile flag and the look whether the handle is still owned, as it is usually
 * done. Both are a check before the act, so the race ends the JVM sooner or later. If it does not, the race shows nothing.
 */
final class BareTarget implements RaceTarget {
    private static final int KEYS = 2000;
    private static final int SCANNED = 100;
    private static final int DELETED = 10;

    static {
        RocksDB.loadLibrary();
    }

    private final CollectorRegistry registry;
    private final Options options = new Options().setCreateIfMissing(true).setWriteBufferSize(64 << 10);
    private final RocksDB database;
    private final Collector gauge = new Collector() {
        @Override
        public List<MetricFamilySamples> collect() {
            return List.of(new GaugeMetricFamily("bare_entries", "Entries, about", entries()));
        }
    };
    private volatile boolean closed;

    BareTarget(Path directory, CollectorRegistry registry) throws Exception {
        this.registry = registry;
        this.database = RocksDB.open(options, Files.createDirectories(directory).toString());
        registry.register(gauge);
    }

    private RocksDB open() {
        if (closed || !database.isOwningHandle()) {
            throw new ClosedException("bare", null);
        }
        return database;
    }

    private double entries() {
        try {
            return open().getLongProperty("rocksdb.estimate-num-keys");
        } catch (RocksDBException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void run(Action action, SplittableRandom random) throws Exception {
        byte[] key = key(random.nextInt(KEYS));
        try {
            switch (action) {
                case SCRAPE -> scrape();
                case READ -> open().get(key);
                case SCAN -> scan(key);
                case APPEND -> open().put(key, new byte[128]);
                case FLUSH -> flush();
                case COMPACT -> open().compactRange();
                case DELETE -> open().deleteRange(key, key(ByteBuffer.wrap(key).getInt() + DELETED));
            }
        } catch (RocksDBException | IllegalArgumentException e) {
            // Sometimes RocksDB notices in time that it is closed.
            if (!closed) {
                throw e;
            }
            throw new ClosedException("bare", e);
        }
    }

    private static byte[] key(int number) {
        return ByteBuffer.allocate(Integer.BYTES).putInt(number).array();
    }

    private void scrape() {
        if (Collections.list(registry.metricFamilySamples()).isEmpty()) {
            throw new ClosedException("no sample", null);
        }
    }

    private void scan(byte[] from) throws RocksDBException {
        try (RocksIterator rows = open().newIterator()) {
            rows.seek(from);
            for (int i = 0; i < SCANNED && rows.isValid(); i++) {
                open();
                rows.next();
            }
            rows.status();
        }
    }

    private void flush() throws RocksDBException {
        try (FlushOptions waiting = new FlushOptions().setWaitForFlush(true)) {
            open().flush(waiting);
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
