package io.daybook.index;

import io.daybook.lease.EndReport;
import io.daybook.lease.Hold;
import io.daybook.lease.Lease;
import java.lang.System.Logger;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import org.rocksdb.AbstractNativeReference;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.ChecksumType;
import org.rocksdb.CompactRangeOptions;
import org.rocksdb.CompressionType;
import org.rocksdb.FlushOptions;
import org.rocksdb.IndexType;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Status;
import org.rocksdb.StringAppendOperator;
import org.rocksdb.WALRecoveryMode;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteBufferManager;
import org.rocksdb.WriteOptions;

/**
 * The only class that sees RocksDB. What it gives away are bytes.
 *
 * <h2>Lifetime</h2>
 *
 * Each native call runs inside a hold on the lease, iterators within one call of {@link #scan}; nothing native leaves a
 * method. {@link #close} ends the lease first, and frees only when the last hold has left. Past the deadline it leaks:
 * leaked memory is an annoyance, freed memory in use ends the JVM.
 *
 * <h2>Failure</h2>
 *
 * The first write or sync that fails for another reason than room is final: what RocksDB then holds is unknown (a batch
 * that threw can be there after the next open), so nothing is written to this instance again. Reads go on.
 *
 * <p><b>Thread-safe.</b>
 */
final class RocksHandle implements AutoCloseable {
    private static final Logger LOG = System.getLogger(RocksHandle.class.getName());

    /** Format 5 is the newest that 7.10.2 reads. */
    private static final int TABLE_FORMAT = 5;

    private static final int BLOCK_BYTES = 8 << 10;
    private static final double BLOOM_BITS = 10;

    private final Path directory;
    private final IndexOptions settings;
    private final Lease lease;

    /** Everything native but the database, in order of creation; freed in reverse. */
    private final Deque<AbstractNativeReference> natives = new ArrayDeque<>();

    private final ReadOptions readOptions;
    private final ReadOptions scanOptions;
    private final WriteOptions writeOptions;
    private final RocksDB database;

    private volatile IndexException failure;

    /**
     * Whether a write found no room since the memtable was last flushed. The log it went to may then end in a part of a
     * record, and 7.10.2 goes on writing to it: what came later is in the memtable for certain, in the log perhaps.
     */
    private volatile boolean logInDoubt;

    // Guarded by this.
    private boolean freed;
    private boolean triedToClose;

    /** Looks at one row; false ends the scan. Runs inside a hold: decodes and returns. */
    @FunctionalInterface
    interface RowVisitor {
        boolean row(byte[] key, byte[] value);
    }

    /** Opens or creates the database in {@code directory}. */
    RocksHandle(Path directory, IndexOptions settings, Lease lease) {
        this.directory = directory;
        this.settings = settings;
        this.lease = lease;
        loadLibrary();
        RocksDB opened = null;
        boolean usable = false;
        try {
            Options options = options();
            readOptions = own(new ReadOptions().setVerifyChecksums(true).setFillCache(true));
            scanOptions = own(new ReadOptions()
                    .setVerifyChecksums(true)
                    .setFillCache(false)
                    .setTotalOrderSeek(true));
            writeOptions = own(new WriteOptions()
                    .setSync(false)
                    .setDisableWAL(false)
                    .setNoSlowdown(false)
                    .setLowPri(false));
            if (settings.readOnly()) {
                opened = RocksDB.openReadOnly(options, directory.toString());
            } else {
                opened = RocksDB.open(options, directory.toString());
            }
            database = opened;
            // A writer that is stalled, or a compaction somebody waits for, would keep its hold for long.
            lease.onEnd("stop the background work of " + directory, () -> database.cancelAllBackgroundWork(false));
            usable = true;
        } catch (RocksDBException e) {
            throw failed("open", e);
        } catch (IllegalStateException e) {
            throw new IndexException(IndexException.Kind.CLOSED, "the lease of " + directory + " has ended", e);
        } finally {
            if (!usable) {
                if (opened != null) {
                    opened.close();
                }
                freeNatives();
            }
        }
    }

    private static void loadLibrary() {
        try {
            RocksDB.loadLibrary();
        } catch (RuntimeException | LinkageError e) {
            throw new IndexException(
                    IndexException.Kind.FAILED,
                    "RocksDB's native library does not load. It is unpacked to java.io.tmpdir ("
                            + System.getProperty("java.io.tmpdir")
                            + "), which must be writable and not mounted noexec; or set ROCKSDB_SHAREDLIB_DIR",
                    e);
        }
    }

    private Options options() {
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
                .setMaxTotalWalSize(2 * settings.writeBufferBytes())
                .setLevelCompactionDynamicLevelBytes(true)
                .setMaxBackgroundJobs(2)
                .setMaxOpenFiles(settings.openFilesMax())
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

    private void freeNatives() {
        while (!natives.isEmpty()) {
            natives.pop().close();
        }
    }

    /** The value of a key, or null. */
    byte[] get(byte[] key) {
        try (Hold hold = lease.tryAcquire()) {
            check(hold);
            return database.get(readOptions, key);
        } catch (RocksDBException e) {
            throw failed("get", e);
        }
    }

    /**
     * Shows rows to {@code visitor}, in the order of keys from the lowest at or above {@code from}, or, backward, from the
     * highest at or below it. At most {@code rowsMax} rows, so that the hold is short.
     *
     * @return where to go on, or null if the visitor ended the scan or there are no more rows
     */
    byte[] scan(byte[] from, boolean forward, int rowsMax, RowVisitor visitor) {
        try (Hold hold = lease.tryAcquire()) {
            check(hold);
            try (RocksIterator rows = database.newIterator(scanOptions)) {
                if (forward) {
                    rows.seek(from);
                } else {
                    rows.seekForPrev(from);
                }
                for (int seen = 0; rows.isValid(); seen++) {
                    byte[] key = rows.key();
                    if (seen == rowsMax) {
                        return key;
                    }
                    if (!visitor.row(key, rows.value())) {
                        return null;
                    }
                    if (forward) {
                        rows.next();
                    } else {
                        rows.prev();
                    }
                }
                // An iterator that meets damage or a read error is invalid, as one at the end is.
                rows.status();
                return null;
            }
        } catch (RocksDBException e) {
            throw failed("scan", e);
        }
    }

    /**
     * Writes a batch.
     *
     * @param batch made by {@link BatchLog}
     * @param operations how many operations it has
     */
    void write(byte[] batch, int operations) {
        checkWritable();
        try (Hold hold = lease.tryAcquire()) {
            check(hold);
            try (WriteBatch writes = new WriteBatch(batch)) {
                if (writes.count() != operations) {
                    throw failForGood(new IndexException(
                            IndexException.Kind.FAILED,
                            "RocksDB counts " + writes.count() + " operations in a batch of " + operations,
                            null));
                }
                database.write(writeOptions, writes);
            }
        } catch (RocksDBException e) {
            throw failForGood(failed("write", e));
        }
    }

    /** Makes all batches written so far durable. */
    void syncLog() {
        checkWritable();
        try (Hold hold = lease.tryAcquire()) {
            check(hold);
            syncAll();
        } catch (RocksDBException e) {
            throw failForGood(failed("sync of the log", e));
        }
    }

    /** Syncs the log, or, where that may not hold everything, first has the memtable written to a table. */
    private void syncAll() throws RocksDBException {
        if (logInDoubt) {
            try (FlushOptions options = new FlushOptions().setWaitForFlush(true).setAllowWriteStall(true)) {
                database.flush(options);
            }
            logInDoubt = false;
        }
        database.flushWal(true);
    }

    /** Has the memtable written to a table; {@code wait} for it or only begin. */
    void flushMemtable(boolean wait) {
        checkWritable();
        try (Hold hold = lease.tryAcquire()) {
            check(hold);
            try (FlushOptions options = new FlushOptions().setWaitForFlush(wait).setAllowWriteStall(true)) {
                database.flush(options);
            }
        } catch (RocksDBException e) {
            throw failForGood(failed("flush", e));
        }
    }

    /** Compacts a range of keys, null: from the first, to the last. Takes as long as it takes, or until the lease ends. */
    void compactRange(byte[] begin, byte[] end) {
        checkWritable();
        assert begin == null || end == null || Arrays.compareUnsigned(begin, end) < 0 : "empty range";
        try (Hold hold = lease.tryAcquire()) {
            check(hold);
            try (CompactRangeOptions options = new CompactRangeOptions()
                    .setExclusiveManualCompaction(false)
                    .setBottommostLevelCompaction(CompactRangeOptions.BottommostLevelCompaction.kForce)) {
                database.compactRange(database.getDefaultColumnFamily(), begin, end, options);
            }
        } catch (RocksDBException e) {
            throw failed("compaction", e);
        }
    }

    /** A number RocksDB knows about itself. */
    long property(String name) {
        try (Hold hold = lease.tryAcquire()) {
            check(hold);
            return database.getLongProperty(name);
        } catch (RocksDBException e) {
            throw failed("property " + name, e);
        }
    }

    Path directory() {
        return directory;
    }

    private void check(Hold hold) {
        if (hold == null) {
            throw new IndexException(IndexException.Kind.CLOSED, "index " + directory + " is closed", null);
        }
    }

    private void checkWritable() {
        IndexException first = failure;
        if (lease.isEnding()) {
            check(null);
        }
        if (first != null) {
            throw new IndexException(
                    IndexException.Kind.FAILED, "index " + directory + " takes no writes since one failed", first);
        }
        if (settings.readOnly()) {
            throw new IllegalStateException("index " + directory + " is open for reading only");
        }
    }

    /** Keeps the first final failure of a write. */
    private synchronized IndexException failForGood(IndexException e) {
        logInDoubt |= e.kind() == IndexException.Kind.NO_SPACE;
        boolean isFinal = e.kind() == IndexException.Kind.FAILED || e.kind() == IndexException.Kind.DAMAGED;
        if (isFinal && failure == null) {
            failure = e;
        }
        return e;
    }

    private IndexException failed(String what, RocksDBException e) {
        Status status = e.getStatus();
        Status.Code code = status == null ? Status.Code.Undefined : status.getCode();
        IndexException.Kind kind = IndexException.Kind.FAILED;
        if (status != null && status.getSubCode() == Status.SubCode.NoSpace) {
            kind = IndexException.Kind.NO_SPACE;
        } else if (code == Status.Code.Corruption) {
            kind = IndexException.Kind.DAMAGED;
        } else if (lease.isEnding() && (code == Status.Code.ShutdownInProgress || code == Status.Code.Incomplete)) {
            // The ending above stopped the background work under this call: closed, not broken.
            kind = IndexException.Kind.CLOSED;
        }
        return new IndexException(
                kind,
                what + " in index " + directory + " failed: " + e.getMessage() + " ("
                        + (status == null ? "no status" : status.getCodeString()) + ")",
                e);
    }

    /**
     * Ends the lease, syncs the log, and frees everything if all holds have left; else leaks it, with a warning. A second
     * call waits for the first one; after a leak it looks again, without waiting, and frees if it can.
     *
     * @throws IndexException if the last sync or the close failed; everything is freed all the same
     */
    @Override
    public synchronized void close() {
        if (freed) {
            return;
        }
        EndReport report = lease.end(triedToClose ? Duration.ZERO : settings.closeDeadline());
        triedToClose = true;
        // From here on as the owner, without a hold: nobody else frees.
        IndexException first = syncLast();
        if (!report.drained()) {
            LOG.log(
                    Logger.Level.WARNING,
                    "index {0} is in use past the deadline of {1}: its native memory is leaked and its directory stays"
                            + " locked until this process ends. {2}",
                    directory,
                    settings.closeDeadline(),
                    report);
        } else {
            database.cancelAllBackgroundWork(true);
            try {
                database.closeE();
            } catch (RocksDBException e) {
                first = first == null ? failed("close", e) : first;
            }
            freeNatives();
            freed = true;
        }
        if (first != null && failure == null) {
            throw first;
        }
    }

    private IndexException syncLast() {
        if (settings.readOnly() || failure != null) {
            return null;
        }
        try {
            syncAll();
            return null;
        } catch (RocksDBException e) {
            return failed("last sync of the log", e);
        }
    }
}
