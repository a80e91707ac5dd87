package io.daybook.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;

/** Counts what passes to another storage; directories inside it count with it. <b>Thread-safe.</b> */
public final class CountingStorage implements Storage {
    private final Storage storage;
    private final Counts counts;

    private CountingStorage(Storage storage, Counts counts) {
        this.storage = storage;
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
        return new CountingFile(storage.create(name), counts);
    }

    @Override
    public StorageFile open(String name, Access access) throws IOException {
        counts.add(StorageOp.OPEN);
        return new CountingFile(storage.open(name, access), counts);
    }

    @Override
    public List<String> list() throws IOException {
        counts.add(StorageOp.LIST);
        return storage.list();
    }

    @Override
    public boolean exists(String name) throws IOException {
        return storage.exists(name);
    }

    @Override
    public void rename(String from, String to) throws IOException {
        counts.add(StorageOp.RENAME);
        storage.rename(from, to);
    }

    @Override
    public void delete(String name) throws IOException {
        counts.add(StorageOp.DELETE);
        storage.delete(name);
    }

    @Override
    public void syncDirectory() throws IOException {
        counts.add(StorageOp.SYNC_DIRECTORY);
        storage.syncDirectory();
    }

    @Override
    public Storage directory(String name, boolean create) throws IOException {
        if (create) {
            counts.add(StorageOp.MAKE_DIRECTORY);
            counts.add(StorageOp.SYNC_DIRECTORY);
        }
        return new CountingStorage(storage.directory(name, create), counts);
    }

    @Override
    public long freeBytes() throws IOException {
        return storage.freeBytes();
    }

    @Override
    public long totalBytes() throws IOException {
        return storage.totalBytes();
    }

    @Override
    public int blockBytes() {
        return storage.blockBytes();
    }

    @Override
    public DirectoryLock lock() throws IOException {
        return storage.lock();
    }

    @Override
    public String description() {
        return storage.description();
    }

    private static final class Counts {
        final AtomicLongArray ops = new AtomicLongArray(StorageOp.values().length);
        final AtomicLong written = new AtomicLong();
        final AtomicLong read = new AtomicLong();

        void add(StorageOp op) {
            ops.incrementAndGet(op.ordinal());
        }
    }

    private static final class CountingFile implements StorageFile {
        private final StorageFile file;
        private final Counts counts;

        CountingFile(StorageFile file, Counts counts) {
            this.file = file;
            this.counts = counts;
        }

        @Override
        public int writeAt(ByteBuffer source, long position) throws IOException {
            counts.add(StorageOp.WRITE);
            int written = file.writeAt(source, position);
            counts.written.addAndGet(written);
            return written;
        }

        @Override
        public int readAt(ByteBuffer target, long position) throws IOException {
            counts.add(StorageOp.READ);
            int read = file.readAt(target, position);
            counts.read.addAndGet(Math.max(0, read));
            return read;
        }

        @Override
        public void sync(boolean metadata) throws IOException {
            counts.add(StorageOp.SYNC);
            file.sync(metadata);
        }

        @Override
        public void truncate(long bytes) throws IOException {
            counts.add(StorageOp.TRUNCATE);
            file.truncate(bytes);
        }

        @Override
        public long size() throws IOException {
            return file.size();
        }

        @Override
        public String name() {
            return file.name();
        }

        @Override
        public void close() throws IOException {
            file.close();
        }
    }
}
