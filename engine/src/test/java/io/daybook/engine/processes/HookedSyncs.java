package io.daybook.engine.processes;

import io.daybook.engine.EngineConfig;
import io.daybook.engine.lifecycle.Environment;
import io.daybook.engine.lifecycle.RocksIndexStore;
import io.daybook.index.IndexOptions;
import io.daybook.journal.JournalClock;
import io.daybook.storage.DirectoryLock;
import io.daybook.storage.NioStorage;
import io.daybook.storage.Storage;
import io.daybook.storage.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;

/** A real disk whose syncs of files may fail or be left out. The index has a disk of its own, which does sync. */
public final class HookedSyncs implements Storage {
    private final Storage storage;
    private final Hook hook;

    /** Asked before a file is synced. */
    @FunctionalInterface
    public interface Hook {
        /** Whether to sync a file of this name; throws: the sync failed. */
        boolean syncs(String name) throws IOException;
    }

    private HookedSyncs(Storage storage, Hook hook) {
        this.storage = storage;
        this.hook = hook;
    }

    /** What an engine stands on. */
    public static Environment environment(EngineConfig config, Hook hook) throws IOException {
        Storage root = new HookedSyncs(NioStorage.at(config.directory(), true), hook);
        IndexOptions options = new IndexOptions(8 << 20, 2 << 20, false, false, 64, Duration.ofSeconds(10));
        return new Environment(
                root,
                root.directory("journal", true),
                new RocksIndexStore(root, config.directory(), options, config.name()),
                JournalClock.SYSTEM,
                new SecureRandom(),
                true,
                4096,
                64 << 20,
                4);
    }

    @Override
    public StorageFile create(String name) throws IOException {
        return new HookedFile(storage.create(name));
    }

    @Override
    public StorageFile open(String name, Access access) throws IOException {
        return new HookedFile(storage.open(name, access));
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
        return new HookedSyncs(storage.directory(name, create), hook);
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

    /** A file of it. */
    private final class HookedFile implements StorageFile {
        private final StorageFile file;

        HookedFile(StorageFile file) {
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
            if (hook.syncs(name())) {
                file.sync(metadata);
            }
        }

        @Override
        public void truncate(long bytes) throws IOException {
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
