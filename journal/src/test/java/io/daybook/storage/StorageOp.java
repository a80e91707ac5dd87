package io.daybook.storage;

/** The operations of {@link Storage} and {@link StorageFile} that are counted and that faults hit. */
public enum StorageOp {
    /** {@link Storage#create}. */
    CREATE,
    /** {@link Storage#open}. */
    OPEN,
    /** {@link Storage#list}. */
    LIST,
    /** {@link Storage#rename}. */
    RENAME,
    /** {@link Storage#delete}; of a directory, once for each file and directory in it. */
    DELETE,
    /** {@link Storage#directory} with {@code create}; a {@link #SYNC_DIRECTORY} follows it. */
    MAKE_DIRECTORY,
    /** {@link Storage#syncDirectory}. */
    SYNC_DIRECTORY,
    /** {@link StorageFile#writeAt}. */
    WRITE,
    /** {@link StorageFile#readAt}. */
    READ,
    /** {@link StorageFile#sync}. */
    SYNC,
    /** {@link StorageFile#truncate}. */
    TRUNCATE;

    /** Whether a crash before and a crash after it can differ. */
    public boolean changes() {
        return this != OPEN && this != LIST && this != READ;
    }
}
