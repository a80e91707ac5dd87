package io.daybook.engine.processes;

import io.daybook.engine.EngineConfig;
import io.daybook.engine.lifecycle.Environment;
import io.daybook.engine.lifecycle.RocksIndexStore;
import io.daybook.index.IndexOptions;
import io.daybook.journal.JournalClock;
import io.daybook.storage.ForwardingStorage;
import io.daybook.storage.NioStorage;
import io.daybook.storage.Storage;
import io.daybook.storage.StorageFile;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;

/** A real disk whose syncs of files may fail or be left out. The index has a disk of its own, which does sync. */
public final class HookedSyncs extends ForwardingStorage {
    private final Hook hook;

    /** Asked before a file is synced. */
    @FunctionalInterface
    public interface Hook {
        /** Whether to sync a file of this name; throws: the sync failed. */
        boolean syncs(String name) throws IOException;
    }

    private HookedSyncs(Storage storage, Hook hook) {
        super(storage);
        this.hook = hook;
    }

    /** What an engine stands on. */
    public static Environment environment(EngineConfig config, Hook hook) throws IOException {
        Storage root = new HookedSyncs(NioStorage.at(config.directory(), true), hook);
        IndexOptions options = new IndexOptions(8 << 20, 2 << 20, false, false, 64, Duration.ofSeconds(10), 64 << 10);
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
        return new HookedFile(super.create(name));
    }

    @Override
    public StorageFile open(String name, Access access) throws IOException {
        return new HookedFile(super.open(name, access));
    }

    @Override
    public Storage directory(String name, boolean create) throws IOException {
        return new HookedSyncs(super.directory(name, create), hook);
    }

    /** A file of it. */
    private final class HookedFile extends ForwardingFile {

        HookedFile(StorageFile file) {
            super(file);
        }

        @Override
        public void sync(boolean metadata) throws IOException {
            if (hook.syncs(name())) {
                super.sync(metadata);
            }
        }
    }
}
