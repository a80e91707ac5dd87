package io.daybook.engine.model;

import io.daybook.storage.DirectoryLock;
import io.daybook.storage.Storage;
import io.daybook.storage.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/** A directory that does one thing wrong. */
class MutantDisk implements Storage {
    private final Storage right;

    MutantDisk(Storage right) {
        this.right = right;
    }

    /** Whether a sync of a file is done, or only said to be. */
    boolean syncs(String file, boolean metadata) {
        return true;
    }

    /** What is done when a sync of a file failed. */
    void syncFailed(StorageFile file, IOException failure) throws IOException {
        throw failure;
    }

    /** Whether a sync of the directory is done. */
    boolean syncsDirectory() {
        return true;
    }

    /** What a reader is given. */
    void read(ByteBuffer target, int from, int bytes) {}

    private final class File implements StorageFile {
        private final StorageFile to;

        File(StorageFile to) {
            this.to = to;
        }

        @Override
        public int writeAt(ByteBuffer source, long position) throws IOException {
            return to.writeAt(source, position);
        }

        @Override
        public int readAt(ByteBuffer target, long position) throws IOException {
            int from = target.position();
            int bytes = to.readAt(target, position);
            read(target, from, bytes);
            return bytes;
        }

        @Override
        public void sync(boolean metadata) throws IOException {
            if (syncs(name(), metadata)) {
                try {
                    to.sync(metadata);
                } catch (IOException e) {
                    syncFailed(to, e);
                }
            }
        }

        @Override
        public void truncate(long bytes) throws IOException {
            to.truncate(bytes);
        }

        @Override
        public long size() throws IOException {
            return to.size();
        }

        @Override
        public String name() {
            return to.name();
        }

        @Override
        public void close() throws IOException {
            to.close();
        }
    }

    @Override
    public StorageFile create(String name) throws IOException {
        return new File(right.create(name));
    }

    @Override
    public StorageFile open(String name, Access access) throws IOException {
        return new File(right.open(name, access));
    }

    @Override
    public List<String> list() throws IOException {
        return right.list();
    }

    @Override
    public boolean exists(String name) throws IOException {
        return right.exists(name);
    }

    @Override
    public void rename(String from, String to) throws IOException {
        right.rename(from, to);
    }

    @Override
    public void delete(String name) throws IOException {
        right.delete(name);
    }

    @Override
    public void syncDirectory() throws IOException {
        if (syncsDirectory()) {
            right.syncDirectory();
        }
    }

    @Override
    public Storage directory(String name, boolean create) throws IOException {
        return right.directory(name, create);
    }

    @Override
    public long freeBytes() throws IOException {
        return right.freeBytes();
    }

    @Override
    public long totalBytes() throws IOException {
        return right.totalBytes();
    }

    @Override
    public int blockBytes() {
        return right.blockBytes();
    }

    @Override
    public DirectoryLock lock() throws IOException {
        return right.lock();
    }

    @Override
    public String description() {
        return right.description();
    }
}
