package io.daybook.journal;

import io.daybook.storage.Storage;
import io.daybook.storage.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The directory of segments: makes, opens and checks segment files. <b>Thread-safe.</b> */
final class SegmentDirectory {
    /** How much is read at a time where nothing else is known of a file. */
    private static final int BLOCKS_BYTES = 1 << 16;

    private final Storage storage;
    private final StoreId store;
    private int blockBytes;

    SegmentDirectory(Storage storage, StoreId store) {
        this.storage = storage;
        this.store = store;
    }

    /**
     * The unit of what is written. Asked once: who cannot tell, as for want of file descriptors, says the least, and headers must
     * say what frames are then written by.
     */
    synchronized int blockBytes() {
        if (blockBytes == 0) {
            blockBytes = storage.blockBytes();
        }
        return blockBytes;
    }

    Storage storage() {
        return storage;
    }

    String path(long segmentId) {
        return storage.description() + "/" + SegmentFormat.name(segmentId);
    }

    /** Makes a segment file with its header; durable on return, directory included. */
    StorageFile create(SegmentEntry entry, long capacity) throws IOException {
        String name = SegmentFormat.name(entry.id());
        StorageFile file = storage.create(name);
        try {
            file.writeFully(SegmentFormat.header(entry, store, capacity, blockBytes(), false), 0);
            file.sync(true);
            storage.syncDirectory();
            return file;
        } catch (Throwable e) {
            closeAfter(e, file);
            deleteAfter(e, name);
            throw e;
        }
    }

    /** Makes a segment of a file that had another life; durable on return, directory included. */
    StorageFile recycle(String oldName, SegmentEntry entry, long capacity) throws IOException {
        // Its present name first: a crash could bring back the former one, which would be a segment with a damaged
        // header.
        storage.syncDirectory();
        StorageFile old = storage.open(oldName, Storage.Access.WRITE);
        try (old) {
            old.writeFully(SegmentFormat.header(entry, store, capacity, blockBytes(), true), 0);
            old.sync(true);
        }
        String name = SegmentFormat.name(entry.id());
        storage.rename(oldName, name);
        storage.syncDirectory();
        return storage.open(name, Storage.Access.WRITE);
    }

    /** Closes what is of no use after a failure. */
    static void closeAfter(Throwable failure, StorageFile file) {
        try {
            file.close();
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
    }

    private void deleteAfter(Throwable failure, String name) {
        try {
            storage.delete(name);
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
    }

    /** Opens a listed segment for reading and checks its header. */
    StorageFile open(SegmentEntry entry) throws IOException {
        String name = SegmentFormat.name(entry.id());
        if (!storage.exists(name)) {
            throw JournalException.damaged(path(entry.id()), entry.id(), 0, "listed segment is missing");
        }
        StorageFile file = storage.open(name, Storage.Access.READ);
        try {
            ByteBuffer block = ByteBuffer.allocate(SegmentFormat.HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
            int read = file.readFully(block, 0);
            SegmentFormat.check(block, read, entry, store, path(entry.id()));
            return file;
        } catch (Throwable e) {
            closeAfter(e, file);
            throw e;
        }
    }

    /** The unit that the frames of an open segment begin at: that of the file system it was made on, not of this one. */
    int blockBytes(StorageFile segment) throws IOException {
        return header(segment).getInt(SegmentFormat.BLOCK_OFFSET);
    }

    /** Whether the blocks of an open segment may hold what was written in another life of its file. */
    boolean isRecycled(StorageFile segment) throws IOException {
        return SegmentFormat.isRecycled(header(segment));
    }

    private static ByteBuffer header(StorageFile segment) throws IOException {
        ByteBuffer block = ByteBuffer.allocate(SegmentFormat.HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        segment.readFully(block, 0);
        return block;
    }

    /** What the header of an unlisted file says; null if it has no whole header of this store. */
    SegmentEntry probe(long segmentId) throws IOException {
        try (StorageFile file = storage.open(SegmentFormat.name(segmentId), Storage.Access.READ)) {
            ByteBuffer block = ByteBuffer.allocate(SegmentFormat.HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
            int read = file.readFully(block, 0);
            if (read < SegmentFormat.HEADER_BYTES) {
                return null;
            }
            long nonce = block.getLong(SegmentFormat.NONCE_OFFSET);
            int kind = SegmentFormat.kind(block);
            SegmentEntry entry = kind == SegmentEntry.Kind.COPIED.code()
                    ? SegmentEntry.copy(segmentId, nonce)
                    : kind == SegmentEntry.Kind.LEDGERS.code()
                            ? SegmentEntry.ledgers(segmentId, nonce)
                            : SegmentEntry.open(segmentId, nonce);
            try {
                SegmentFormat.check(block, read, entry, store, path(segmentId));
                return entry;
            } catch (JournalException e) {
                return null;
            }
        }
    }

    /**
     * Where a frame of this segment begins in a file whose header is not whole, -1: nowhere, or the header is whole and says that
     * it is another file. By its number and place alone, as the header would have the nonce that its checksum needs.
     */
    long frameWithoutHeader(long segmentId) throws IOException {
        int block = blockBytes();
        try (StorageFile file = storage.open(SegmentFormat.name(segmentId), Storage.Access.READ)) {
            if (SegmentFormat.isWhole(header(file))) {
                return -1;
            }
            ByteBuffer blocks =
                    ByteBuffer.allocate(Math.max(block, BLOCKS_BYTES)).order(ByteOrder.LITTLE_ENDIAN);
            int read = blocks.capacity();
            for (long base = 0; read == blocks.capacity(); base += read) {
                read = file.readFully(blocks.clear(), base);
                for (int at = 0; at + FrameFormat.HEADER_BYTES <= read; at += block) {
                    if (blocks.getInt(at + FrameFormat.MAGIC_OFFSET) == FrameFormat.MAGIC
                            && blocks.getLong(at + FrameFormat.SEGMENT_OFFSET) == segmentId
                            && blocks.getLong(at + FrameFormat.PLACE_OFFSET) == base + at) {
                        return base + at;
                    }
                }
            }
            return -1;
        }
    }

    /** Marks a segment as damaged; durable on return. */
    void mark(long segmentId) throws IOException {
        String name = SegmentFormat.damagedName(segmentId);
        if (!storage.exists(name)) {
            storage.create(name).close();
        }
        storage.syncDirectory();
    }

    boolean isMarked(long segmentId) throws IOException {
        return storage.exists(SegmentFormat.damagedName(segmentId));
    }

    void delete(long segmentId) throws IOException {
        String name = SegmentFormat.name(segmentId);
        if (storage.exists(name)) {
            storage.delete(name);
        }
    }
}
