package io.daybook.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * Passes every call on to another storage as it is. A subclass overrides what it wants to see or change; {@link #directory} too
 * if directories inside it are to be like it.
 */
public abstract class ForwardingStorage implements Storage {
    private final Storage storage;

    protected ForwardingStorage(Storage storage) {
        this.storage = storage;
    }

    @Override
    public StorageFile create(String name) throws IOException {
        return storage.create(name);
    }

    @Override
    public StorageFile open(String name, Access access) throws IOException {
        return storage.open(name, access);
    }

    @Override
    public List<String> list() throws IOException {
        return storage.list();
    }

    @Override
    public boolean exists(String name) throws IOException {
        return storage.exists(name);
    }

    @Override
    public void rename(String from, String to) throws IOException {
        storage.rename(from, to);
    }

    @Override
    public void delete(String name) throws IOException {
        storage.delete(name);
    }

    @Override
    public void syncDirectory() throws IOException {
        storage.syncDirectory();
    }

    @Override
    public Storage directory(String name, boolean create) throws IOException {
        return storage.directory(name, create);
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

    /** Passes every call on to another file as it is. */
    public abstract static class ForwardingFile implements StorageFile {
        private final StorageFile file;

        protected ForwardingFile(StorageFile file) {
            this.file = file;
        }

        @Override
        public int writeAt(ByteBuffer source, long position) throws IOException {
            return file.writeAt(source, position);
        }

        @Override
        public int readAt(ByteBuffer target, long position) throws IOException {
            return file.readAt(target, position);
        }

        @Override
        public void sync(boolean metadata) throws IOException {
            file.sync(metadata);
        }

        @Override
        public void truncate(long bytes) throws IOException {
            file.truncate(bytes);
        }

        @Override
        public void written(long end) {
            file.written(end);
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
