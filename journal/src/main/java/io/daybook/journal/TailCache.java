package io.daybook.journal;

import io.netty.buffer.ByteBuf;
import java.lang.invoke.VarHandle;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * The chunks: those being filled, those being written, and the newest durable ones, from which tail reads are served without
 * a copy. The oldest durable chunk is evicted when the cache is over its size.
 *
 * <h2>Concurrency</h2>
 * Readers go over an immutable array of chunks, retain the one that covers their place, and only then check that the chunk
 * still covers it. An evicted chunk first loses its range and is reused only if, after that, the cache's reference is the only
 * one: either the reader sees the range gone, or the reuse sees the reader's reference (both sides have a full fence between
 * their write and their read). A chunk that readers keep is left to them and replaced by new memory.
 */
final class TailCache {
    private final int chunkBytes;
    private final int blockBytes;
    private final long cacheBytes;
    /** Guarded by this: in order of first use, oldest first; all that have a range. */
    private final Deque<Chunk> mapped = new ArrayDeque<>();
    /** Guarded by this: ready for reuse. */
    private final List<Chunk> free = new ArrayList<>();

    private volatile Chunk[] visible = new Chunk[0];
    /** Changed under the lock of this, which is held while memory is allocated; whoever only looks does not wait for that. */
    private volatile long mappedBytes;

    private boolean closed;

    TailCache(int chunkBytes, int blockBytes, long cacheBytes) {
        this.chunkBytes = chunkBytes;
        this.blockBytes = blockBytes;
        this.cacheBytes = cacheBytes;
    }

    /** A chunk for the range that begins at a place; {@code bytes} at least. Its content is undefined. */
    synchronized Chunk allocate(long segmentId, long from, long bytes) {
        Chunk chunk = null;
        if (bytes <= chunkBytes && !free.isEmpty()) {
            chunk = free.remove(free.size() - 1);
        }
        if (chunk == null) {
            chunk = new Chunk((int) Math.max(chunkBytes, bytes), blockBytes);
        }
        chunk.position = 0;
        chunk.range = new Chunk.Range(segmentId, from, from + chunk.capacity);
        mapped.addLast(chunk);
        mappedBytes += chunk.capacity;
        publish();
        return chunk;
    }

    /** Evicts the oldest chunks until the cache fits, but none that holds bytes at or behind what is still under way. */
    synchronized void evict(Chunk oldestInUse) {
        if (oldestInUse == null) {
            return;
        }
        boolean changed = false;
        while (mappedBytes > cacheBytes && mapped.size() > 1 && mapped.peekFirst() != oldestInUse) {
            Chunk chunk = mapped.removeFirst();
            mappedBytes -= chunk.capacity;
            retire(chunk);
            changed = true;
        }
        if (changed) {
            publish();
        }
    }

    private void retire(Chunk chunk) {
        chunk.range = null;
        VarHandle.fullFence();
        boolean unshared = chunk.memory.refCnt() == 1;
        if (unshared && chunk.capacity == chunkBytes && !closed && free.size() < 4) {
            free.add(chunk);
        } else {
            chunk.memory.release();
        }
    }

    private void publish() {
        visible = mapped.toArray(new Chunk[0]);
    }

    /** The chunk that covers a range, retained for the caller; null if none does any more. */
    private Chunk find(long segmentId, long from, int length) {
        Chunk[] chunks = visible;
        for (int i = chunks.length - 1; i >= 0; i--) {
            Chunk chunk = chunks[i];
            Chunk.Range range = chunk.range;
            if (range != null
                    && range.segmentId() == segmentId
                    && range.from() <= from
                    && from + length <= range.to()) {
                if (!chunk.tryRetain()) {
                    return null;
                }
                VarHandle.fullFence();
                if (chunk.range == range) {
                    return chunk;
                }
                chunk.memory.release();
                return null;
            }
        }
        return null;
    }

    /** A slice of durable bytes, owned by the caller; null if they are not here any more. */
    ByteBuf slice(long segmentId, long from, int length) {
        Chunk chunk = find(segmentId, from, length);
        if (chunk == null) {
            return null;
        }
        // The reference that find took is the slice's: releasing the slice gives it back.
        Chunk.Range range = chunk.range;
        if (range == null) {
            chunk.memory.release();
            return null;
        }
        return chunk.memory.slice((int) (from - range.from()), length);
    }

    /** Bytes of memory that are mapped. */
    long bytes() {
        return mappedBytes;
    }

    /** Gives up the cache's references; what readers hold stays until they release it. */
    synchronized void close() {
        closed = true;
        for (Chunk chunk : mapped) {
            retire(chunk);
        }
        mapped.clear();
        for (Chunk chunk : free) {
            chunk.memory.release();
        }
        free.clear();
        mappedBytes = 0;
        publish();
    }
}
