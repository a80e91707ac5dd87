package io.daybook.journal;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A piece of memory that mirrors a range of a segment: frames are built in it, written from it, and read from it for as long
 * as it stays in the {@link TailCache}.
 *
 * <p>Counted by its {@link ByteBuf}: the cache owns one reference, each slice in a reader's hands another one. The memory is
 * used for another range only when the cache's reference is the only one, see {@link TailCache}.
 */
final class Chunk {
    /** Leak detection is off for this one: it is freed by count when the journal closes, long after any scope ended. */
    private static final UnpooledByteBufAllocator ALLOCATOR = new UnpooledByteBufAllocator(true, true);

    final ByteBuf memory;
    /** The same memory, little-endian, from 0 to capacity; its position is never used. */
    final ByteBuffer bytes;

    final int capacity;

    /** Where the range lies; null while the memory is being reused or freed. */
    volatile Range range;

    /** Intake lock: next free byte. */
    int position;

    /** Committer's view for writing. */
    final ByteBuffer writeView;

    /**
     * A range of a segment.
     *
     * @param segmentId the segment
     * @param from offset of the chunk's first byte
     * @param to offset behind its last
     */
    record Range(long segmentId, long from, long to) {}

    Chunk(int capacity, int blockBytes) {
        ByteBuf raw = ALLOCATOR.directBuffer(capacity + blockBytes, capacity + blockBytes);
        ByteBuffer whole = raw.nioBuffer(0, capacity + blockBytes);
        int misaligned = (int) (address(raw, whole) & (blockBytes - 1));
        int skip = misaligned == 0 ? 0 : blockBytes - misaligned;
        this.memory = raw.slice(skip, capacity);
        this.bytes = raw.nioBuffer(skip, capacity).order(ByteOrder.LITTLE_ENDIAN);
        this.writeView = bytes.duplicate();
        this.capacity = capacity;
    }

    private static long address(ByteBuf raw, ByteBuffer whole) {
        return raw.hasMemoryAddress() ? raw.memoryAddress() : whole.alignmentOffset(0, 4096);
    }

    /** A fresh view for a thread of its own. */
    ByteBuffer view() {
        return bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    }

    boolean tryRetain() {
        try {
            memory.retain();
            return true;
        } catch (io.netty.util.IllegalReferenceCountException e) {
            return false;
        }
    }
}
