package io.daybook.storage;

import java.util.EnumSet;
import java.util.Set;

/** What can go wrong in one operation of a {@link SimStorage}. */
public enum StorageFault {
    /** A write or truncation fails; any prefix of a write may have reached the page cache (F8). */
    EIO_WRITE(StorageOp.WRITE, StorageOp.TRUNCATE),
    /** A read fails (F8). */
    EIO_READ(StorageOp.READ),
    /** A sync fails after an arbitrary part became durable; all is still readable, and the next sync says OK (F6). */
    EIO_SYNC_KEPT(StorageOp.SYNC),
    /** A sync fails after an arbitrary part became durable; the rest reads as before the writes (F6, Btrfs). */
    EIO_SYNC_REVERTED(StorageOp.SYNC),
    /** A directory sync fails after an arbitrary part became durable; the next one says OK. */
    EIO_SYNC_DIRECTORY(StorageOp.SYNC_DIRECTORY),
    /** The file system is full at a write (F7). */
    NO_SPACE_WRITE(StorageOp.WRITE, StorageOp.TRUNCATE),
    /** The file system is full when a name is made (F7). */
    NO_SPACE_CREATE(StorageOp.CREATE, StorageOp.MAKE_DIRECTORY, StorageOp.RENAME),
    /** The file system is full at a sync (delayed allocation), otherwise as {@link #EIO_SYNC_KEPT} (F7). */
    NO_SPACE_SYNC(StorageOp.SYNC),
    /** The process has no descriptors left (F7). */
    TOO_MANY_FILES(StorageOp.CREATE, StorageOp.OPEN, StorageOp.LIST),
    /** A write of more than one byte takes only some (F10). */
    SHORT_WRITE(StorageOp.WRITE),
    /** A read of more than one byte gives only some (F10). */
    SHORT_READ(StorageOp.READ),
    /**
     * The machine stops in this operation: it and all later ones throw {@link SimStorage.StoppedException}. A write may
     * have reached the page cache in part. What the disk holds then is a matter of {@link SimStorage#crash}.
     */
    STOP(StorageOp.values());

    private final Set<StorageOp> ops = EnumSet.noneOf(StorageOp.class);

    StorageFault(StorageOp... ops) {
        this.ops.addAll(Set.of(ops));
    }

    /** Whether this can happen in such an operation. */
    public boolean hits(StorageOp op) {
        return ops.contains(op);
    }
}
