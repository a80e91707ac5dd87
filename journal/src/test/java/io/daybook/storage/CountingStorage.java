package io.daybook.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;

/** Counts what passes to another storage; directories inside it count with it. <b>Thread-safe.</b> */
public final class CountingStorage extends ForwardingStorage {
    private final Counts counts;

    private CountingStorage(Storage storage, Counts counts) {
        super(storage);
        this.counts = counts;
    }

    /** Counts from zero. */
    public static CountingStorage over(Storage storage) {
        return new CountingStorage(storage, new Counts());
    }

    /** Calls of one kind, failed ones included. */
    public long count(StorageOp op) {
        return counts.ops.get(op.ordinal());
    }

    /** Syncs of files and directories. */
    public long syncs() {
        return count(StorageOp.SYNC) + count(StorageOp.SYNC_DIRECTORY);
    }

    /** Bytes that were written. */
    public long writtenBytes() {
        return counts.written.get();
    }

    /** Bytes that were read. */
    public long readBytes() {
        return counts.read.get();
    }

    @Override
    public StorageFile create(String name) throws IOException {
        counts.add(StorageOp.CREATE);
        return new CountingFile(super.create(name), counts);
    }

    @Override
    public StorageFile open(String name, Access access) throws IOException {
        counts.add(StorageOp.OPEN);
        return new CountingFile(super.open(name, access), counts);
    }

    @Override
    public List<String> list() throws IOException {
        counts.add(StorageOp.LIST);
        return super.list();
    }

    @Override
    public void rename(String from, String to) throws IOException {
        counts.add(StorageOp.RENAME);
        super.rename(from, to);
    }

    @Override
    public void delete(String name) throws IOException {
        counts.add(StorageOp.DELETE);
        super.delete(name);
    }

    @Override
    public void syncDirectory() throws IOException {
        counts.add(StorageOp.SYNC_DIRECTORY);
        super.syncDirectory();
    }

    @Override
    public Storage directory(String name, boolean create) throws IOException {
        if (create) {
            counts.add(StorageOp.MAKE_DIRECTORY);
            counts.add(StorageOp.SYNC_DIRECTORY);
        }
        return new CountingStorage(super.directory(name, create), counts);
    }

    private static final class Counts {
        final AtomicLongArray ops = new AtomicLongArray(StorageOp.values().length);
        final AtomicLong written = new AtomicLong();
        final AtomicLong read = new AtomicLong();

        void add(StorageOp op) {
            ops.incrementAndGet(op.ordinal());
        }
    }

    private static final class CountingFile extends ForwardingFile {
        private final Counts counts;

        CountingFile(StorageFile file, Counts counts) {
            super(file);
            this.counts = counts;
        }

        @Override
        public int writeAt(ByteBuffer source, long position) throws IOException {
            counts.add(StorageOp.WRITE);
            int written = super.writeAt(source, position);
            counts.written.addAndGet(written);
            return written;
        }

        @Override
        public int readAt(ByteBuffer target, long position) throws IOException {
            counts.add(StorageOp.READ);
            int read = super.readAt(target, position);
            counts.read.addAndGet(Math.max(0, read));
            return read;
        }

        @Override
        public void sync(boolean metadata) throws IOException {
            counts.add(StorageOp.SYNC);
            super.sync(metadata);
        }

        @Override
        public void truncate(long bytes) throws IOException {
            counts.add(StorageOp.TRUNCATE);
            super.truncate(bytes);
        }
    }
}
