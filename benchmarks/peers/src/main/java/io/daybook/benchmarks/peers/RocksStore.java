package io.daybook.benchmarks.peers;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.CompressionType;
import org.rocksdb.FlushOptions;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;

/** A RocksDB set up for entries of a ledger: the settings that its users would change, the rest as it is released. */
final class RocksStore implements AutoCloseable {
    static final int KEY_BYTES = 16;

    private static final long CACHE_BYTES = 256L << 20;
    private static final long WRITE_BUFFER_BYTES = 128L << 20;
    private static final int WRITE_BUFFERS = 4;
    private static final int BACKGROUND_JOBS = 2;
    private static final long BYTES_PER_SYNC = 1 << 20;
    private static final int BLOOM_BITS = 10;

    private final Options options;
    private final LRUCache cache;
    private final BloomFilter filter;
    private final RocksDB database;

    private RocksStore(Options options, LRUCache cache, BloomFilter filter, RocksDB database) {
        this.options = options;
        this.cache = cache;
        this.filter = filter;
        this.database = database;
    }

    static RocksStore open(Path directory, boolean blobs) throws IOException {
        RocksDB.loadLibrary();
        Files.createDirectories(directory);
        LRUCache cache = new LRUCache(CACHE_BYTES);
        BloomFilter filter = new BloomFilter(BLOOM_BITS);
        Options options = new Options()
                .setCreateIfMissing(true)
                // The entries are random bytes.
                .setCompressionType(CompressionType.NO_COMPRESSION)
                .setWriteBufferSize(WRITE_BUFFER_BYTES)
                .setMaxWriteBufferNumber(WRITE_BUFFERS)
                .setMaxBackgroundJobs(BACKGROUND_JOBS)
                .setBytesPerSync(BYTES_PER_SYNC)
                // A log file that is used again is written into blocks that exist.
                .setRecycleLogFileNum(WRITE_BUFFERS)
                .setTableFormatConfig(
                        new BlockBasedTableConfig().setBlockCache(cache).setFilterPolicy(filter));
        if (blobs) {
            options.setEnableBlobFiles(true).setMinBlobSize(0);
        }
        try {
            return new RocksStore(options, cache, filter, RocksDB.open(options, directory.toString()));
        } catch (RocksDBException e) {
            throw new IOException(e);
        }
    }

    RocksDB database() {
        return database;
    }

    /** Writes a key and makes it ready to be read. */
    static ByteBuffer key(ByteBuffer buffer, long ledgerId, long entryId) {
        return buffer.clear().putLong(ledgerId).putLong(entryId).flip();
    }

    void flush() throws IOException {
        try (FlushOptions wait = new FlushOptions().setWaitForFlush(true)) {
            database.flush(wait);
        } catch (RocksDBException e) {
            throw new IOException(e);
        }
    }

    @Override
    public void close() {
        database.close();
        options.close();
        cache.close();
        filter.close();
    }
}
