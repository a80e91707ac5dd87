package io.daybook.benchmarks.peers;

import io.daybook.benchmarks.EntryReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;

/** Gets one by one, and scans by an iterator that reads ahead. */
final class RocksReader implements EntryReader {
    private static final int ENTRY_BYTES_MAX = 1 << 20;
    private static final long READ_AHEAD_BYTES = 256 << 10;

    private final RocksDB database;
    private final ReadOptions gets = new ReadOptions();
    private final ReadOptions scans = new ReadOptions().setReadaheadSize(READ_AHEAD_BYTES);
    private final ByteBuffer key = ByteBuffer.allocateDirect(RocksStore.KEY_BYTES);
    private final ByteBuffer value = ByteBuffer.allocateDirect(ENTRY_BYTES_MAX).order(ByteOrder.LITTLE_ENDIAN);

    RocksReader(RocksDB database) {
        this.database = database;
    }

    @Override
    public int read(long ledgerId, long entryId) throws IOException {
        int length;
        try {
            length = database.get(gets, RocksStore.key(key, ledgerId, entryId), value.clear());
        } catch (RocksDBException e) {
            throw new IOException(e);
        }
        if (length < 0) {
            throw new IOException("ledger " + ledgerId + " entry " + entryId + " is not there");
        }
        EntryReader.check(ledgerId, entryId, value.getLong(0));
        return length;
    }

    @Override
    public long scan(long ledgerId, long firstEntryId, long lastEntryId) throws IOException {
        long bytes = 0;
        try (RocksIterator entries = database.newIterator(scans)) {
            entries.seek(RocksStore.key(key, ledgerId, firstEntryId));
            for (long entryId = firstEntryId; entryId <= lastEntryId; entryId++, entries.next()) {
                if (!entries.isValid()
                        || entries.key(key.clear()) != RocksStore.KEY_BYTES
                        || key.getLong(8) != entryId) {
                    throw new IOException("ledger " + ledgerId + " entry " + entryId + " is not there");
                }
                int length = entries.value(value.clear());
                EntryReader.check(ledgerId, entryId, value.getLong(0));
                bytes += length;
            }
        }
        return bytes;
    }

    @Override
    public void close() {
        gets.close();
        scans.close();
    }
}
