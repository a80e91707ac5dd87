package io.daybook.index;

import java.util.ArrayDeque;
import java.util.Deque;
import org.rocksdb.AbstractNativeReference;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.ChecksumType;
import org.rocksdb.CompressionType;
import org.rocksdb.IndexType;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;
import org.rocksdb.ReadOptions;
import org.rocksdb.StringAppendOperator;
import org.rocksdb.WALRecoveryMode;
import org.rocksdb.WriteBufferManager;
import org.rocksdb.WriteOptions;

/** Everything native that an open database was given, and is to outlive it. <b>Confined to who opens and who closes.</b> */
final class RocksOptions implements AutoCloseable {
    /** Format 5 is the newest that 7.10.2 reads. */
    private static final int TABLE_FORMAT = 5;

    private static final int BLOCK_BYTES = 8 << 10;
    private static final double BLOOM_BITS = 10;

    /** In order of creation; freed in reverse. */
    private final Deque<AbstractNativeReference> natives = new ArrayDeque<>();

    private final Options database;
    private final ReadOptions read;
    private final ReadOptions scan;
    private final WriteOptions write;

    RocksOptions(IndexOptions settings) {
        boolean complete = false;
        try {
            database = all(settings);
            read = own(new ReadOptions().setVerifyChecksums(true).setFillCache(true));
            scan = own(new ReadOptions()
                    .setVerifyChecksums(true)
                    .setFillCache(false)
                    .setTotalOrderSeek(true));
            write = own(new WriteOptions()
                    .setSync(false)
                    .setDisableWAL(false)
                    .setNoSlowdown(false)
                    .setLowPri(false));
            complete = true;
        } finally {
            if (!complete) {
                close();
            }
        }
    }

    private Options all(IndexOptions settings) {
        LRUCache cache = own(new LRUCache(settings.memoryBytes(), -1, false, 0.5));
        WriteBufferManager memtables = own(new WriteBufferManager(settings.writeBufferBytes(), cache));
        BloomFilter filter = own(new BloomFilter(BLOOM_BITS));
        // Fragments delimit themselves: nothing may stand between them.
        StringAppendOperator append = own(new StringAppendOperator(""));
        BlockBasedTableConfig table = new BlockBasedTableConfig()
                .setFormatVersion(TABLE_FORMAT)
                .setChecksumType(ChecksumType.kXXH3)
                .setBlockSize(BLOCK_BYTES)
                .setBlockCache(cache)
                .setCacheIndexAndFilterBlocks(true)
                .setCacheIndexAndFilterBlocksWithHighPriority(true)
                .setPinTopLevelIndexAndFilter(true)
                .setPinL0FilterAndIndexBlocksInCache(true)
                .setIndexType(IndexType.kTwoLevelIndexSearch)
                .setPartitionFilters(true)
                .setMetadataBlockSize(4096)
                .setFilterPolicy(filter)
                .setWholeKeyFiltering(true);
        return own(new Options())
                .setCreateIfMissing(!settings.readOnly())
                .setParanoidChecks(true)
                .setTableFormatConfig(table)
                .setMergeOperator(append)
                .setCompressionType(CompressionType.LZ4_COMPRESSION)
                .setBottommostCompressionType(CompressionType.LZ4_COMPRESSION)
                .setWriteBufferManager(memtables)
                .setWriteBufferSize(Math.max(1 << 20, settings.writeBufferBytes() / 2))
                .setMaxWriteBufferNumber(4)
                // It is allocated at each open; the default of 4 MiB is much on a small file system.
                .setManifestPreallocationSize(64 << 10)
                .setMaxTotalWalSize(2 * settings.writeBufferBytes())
                .setLevelCompactionDynamicLevelBytes(true)
                .setMaxBackgroundJobs(2)
                // A reader opens all of them at once: beside a writer they may be gone later.
                .setMaxOpenFiles(settings.readOnly() ? -1 : settings.openFilesMax())
                .setBytesPerSync(1 << 20)
                .setManualWalFlush(settings.manualWalFlush())
                // What is behind the first bad record of the log is dropped: a prefix of batches stays, replay gives
                // the rest.
                .setWalRecoveryMode(WALRecoveryMode.PointInTimeRecovery)
                .setInfoLogLevel(InfoLogLevel.WARN_LEVEL)
                .setMaxLogFileSize(4 << 20)
                .setKeepLogFileNum(2)
                .setStatsDumpPeriodSec(0)
                .setStatsPersistPeriodSec(0);
    }

    private <T extends AbstractNativeReference> T own(T reference) {
        natives.push(reference);
        return reference;
    }

    Options database() {
        return database;
    }

    ReadOptions read() {
        return read;
    }

    ReadOptions scan() {
        return scan;
    }

    WriteOptions write() {
        return write;
    }

    @Override
    public void close() {
        while (!natives.isEmpty()) {
            natives.pop().close();
        }
    }
}
