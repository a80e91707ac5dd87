package io.daybook.index;

import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;

/**
 * The native calls that change or end a database: a seam, so that a test can see their order, hold them up and let them fail.
 * Callers hold the lease, or own the database alone.
 */
interface NativeCalls {

    /** Applies a batch. */
    void write(WriteBatch batch) throws RocksDBException;

    /** Has the memtable written to a table; {@code wait} for it or only begin. */
    void flushMemtable(boolean wait) throws RocksDBException;

    /** Hands the log to the operating system and syncs it. */
    void syncLog() throws RocksDBException;

    /** Stops flushes and compactions for good; {@code wait} for them or only tell them. */
    void cancelBackgroundWork(boolean wait);

    /**
     * Whether anything made from the database, such as an iterator, is still open. Each lives within one call, so after the
     * last hold there is none; the database must not go before them.
     */
    boolean hasChildren();

    /** Closes the database. It is gone even if this throws. */
    void closeDatabase() throws RocksDBException;

    /** Frees the options, and what they share with the database: last. */
    void freeOptions();
}
