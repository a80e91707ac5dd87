package io.daybook.journal;

/**
 * Settings of a journal. The engine derives them from its own.
 *
 * @param deferred true: frames complete when written, and are synced at {@code deferredSyncBytes} or {@code deferredSyncNanos}
 * @param segmentBytes size of a segment in bytes
 * @param chunkBytes size of a piece of memory that frames are built in
 * @param frameBytesMax largest frame in bytes, header included
 * @param inFlightBytesMax accepted and not completed bytes at which reservations wait
 * @param tailCacheBytes memory for durable frames that tail reads are served from
 * @param groupWaitNanos how long a group commit waits for more
 * @param deferredSyncBytes written bytes after which a deferred journal syncs
 * @param deferredSyncNanos time after which a deferred journal syncs
 * @param idleSealNanos idle time after which the newest frames are covered by a seal
 * @param reserveBytes free bytes that must remain when a segment is prepared
 */
public record JournalOptions(
        boolean deferred,
        long segmentBytes,
        int chunkBytes,
        int frameBytesMax,
        long inFlightBytesMax,
        long tailCacheBytes,
        long groupWaitNanos,
        long deferredSyncBytes,
        long deferredSyncNanos,
        long idleSealNanos,
        long reserveBytes) {}
