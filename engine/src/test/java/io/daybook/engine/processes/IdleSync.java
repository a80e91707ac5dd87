package io.daybook.engine.processes;

import io.daybook.engine.EngineConfig;
import io.daybook.engine.LedgerEngine;
import io.daybook.engine.TestEngines;
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

/** A disk that says "synced" and does nothing: what a test of power cuts must find out. The index still syncs. */
final class IdleSync implements Storage {
    private final Storage storage;

    private IdleSync(Storage storage) {
        this.storage = storage;
    }

    static LedgerEngine open(EngineConfig config) throws IOException {
        Storage root = new IdleSync(NioStorage.at(config.directory(), true));
        IndexOptions options = new IndexOptions(8 << 20, 2 << 20, false, false, 64, Duration.ofSeconds(10));
        return TestEngines.open(
                        config,
                        new Environment(
                                root,
                                root.directory("journal", true),
                                new RocksIndexStore(root, config.directory(), options, config.name()),
                                JournalClock.SYSTEM,
                                new SecureRandom(),
                                true,
                                4096,
                                64 << 20,
                                4))
                .engine();
    }

    @Override
    public StorageFile create(String name) throws IOException {
        return new IdleFile(storage.create(name));
    }

    @Override
    public StorageFile open(String name, Access access) throws IOException {
        return new IdleFile(storage.open(name, access));
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
    public void syncDirectory() {
        // That is the mistake.
    }

    @Override
    public Storage directory(String name, boolean create) throws IOException {
        return new IdleSync(storage.directory(name, create));
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
    private static final class IdleFile implements StorageFile {
        private final StorageFile file;

        IdleFile(StorageFile file) {
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
        public void sync(boolean metadata) {
            // That is the mistake.
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
