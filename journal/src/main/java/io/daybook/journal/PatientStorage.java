package io.daybook.journal;

import io.daybook.storage.DirectoryLock;
import io.daybook.storage.Storage;
import io.daybook.storage.StorageFile;
import java.io.IOException;
import java.util.List;

/** A directory of which a device cannot read every block: its files are {@linkplain PatientFile patient}. For looking only. */
final class PatientStorage implements Storage {
    private final Storage storage;
    private final Listener listener;

    /** Told of blocks that cannot be read, of each perhaps several times. */
    @FunctionalInterface
    interface Listener {
        /** A block, or a part of one. */
        void unreadable(String name, long offset, IOException cause);
    }

    PatientStorage(Storage storage, Listener listener) {
        this.storage = storage;
        this.listener = listener;
    }

    @Override
    public StorageFile open(String name, Access access) throws IOException {
        if (access != Access.READ) {
            throw forLookingOnly();
        }
        return new PatientFile(storage.open(name, access), (offset, cause) -> listener.unreadable(name, offset, cause));
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
    public String description() {
        return storage.description();
    }

    @Override
    public StorageFile create(String name) {
        throw forLookingOnly();
    }

    @Override
    public void rename(String from, String to) {
        throw forLookingOnly();
    }

    @Override
    public void delete(String name) {
        throw forLookingOnly();
    }

    @Override
    public void syncDirectory() {
        throw forLookingOnly();
    }

    @Override
    public Storage directory(String name, boolean create) {
        throw forLookingOnly();
    }

    @Override
    public DirectoryLock lock() {
        throw forLookingOnly();
    }

    private static UnsupportedOperationException forLookingOnly() {
        return new UnsupportedOperationException("for looking only");
    }
}
