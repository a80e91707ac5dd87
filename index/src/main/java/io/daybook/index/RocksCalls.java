package io.daybook.index;

import java.util.concurrent.atomic.AtomicInteger;
import org.rocksdb.FlushOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;

/** The calls as they are. <b>Thread-safe</b> as far as RocksDB is: the end belongs to one thread. */
final class RocksCalls implements NativeCalls {
    private final RocksDB database;
    private final RocksOptions options;
    private final AtomicInteger children;

    RocksCalls(RocksDB database, RocksOptions options, AtomicInteger children) {
        this.database = database;
        this.options = options;
        this.children = children;
    }

    @Override
    public void write(WriteBatch batch) throws RocksDBException {
        database.write(options.write(), batch);
    }

    @Override
    public void flushMemtable(boolean wait) throws RocksDBException {
        try (FlushOptions how = new FlushOptions().setWaitForFlush(wait).setAllowWriteStall(true)) {
            database.flush(how);
        }
    }

    @Override
    public void syncLog() throws RocksDBException {
        database.flushWal(true);
    }

    @Override
    public void cancelBackgroundWork(boolean wait) {
        database.cancelAllBackgroundWork(wait);
    }

    @Override
    public boolean hasChildren() {
        return children.get() != 0;
    }

    @Override
    public void closeDatabase() throws RocksDBException {
        database.closeE();
    }

    @Override
    public void freeOptions() {
        options.close();
    }
}
