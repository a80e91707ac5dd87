package io.daybook.engine.model;

import io.daybook.storage.ForwardingStorage;
import io.daybook.storage.Storage;
import io.daybook.storage.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;

/** A directory that does one thing wrong; those inside it do not. */
class MutantDisk extends ForwardingStorage {

    MutantDisk(Storage right) {
        super(right);
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

    private final class File extends ForwardingFile {
        private final StorageFile right;

        File(StorageFile right) {
            super(right);
            this.right = right;
        }

        @Override
        public int readAt(ByteBuffer target, long position) throws IOException {
            int from = target.position();
            int bytes = super.readAt(target, position);
            read(target, from, bytes);
            return bytes;
        }

        @Override
        public void sync(boolean metadata) throws IOException {
            if (syncs(name(), metadata)) {
                try {
                    super.sync(metadata);
                } catch (IOException e) {
                    syncFailed(right, e);
                }
            }
        }
    }

    @Override
    public StorageFile create(String name) throws IOException {
        return new File(super.create(name));
    }

    @Override
    public StorageFile open(String name, Access access) throws IOException {
        return new File(super.open(name, access));
    }

    @Override
    public void syncDirectory() throws IOException {
        if (syncsDirectory()) {
            super.syncDirectory();
        }
    }
}
