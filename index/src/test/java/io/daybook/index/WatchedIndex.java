package io.daybook.index;

import io.daybook.lease.Lease;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;

/** An index in RocksDB whose native calls that change or end the database are told to a test before they are made. */
public final class WatchedIndex {

    /** The calls, in the order of an end. */
    public enum Call {
        /** A batch is applied. */
        WRITE,
        /** The memtable is written. */
        FLUSH_MEMTABLE,
        /** {@code flushWal(true)}. */
        SYNC_LOG,
        /** {@code cancelAllBackgroundWork(false)}. */
        HURRY_BACKGROUND_WORK,
        /** {@code cancelAllBackgroundWork(true)}. */
        END_BACKGROUND_WORK,
        /** What is made from the database is looked for. */
        CHILDREN,
        /** The database is closed. */
        CLOSE_DATABASE,
        /** Options, caches and filters are freed. */
        FREE_OPTIONS
    }

    private WatchedIndex() {}

    /**
     * Opens an index.
     *
     * @param before told of each call, on the thread that makes it; it may wait or throw
     */
    public static RocksLocationIndex open(Path directory, IndexOptions options, Lease lease, Consumer<Call> before) {
        return RocksLocationIndex.open(directory, options, lease, calls -> new Watched(calls, before));
    }

    private record Watched(NativeCalls calls, Consumer<Call> before) implements NativeCalls {
        @Override
        public void write(WriteBatch batch) throws RocksDBException {
            before.accept(Call.WRITE);
            calls.write(batch);
        }

        @Override
        public void flushMemtable(boolean wait) throws RocksDBException {
            before.accept(Call.FLUSH_MEMTABLE);
            calls.flushMemtable(wait);
        }

        @Override
        public void syncLog() throws RocksDBException {
            before.accept(Call.SYNC_LOG);
            calls.syncLog();
        }

        @Override
        public void cancelBackgroundWork(boolean wait) {
            before.accept(wait ? Call.END_BACKGROUND_WORK : Call.HURRY_BACKGROUND_WORK);
            calls.cancelBackgroundWork(wait);
        }

        @Override
        public boolean hasChildren() {
            before.accept(Call.CHILDREN);
            return calls.hasChildren();
        }

        @Override
        public void closeDatabase() throws RocksDBException {
            try {
                before.accept(Call.CLOSE_DATABASE);
            } finally {
                // As RocksDB does it: gone even if it throws.
                calls.closeDatabase();
            }
        }

        @Override
        public void freeOptions() {
            try {
                before.accept(Call.FREE_OPTIONS);
            } finally {
                calls.freeOptions();
            }
        }
    }
}
