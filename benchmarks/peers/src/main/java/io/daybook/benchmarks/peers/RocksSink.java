package io.daybook.benchmarks.peers;

import io.daybook.benchmarks.AppendSink;
import io.daybook.benchmarks.EntryReader;
import io.daybook.benchmarks.GroupCommit;
import io.daybook.benchmarks.LoadShape;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/** RocksDB behind a group commit: batches written with {@code sync}. Key: ledger and entry, big-endian. */
final class RocksSink implements AppendSink {
    private final RocksStore store;
    private final WriteOptions synced = new WriteOptions().setSync(true);
    private final GroupCommit commit;

    private RocksSink(RocksStore store, int entryBytes) {
        this.store = store;
        this.commit = new GroupCommit(new Puts(entryBytes), new Puts(entryBytes), "rocksdb-writer");
    }

    static RocksSink open(Path directory, LoadShape shape, boolean blobs) throws IOException {
        return new RocksSink(RocksStore.open(directory, blobs), shape.entryBytes());
    }

    @Override
    public void append(long ledgerId, long entryId, ByteBuf entry, Completion completion) {
        commit.append(ledgerId, entryId, entry, completion);
    }

    @Override
    public long entriesHeld(int ledgers) {
        long sum = 0;
        try (RocksIterator entries = store.database().newIterator()) {
            for (long ledgerId = 0; ledgerId < ledgers; ledgerId++) {
                entries.seekForPrev(
                        RocksStore.key(ByteBuffer.allocateDirect(RocksStore.KEY_BYTES), ledgerId, Long.MAX_VALUE));
                if (entries.isValid()) {
                    ByteBuffer last = ByteBuffer.wrap(entries.key());
                    sum += last.getLong() == ledgerId ? last.getLong() + 1 : 0;
                }
            }
        }
        return sum;
    }

    @Override
    public EntryReader reader() {
        return new RocksReader(store.database());
    }

    @Override
    public void flush() throws IOException {
        store.flush();
    }

    @Override
    public void close() {
        if (commit.close()) {
            synced.close();
            store.close();
        }
    }

    /** A batch of RocksDB's. */
    private final class Puts implements GroupCommit.Batch {
        private final WriteBatch batch = new WriteBatch();
        private final ByteBuffer key = ByteBuffer.allocateDirect(RocksStore.KEY_BYTES);
        private final ByteBuffer value;

        Puts(int entryBytes) {
            value = ByteBuffer.allocateDirect(entryBytes);
        }

        @Override
        public void add(long ledgerId, long entryId, ByteBuf entry) throws IOException {
            value.clear().limit(entry.readableBytes());
            entry.getBytes(entry.readerIndex(), value);
            try {
                batch.put(RocksStore.key(key, ledgerId, entryId), value.flip());
            } catch (RocksDBException e) {
                throw new IOException(e);
            }
        }

        @Override
        public void write() throws IOException {
            try {
                store.database().write(synced, batch);
                batch.clear();
            } catch (RocksDBException e) {
                throw new IOException(e);
            }
        }

        @Override
        public void close() {
            batch.close();
        }
    }
}
