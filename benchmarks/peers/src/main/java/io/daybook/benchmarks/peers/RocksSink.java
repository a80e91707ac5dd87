package io.daybook.benchmarks.peers;

import io.daybook.benchmarks.AppendSink;
import io.daybook.benchmarks.EntryReader;
import io.daybook.benchmarks.LoadShape;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/**
 * RocksDB behind a group commit of the shape that the raw baseline has: callers put into the batch that gathers, under a lock;
 * one thread writes with {@code sync} what has gathered and completes the callers. Key: ledger and entry, big-endian.
 */
final class RocksSink implements AppendSink {
    /** A caller waits when so many bytes have gathered. */
    private static final long GROUP_BYTES_MAX = 4 << 20;

    // Constant after construction
    private final RocksStore store;
    private final WriteOptions synced = new WriteOptions().setSync(true);
    private final Thread writer;

    // Guarded by lock
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition room = lock.newCondition();
    private final ByteBuffer key = ByteBuffer.allocateDirect(RocksStore.KEY_BYTES);
    private final ByteBuffer value;
    private Group open = new Group();
    private boolean closed;
    private Throwable failure;

    // Confined to the writer
    private Group spare = new Group();

    private RocksSink(RocksStore store, int entryBytes) {
        this.store = store;
        this.value = ByteBuffer.allocateDirect(entryBytes);
        this.writer = new Thread(this::run, "rocksdb-writer");
        writer.setDaemon(true);
    }

    static RocksSink open(Path directory, LoadShape shape, boolean blobs) throws IOException {
        RocksSink sink = new RocksSink(RocksStore.open(directory, blobs), shape.entryBytes());
        sink.writer.start();
        return sink;
    }

    @Override
    public void append(long ledgerId, long entryId, ByteBuf entry, Completion completion) {
        boolean first;
        lock.lock();
        try {
            while (!closed
                    && failure == null
                    && open.bytes > 0
                    && open.bytes + entry.readableBytes() > GROUP_BYTES_MAX) {
                room.awaitUninterruptibly();
            }
            if (closed || failure != null) {
                throw new IllegalStateException("closed or failed", failure);
            }
            RocksStore.key(key.clear(), ledgerId, entryId);
            value.clear().limit(entry.readableBytes());
            entry.getBytes(entry.readerIndex(), value);
            open.add(key, value.flip(), completion);
            first = open.count == 1;
        } catch (RocksDBException e) {
            throw new IllegalStateException(e);
        } finally {
            lock.unlock();
        }
        if (first) {
            LockSupport.unpark(writer);
        }
    }

    private void run() {
        Group group;
        while ((group = take()) != null) {
            Throwable cause = null;
            try {
                store.database().write(synced, group.batch);
            } catch (RocksDBException e) {
                cause = e;
                fail(e);
            }
            group.complete(cause);
            spare = group;
        }
    }

    /** Waits for a group that is not empty and puts the spare one in its place; null: closed and nothing left. */
    private Group take() {
        lock.lock();
        try {
            while (open.count == 0) {
                if (closed) {
                    return null;
                }
                lock.unlock();
                try {
                    LockSupport.park(this);
                } finally {
                    lock.lock();
                }
            }
            Group taken = open;
            open = spare;
            spare = null;
            room.signalAll();
            return taken;
        } finally {
            lock.unlock();
        }
    }

    private void fail(Throwable cause) {
        lock.lock();
        try {
            failure = cause;
            room.signalAll();
        } finally {
            lock.unlock();
        }
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
    public void close() throws IOException {
        lock.lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
            room.signalAll();
        } finally {
            lock.unlock();
        }
        LockSupport.unpark(writer);
        try {
            writer.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
        open.batch.close();
        if (spare != null) {
            spare.batch.close();
        }
        synced.close();
        store.close();
    }

    /** What is written together. */
    private static final class Group {
        private final WriteBatch batch = new WriteBatch();
        private Completion[] completions = new Completion[1024];
        private int count;
        private long bytes;

        void add(ByteBuffer key, ByteBuffer value, Completion completion) throws RocksDBException {
            bytes += value.remaining();
            batch.put(key, value);
            if (count == completions.length) {
                completions = Arrays.copyOf(completions, count * 2);
            }
            completions[count++] = completion;
        }

        void complete(Throwable failure) {
            for (int i = 0; i < count; i++) {
                completions[i].completed(failure);
            }
            batch.clear();
            count = 0;
            bytes = 0;
        }
    }
}
