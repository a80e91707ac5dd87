package io.daybook.index;

import java.time.Duration;

/**
 * How an index is opened.
 *
 * @param memoryBytes bound on RocksDB's block cache; memtables, index and filter blocks are charged to it
 * @param writeBufferBytes bound on memtables, a part of {@code memoryBytes}: at most half of it
 * @param manualWalFlush whether the write-ahead log is buffered in the process until {@link LocationIndex#sync}; a killed
 *     process then loses batches (a suffix), which replay gives back
 * @param readOnly opens what is there and changes no byte; no other process or instance is kept away
 * @param openFilesMax bound on table files that RocksDB keeps open; a read-only index opens all there are
 * @param closeDeadline how long {@link LocationIndex#close} waits for calls in progress; past it native memory is leaked
 * @param rowCacheBytes bound on bucket rows kept on the heap, on top of {@code memoryBytes}; 0: none are
 */
public record IndexOptions(
        long memoryBytes,
        long writeBufferBytes,
        boolean manualWalFlush,
        boolean readOnly,
        int openFilesMax,
        Duration closeDeadline,
        long rowCacheBytes) {

    private static final long MEMORY_BYTES_MIN = 1 << 20;

    /**
     * Checks the ranges.
     *
     * @param memoryBytes see {@link #memoryBytes()}
     * @param writeBufferBytes see {@link #writeBufferBytes()}
     * @param manualWalFlush see {@link #manualWalFlush()}
     * @param readOnly see {@link #readOnly()}
     * @param openFilesMax see {@link #openFilesMax()}
     * @param closeDeadline see {@link #closeDeadline()}
     * @param rowCacheBytes see {@link #rowCacheBytes()}
     */
    public IndexOptions {
        if (memoryBytes < 2 * MEMORY_BYTES_MIN) {
            throw new IllegalArgumentException("memoryBytes " + memoryBytes + " is below " + 2 * MEMORY_BYTES_MIN);
        }
        if (writeBufferBytes < MEMORY_BYTES_MIN || writeBufferBytes > memoryBytes / 2) {
            throw new IllegalArgumentException("writeBufferBytes " + writeBufferBytes + " is not in " + MEMORY_BYTES_MIN
                    + ".." + memoryBytes / 2 + ", half of memoryBytes");
        }
        if (openFilesMax < 16) {
            throw new IllegalArgumentException("openFilesMax " + openFilesMax + " is below 16");
        }
        if (closeDeadline == null || closeDeadline.isNegative()) {
            throw new IllegalArgumentException("closeDeadline " + closeDeadline + " is none");
        }
        if (rowCacheBytes < 0) {
            throw new IllegalArgumentException("rowCacheBytes " + rowCacheBytes + " is below 0");
        }
    }

    /**
     * Options with 96 MiB of memory, 32 MiB of it for memtables, 32 MiB for rows on the heap, and 10 s to close.
     *
     * @return the defaults
     */
    public static IndexOptions defaults() {
        return new IndexOptions(96L << 20, 32L << 20, false, false, 512, Duration.ofSeconds(10), 32L << 20);
    }

    /**
     * These options with another memory bound, a third of it for memtables.
     *
     * @param bytes see {@link #memoryBytes}
     * @return new options
     */
    public IndexOptions withMemoryBytes(long bytes) {
        return new IndexOptions(
                bytes,
                Math.max(MEMORY_BYTES_MIN, bytes / 3),
                manualWalFlush,
                readOnly,
                openFilesMax,
                closeDeadline,
                rowCacheBytes);
    }

    /**
     * These options with the log buffered in the process or not.
     *
     * @param manual see {@link #manualWalFlush}
     * @return new options
     */
    public IndexOptions withManualWalFlush(boolean manual) {
        return new IndexOptions(
                memoryBytes, writeBufferBytes, manual, readOnly, openFilesMax, closeDeadline, rowCacheBytes);
    }

    /**
     * These options, read-only or not.
     *
     * @param only see {@link #readOnly}
     * @return new options
     */
    public IndexOptions withReadOnly(boolean only) {
        return new IndexOptions(
                memoryBytes, writeBufferBytes, manualWalFlush, only, openFilesMax, closeDeadline, rowCacheBytes);
    }

    /**
     * These options with another deadline for close.
     *
     * @param deadline see {@link #closeDeadline}
     * @return new options
     */
    public IndexOptions withCloseDeadline(Duration deadline) {
        return new IndexOptions(
                memoryBytes, writeBufferBytes, manualWalFlush, readOnly, openFilesMax, deadline, rowCacheBytes);
    }

    /**
     * These options with another bound on rows on the heap.
     *
     * @param bytes see {@link #rowCacheBytes}
     * @return new options
     */
    public IndexOptions withRowCacheBytes(long bytes) {
        return new IndexOptions(
                memoryBytes, writeBufferBytes, manualWalFlush, readOnly, openFilesMax, closeDeadline, bytes);
    }
}
