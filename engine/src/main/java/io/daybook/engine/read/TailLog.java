package io.daybook.engine.read;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * The arrays of a tail: a log of locations and the heads of its hash chains. They outlive the tail that they are filled for, as
 * fresh ones would be 36 bytes of garbage an entry, and are filled anew from the beginning.
 *
 * <p>A reader who still follows a chain of the tail before meets what the next one put. He learns of it by
 * {@link io.daybook.engine.ledger.Publication} and looks again; until then a chain leads him from higher places in the log to lower ones
 * whoever wrote it, so he comes to an end, and each array has the place that he expects.
 */
final class TailLog {
    private static final VarHandle HEAD = MethodHandles.arrayElementVarHandle(int[].class);
    private static final int CHUNK_BITS_MAX = 12;
    private static final int CHUNK_BITS_MIN = 8;
    private static final int LENGTH_BITS = 24;
    private static final int RUN_BITS = 6;
    private static final int NONE = Tail.MISS;

    private final int chunkBits;
    private final int chunkMask;
    private final int[] heads;
    private final int headMask;

    private final int chunksAtFirst;

    // In chunks that are made when they are needed. A reader gets here by a head or a newest place, whose publication
    // came after
    // that of the arrays which hold it.
    private long[][] entries;
    private long[][] places;
    private int[][] segments;
    private int[][] handles;
    private int[][] next;
    private int[][] previousOfLedger;

    TailLog(int capacity) {
        chunkBits = capacity >= 1 << CHUNK_BITS_MAX ? CHUNK_BITS_MAX : CHUNK_BITS_MIN;
        chunkMask = (1 << chunkBits) - 1;
        int slots = Integer.highestOneBit(Math.max(16, capacity) * 2 - 1);
        heads = new int[slots];
        headMask = slots - 1;
        int chunks = (capacity >> chunkBits) + 2;
        chunksAtFirst = chunks;
        entries = new long[chunks][];
        places = new long[chunks][];
        segments = new int[chunks][];
        handles = new int[chunks][];
        next = new int[chunks][];
        previousOfLedger = new int[chunks][];
        clear();
    }

    /** Whether a batch made it longer than tails are to be. */
    boolean hasGrown() {
        return entries.length > chunksAtFirst;
    }

    /** Forgets all: no chain leads anywhere. What readers must know of that comes before. */
    void clear() {
        Arrays.fill(heads, NONE);
        VarHandle.releaseFence();
    }

    /** Ids that follow each other lie side by side, in runs: appends in order then stay within the cache. */
    private static int hash(int handle, long entryId) {
        long hash = ((entryId >>> RUN_BITS) + handle * 0x9E3779B97F4A7C15L) * 0xD6E8FEB86659FD93L;
        return (int) (hash >>> 32) + ((int) entryId & (1 << RUN_BITS) - 1);
    }

    /** Writes a place, each behind the one before, and makes it the head of its chain. Applying thread. */
    void put(int at, int handle, long entryId, long segmentId, long offset, int length, int previous) {
        int chunk = at >>> chunkBits;
        int i = at & chunkMask;
        if (i == 0) {
            prepare(chunk);
        }
        entries[chunk][i] = entryId;
        places[chunk][i] = offset << LENGTH_BITS | length;
        segments[chunk][i] = Math.toIntExact(segmentId);
        handles[chunk][i] = handle;
        previousOfLedger[chunk][i] = previous;
        int slot = hash(handle, entryId) & headMask;
        next[chunk][i] = heads[slot];
        HEAD.setRelease(heads, slot, at);
    }

    private void prepare(int chunk) {
        if (chunk == entries.length) {
            // A batch is never split, so a tail may get longer than its capacity.
            grow(chunk * 2);
        }
        if (entries[chunk] != null) {
            return;
        }
        int length = 1 << chunkBits;
        places[chunk] = new long[length];
        segments[chunk] = new int[length];
        handles[chunk] = new int[length];
        next[chunk] = new int[length];
        previousOfLedger[chunk] = new int[length];
        entries[chunk] = new long[length];
    }

    private void grow(int chunks) {
        places = Arrays.copyOf(places, chunks);
        segments = Arrays.copyOf(segments, chunks);
        handles = Arrays.copyOf(handles, chunks);
        next = Arrays.copyOf(next, chunks);
        previousOfLedger = Arrays.copyOf(previousOfLedger, chunks);
        entries = Arrays.copyOf(entries, chunks);
    }

    /** The newest place of an id, {@link Tail#MISS}: none. */
    int find(int handle, long entryId) {
        int at = (int) HEAD.getAcquire(heads, hash(handle, entryId) & headMask);
        while (at >= 0) {
            int chunk = at >>> chunkBits;
            int i = at & chunkMask;
            if (entries[chunk][i] == entryId && handles[chunk][i] == handle) {
                return at;
            }
            at = next[chunk][i];
        }
        return NONE;
    }

    /** The place before one that was put of the same ledger. */
    int previousOfLedger(int at) {
        return previousOfLedger[at >>> chunkBits][at & chunkMask];
    }

    long entryId(int at) {
        return entries[at >>> chunkBits][at & chunkMask];
    }

    long segmentId(int at) {
        return segments[at >>> chunkBits][at & chunkMask];
    }

    long offset(int at) {
        return places[at >>> chunkBits][at & chunkMask] >>> LENGTH_BITS;
    }

    int length(int at) {
        return (int) places[at >>> chunkBits][at & chunkMask] & (1 << LENGTH_BITS) - 1;
    }
}
