package io.daybook.storage;

import java.util.EnumSet;
import java.util.Set;

/** What can go wrong in one operation of a {@link SimStorage}. */
public enum StorageFault {
    /** A write or truncation fails; any prefix of a write may have reached the page cache (F8). */
    EIO_WRITE(FaultId.F8, StorageOp.WRITE, StorageOp.TRUNCATE),
    /** A read fails (F8). */
    EIO_READ(FaultId.F8, StorageOp.READ),
    /** A sync fails after an arbitrary part became durable; all is still readable, and the next sync says OK (F6). */
    EIO_SYNC_KEPT(FaultId.F6, StorageOp.SYNC),
    /** A sync fails after an arbitrary part became durable; the rest reads as before the writes (F6, Btrfs). */
    EIO_SYNC_REVERTED(FaultId.F6, StorageOp.SYNC),
    /**
     * A sync says OK though only an arbitrary part became durable, and the next one of that file fails (F6). Between the two
     * the disk lies, which nothing above it can see; {@link SimStorage#heal} makes durable what was promised.
     */
    EIO_SYNC_LATE(FaultId.F6, StorageOp.SYNC),
    /** A directory sync fails after an arbitrary part became durable; the next one says OK. */
    EIO_SYNC_DIRECTORY(FaultId.F6, StorageOp.SYNC_DIRECTORY),
    /** The file system is full at a write (F7). */
    NO_SPACE_WRITE(FaultId.F7, StorageOp.WRITE, StorageOp.TRUNCATE),
    /** The file system is full when a name is made (F7). */
    NO_SPACE_CREATE(FaultId.F7, StorageOp.CREATE, StorageOp.MAKE_DIRECTORY, StorageOp.RENAME),
    /** The file system is full at a sync (delayed allocation), otherwise as {@link #EIO_SYNC_KEPT} (F7). */
    NO_SPACE_SYNC(FaultId.F7, StorageOp.SYNC),
    /** The process has no descriptors left (F7). */
    TOO_MANY_FILES(FaultId.F7, StorageOp.CREATE, StorageOp.OPEN, StorageOp.LIST),
    /** A write of more than one byte takes only some (F10). */
    SHORT_WRITE(FaultId.F10, StorageOp.WRITE),
    /** A read of more than one byte gives only some (F10). */
    SHORT_READ(FaultId.F10, StorageOp.READ),
    /** A write takes nothing and says so (F10). */
    ZERO_WRITE(FaultId.F10, StorageOp.WRITE),
    /** A read before the end of the file gives nothing (F10). */
    ZERO_READ(FaultId.F10, StorageOp.READ),
    /** A sync takes so long as the hook of {@link SimStorage#onSlowSync} says, then goes well (F13). */
    SLOW_SYNC(FaultId.F13, StorageOp.SYNC, StorageOp.SYNC_DIRECTORY),
    /**
     * The machine stops in this operation: it and all later ones throw {@link SimStorage.StoppedException}. A write may
     * have reached the page cache in part. What the disk holds then is a matter of {@link SimStorage#crash}.
     */
    STOP(null, StorageOp.values());

    private final FaultId id;
    private final Set<StorageOp> ops = EnumSet.noneOf(StorageOp.class);

    StorageFault(FaultId id, StorageOp... ops) {
        this.id = id;
        this.ops.addAll(Set.of(ops));
    }

    /** What it counts as, null: as what the crash does that follows. */
    FaultId id() {
        return id;
    }

    /** Whether this can happen in such an operation. */
    public boolean hits(StorageOp op) {
        return ops.contains(op);
    }
}
