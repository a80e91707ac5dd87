package io.daybook.index;

import io.daybook.lease.EndReport;
import io.daybook.lease.Hold;
import io.daybook.lease.Lease;
import java.io.IOException;
import java.lang.System.Logger;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.rocksdb.CompactRangeOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Status;
import org.rocksdb.WriteBatch;

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

    /** How the texts of errors begin that RocksDB meets when it reads. */
    private static final List<String> READS = List.of(
            "While pread ",
            "While reading ",
            "While open a file for random read",
            "While opening a file for sequentially read",
            "While opening file for sequentially read");

    /** Why the native library will never load in this JVM; guarded by the class. */
    private static Throwable unloadable;

    private final Path directory;
    private final IndexOptions settings;
    private final Lease lease;

    private final RocksOptions options;
    private final RocksDB database;
    private final NativeCalls calls;
    /** Iterators that are open. */
    private final AtomicInteger children = new AtomicInteger();

    private volatile IndexException failure;

    /**
     * Whether a write found no room since the memtable was last flushed. The log it went to may then end in a part of a
     * record, and 7.10.2 goes on writing to it: what came later is in the memtable for certain, in the log perhaps.
     */
    private volatile boolean logInDoubt;

    /** Whether batches were written that no sync of the log covers. */
    private volatile boolean unsynced;

    /** Whether the background work was told to stop: what then fails because of it is closed, not broken. */
    private volatile boolean hurried;

    /** The thread that needs no hold: it keeps the monitor of this, so that nothing is freed under it. */
    private volatile Thread owner;

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
        this(directory, settings, lease, calls -> calls);
    }

    /** As above, with something between this and the calls that change or end the database. */
    RocksHandle(Path directory, IndexOptions settings, Lease lease, UnaryOperator<NativeCalls> seam) {
        this.directory = directory;
        this.settings = settings;
        this.lease = lease;
        if (lease.isEnding()) {
            throw new IndexException(IndexException.Kind.CLOSED, "the lease of " + directory + " has ended", null);
        }
        loadLibrary();
        options = new RocksOptions(settings);
        RocksDB opened = null;
        boolean usable = false;
        try {
            opened = settings.readOnly()
                    ? RocksDB.openReadOnly(options.database(), directory.toString())
                    : RocksDB.open(options.database(), directory.toString());
            database = opened;
            calls = seam.apply(new RocksCalls(opened, options, children));
            usable = true;
        } catch (RocksDBException e) {
            throw failed("open", e);
        } finally {
            if (!usable) {
                if (opened != null) {
                    opened.close();
                }
                options.close();
            }
        }
    }

    /** Once in a JVM; who comes while it is loaded waits, and who comes after it failed is told why. */
    static synchronized void loadLibrary() {
        if (unloadable != null) {
            throw notLoaded(unloadable);
        }
        try {
            RocksDB.loadLibrary();
        } catch (RuntimeException | LinkageError e) {
            if (!(e.getCause() instanceof IOException)) {
                // Other than after a failed unpacking RocksDB takes itself to be loading for ever: a second try would
                // wait for
                // that in vain, and hide this cause.
                unloadable = e;
            }
            throw notLoaded(e);
        }
    }

    private static IndexException notLoaded(Throwable e) {
        return new IndexException(
                IndexException.Kind.FAILED,
                "RocksDB's native library does not load. It is unpacked to java.io.tmpdir ("
                        + System.getProperty("java.io.tmpdir")
                        + "), which must be writable and not mounted noexec; or set ROCKSDB_SHAREDLIB_DIR",
                e);
    }

    /** The value of a key, or null. */
    byte[] get(byte[] key) {
        try (Hold hold = lease.tryAcquire()) {
            check(hold);
            return database.get(options.read(), key);
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
            children.incrementAndGet();
            try (RocksIterator rows = database.newIterator(options.scan())) {
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
            } finally {
                children.decrementAndGet();
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
                calls.write(writes);
                unsynced = true;
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
            calls.flushMemtable(true);
            logInDoubt = false;
        }
        // Before the sync: a batch that comes in between is covered or sets it again.
        unsynced = false;
        calls.syncLog();
    }

    /** Has the memtable written to a table; {@code wait} for it or only begin. */
    void flushMemtable(boolean wait) {
        checkWritable();
        try (Hold hold = lease.tryAcquire()) {
            check(hold);
            calls.flushMemtable(wait);
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
            try (CompactRangeOptions how = new CompactRangeOptions()
                    .setExclusiveManualCompaction(false)
                    .setBottommostLevelCompaction(CompactRangeOptions.BottommostLevelCompaction.kForce)) {
                database.compactRange(database.getDefaultColumnFamily(), begin, end, how);
            }
        } catch (RocksDBException e) {
            throw failed("compaction", e);
        }
    }

    /** Reads every block of every table and checks it; a close waits for it. */
    void verify() {
        try (Hold hold = lease.tryAcquire()) {
            check(hold);
            database.verifyChecksum();
        } catch (RocksDBException e) {
            throw failed("check", e);
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

    /** For answers that need no native call: none once it is closed. */
    void checkOpen() {
        if (lease.isEnding()) {
            check(null);
        }
    }

    private void check(Hold hold) {
        if (hold == null && owner != Thread.currentThread()) {
            throw new IndexException(IndexException.Kind.CLOSED, "index " + directory + " is closed", null);
        }
    }

    private void checkWritable() {
        IndexException first = failure;
        checkOpen();
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
        if (isNoSpace(status, e)) {
            kind = IndexException.Kind.NO_SPACE;
        } else if (code == Status.Code.Corruption || isUnreadable(e)) {
            // What the device cannot read is damage, as what reads back changed is.
            kind = IndexException.Kind.DAMAGED;
        } else if ((lease.isEnding() || hurried)
                && (code == Status.Code.ShutdownInProgress || code == Status.Code.Incomplete)) {
            // The background work was stopped under this call: closed, not broken.
            kind = IndexException.Kind.CLOSED;
        }
        return new IndexException(
                kind,
                what + " in index " + directory + " failed: " + e.getMessage() + " ("
                        + (status == null ? "no status" : status.getCodeString()) + ")",
                e);
    }

    /** Of a file that is there. Also what background work met, and a write is told later. */
    private static boolean isUnreadable(RocksDBException e) {
        return says(e, "Input/output error") && READS.stream().anyMatch(read -> says(e, read));
    }

    /** What goes through several hands in RocksDB, as its options file at an open, keeps the text and loses the code. */
    private static boolean isNoSpace(Status status, RocksDBException e) {
        return (status != null && status.getSubCode() == Status.SubCode.NoSpace) || says(e, "No space left on device");
    }

    private static boolean says(RocksDBException e, String text) {
        return e.getMessage() != null && e.getMessage().contains(text);
    }

    Lease lease() {
        return lease;
    }

    /** Stops the background work, so that a compaction that somebody waits for and a stalled write end. For good. */
    void hurry() {
        try (Hold hold = lease.tryAcquire()) {
            if (hold != null) {
                hurried = true;
                calls.cancelBackgroundWork(false);
            }
        }
    }

    /**
     * Lets the owner's thread make calls without a hold, also when the lease has ended and whoever still holds it: nothing
     * is freed meanwhile. Others are refused as before.
     */
    synchronized void asOwner(Runnable work) {
        if (freed) {
            check(null);
        }
        owner = Thread.currentThread();
        try {
            work.run();
        } finally {
            owner = null;
        }
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
        EndReport report = triedToClose ? lease.end(Duration.ZERO) : endUse();
        triedToClose = true;
        // From here on as the owner, without a hold: nobody else frees.
        IndexException first = syncLast();
        if (!report.drained() || !endBackgroundWork()) {
            LOG.log(
                    Logger.Level.WARNING,
                    "index {0} is in use past the deadline of {1}: its native memory is leaked and its directory stays"
                            + " locked until this process ends. {2}",
                    directory,
                    settings.closeDeadline(),
                    report);
        } else {
            // Before the close, whatever comes of it: a second look at a database that is gone ends the JVM.
            freed = true;
            try {
                calls.closeDatabase();
            } catch (RocksDBException e) {
                first = first == null ? failed("close", e) : first;
            }
            calls.freeOptions();
        }
        if (first != null && failure == null) {
            throw first;
        }
    }

    /** Whether nothing of the database is left then but itself. */
    private boolean endBackgroundWork() {
        calls.cancelBackgroundWork(true);
        return !calls.hasChildren();
    }

    synchronized boolean isFreed() {
        return freed;
    }

    /** Waits half of the time in peace, then stops what a holder may wait for. */
    private EndReport endUse() {
        long start = System.nanoTime();
        EndReport report = lease.end(settings.closeDeadline().dividedBy(2));
        if (!report.drained()) {
            hurried = true;
            calls.cancelBackgroundWork(false);
            report = lease.end(settings.closeDeadline().minusNanos(System.nanoTime() - start));
        }
        return report;
    }

    private IndexException syncLast() {
        if (settings.readOnly() || failure != null || !(unsynced || logInDoubt)) {
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
