package io.daybook.engine.lifecycle;

import io.daybook.storage.DirectoryLock;
import io.daybook.storage.ForwardingStorage;
import io.daybook.storage.Storage;
import io.daybook.storage.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Tells a test of every call before it is made, and knows which files and locks are open. <b>Thread-safe.</b> */
final class WatchedStorage extends ForwardingStorage {

    /** Told of {@code "operation name"}, on the thread that calls; may wait or throw. */
    @FunctionalInterface
    interface Watch {
        void before(String event) throws IOException;
    }

    private final Watch watch;
    private final Set<Object> open;

    private WatchedStorage(Storage storage, Watch watch, Set<Object> open) {
        super(storage);
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
        return new WatchedFile(super.create(name));
    }

    @Override
    public StorageFile open(String name, Access access) throws IOException {
        watch.before("open " + name);
        return new WatchedFile(super.open(name, access));
    }

    @Override
    public List<String> list() throws IOException {
        watch.before("list");
        return super.list();
    }

    @Override
    public void rename(String from, String to) throws IOException {
        watch.before("rename " + from);
        super.rename(from, to);
    }

    @Override
    public void delete(String name) throws IOException {
        watch.before("delete " + name);
        super.delete(name);
    }

    @Override
    public void syncDirectory() throws IOException {
        watch.before("syncDirectory");
        super.syncDirectory();
    }

    @Override
    public Storage directory(String name, boolean create) throws IOException {
        watch.before("directory " + name);
        return new WatchedStorage(super.directory(name, create), watch, open);
    }

    @Override
    public long freeBytes() throws IOException {
        watch.before("freeBytes");
        return super.freeBytes();
    }

    @Override
    public DirectoryLock lock() throws IOException {
        watch.before("lock");
        DirectoryLock lock = super.lock();
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

    private final class WatchedFile extends ForwardingFile {

        WatchedFile(StorageFile file) {
            super(file);
            open.add(this);
        }

        @Override
        public int writeAt(ByteBuffer source, long position) throws IOException {
            watch.before("write " + name());
            return super.writeAt(source, position);
        }

        @Override
        public int readAt(ByteBuffer target, long position) throws IOException {
            watch.before("read " + name());
            return super.readAt(target, position);
        }

        @Override
        public void sync(boolean metadata) throws IOException {
            watch.before("sync " + name());
            super.sync(metadata);
        }

        @Override
        public void truncate(long bytes) throws IOException {
            watch.before("truncate " + name());
            super.truncate(bytes);
        }

        @Override
        public void close() throws IOException {
            try {
                watch.before("close " + name());
            } finally {
                // As with a real file: it is closed even if that fails.
                super.close();
                open.remove(this);
            }
        }

        @Override
        public String toString() {
            return description() + "/" + name();
        }
    }
}
