package io.daybook.engine.lifecycle;

import io.daybook.storage.DirectoryLock;
import io.daybook.storage.Storage;
import io.daybook.storage.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Tells a test of every call before it is made, and knows which files and locks are open. <b>Thread-safe.</b> */
final class WatchedStorage implements Storage {

    /** Told of {@code "operation name"}, on the thread that calls; may wait or throw. */
    @FunctionalInterface
    interface Watch {
        void before(String event) throws IOException;
    }

    private final Storage storage;
    private final Watch watch;
    private final Set<Object> open;

    private WatchedStorage(Storage storage, Watch watch, Set<Object> open) {
        this.storage = storage;
        this.watch = watch;
        this.open = open;
    }

    WatchedStorage(Storage storage, Watch watch) {
        this(storage, watch, ConcurrentHashMap.newKeySet());
    }

    /** What is open: files and locks, by description. */
    List<String> stillOpen() {
        return open.stream().map(Object::toString).sorted().toList();
    }

    @Override
    public StorageFile create(String name) throws IOException {
        watch.before("create " + name);
        return new WatchedFile(storage.create(name));
    }

    @Override
    public StorageFile open(String name, Access access) throws IOException {
        watch.before("open " + name);
        return new WatchedFile(storage.open(name, access));
    }

    @Override
    public List<String> list() throws IOException {
        watch.before("list");
        return storage.list();
    }

    @Override
    public boolean exists(String name) throws IOException {
        return storage.exists(name);
    }

    @Override
    public void rename(String from, String to) throws IOException {
        watch.before("rename " + from);
        storage.rename(from, to);
    }

    @Override
    public void delete(String name) throws IOException {
        watch.before("delete " + name);
        storage.delete(name);
    }

    @Override
    public void syncDirectory() throws IOException {
        watch.before("syncDirectory");
        storage.syncDirectory();
    }

    @Override
    public Storage directory(String name, boolean create) throws IOException {
        watch.before("directory " + name);
        return new WatchedStorage(storage.directory(name, create), watch, open);
    }

    @Override
    public long freeBytes() throws IOException {
        watch.before("freeBytes");
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
        watch.before("lock");
        DirectoryLock lock = storage.lock();
        open.add(lock);
        return () -> {
            try {
                watch.before("unlock");
            } finally {
                lock.close();
                open.remove(lock);
            }
        };
    }

    @Override
    public String description() {
        return storage.description();
    }

    private final class WatchedFile implements StorageFile {
        private final StorageFile file;

        WatchedFile(StorageFile file) {
            this.file = file;
            open.add(this);
        }

        @Override
        public int writeAt(ByteBuffer source, long position) throws IOException {
            watch.before("write " + name());
            return file.writeAt(source, position);
        }

        @Override
        public int readAt(ByteBuffer target, long position) throws IOException {
            watch.before("read " + name());
            return file.readAt(target, position);
        }

        @Override
        public void sync(boolean metadata) throws IOException {
            watch.before("sync " + name());
            file.sync(metadata);
        }

        @Override
        public void truncate(long bytes) throws IOException {
            watch.before("truncate " + name());
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
            try {
                watch.before("close " + name());
            } finally {
                // As with a real file: it is closed even if that fails.
                file.close();
                open.remove(this);
            }
        }

        @Override
        public String toString() {
            return storage.description() + "/" + name();
        }
    }
}
