package io.daybook.engine.read;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * The arrays of a tail: a log of locations and the heads of its hash chains. They outlive the tail that they are filled for, as
 * fresh ones would be 36 bytes of garbage an entry, and are filled anew from the beginning.
 *
 * <p>What belongs to an entry lies side by side: a flush goes over entries of one ledger, which stand far apart, and met five lines
 * of the processor's cache for each when every number had an array of its own.
 *
 * <p>A reader who still follows a chain of the tail before meets what the next one put. He learns of it by
 * {@link io.daybook.engine.ledger.Publication} and looks again; until then a chain leads him from higher places in the log to lower ones
 * whoever wrote it, so he comes to an end, and the array has the place that he expects.
 */
final class TailLog {
    private static final VarHandle HEAD = MethodHandles.arrayElementVarHandle(int[].class);
    private static final int CHUNK_BITS_MAX = 12;
    private static final int CHUNK_BITS_MIN = 8;
    private static final int LENGTH_BITS = 24;
    private static final int RUN_BITS = 6;
    private static final int NONE = Tail.MISS;

    // The numbers of an entry, one behind the other.
    private static final int WORDS_BITS = 2;
    private static final int ENTRY = 0;
    /** Offset and length. */
    private static final int PLACE = 1;
    /** Segment, and in the lower half the ledger's handle. */
    private static final int OWNER = 2;
    /** The next of its chain, and in the lower half the one before of its ledger. */
    private static final int LINKS = 3;

    private static final long LOWER = 0xffff_ffffL;

    private final int chunkBits;
    private final int chunkMask;
    private final int[] heads;
    private final int headMask;

    private final int chunksAtFirst;

    // In chunks that are made when they are needed. A reader gets here by a head or a newest place, whose publication
    // came after
    // that of the array which holds it.
    private long[][] entries;

    TailLog(int capacity) {
        chunkBits = capacity >= 1 << CHUNK_BITS_MAX ? CHUNK_BITS_MAX : CHUNK_BITS_MIN;
        chunkMask = (1 << chunkBits) - 1;
        int slots = Integer.highestOneBit(Math.max(16, capacity) * 2 - 1);
        heads = new int[slots];
        headMask = slots - 1;
        int chunks = (capacity >> chunkBits) + 2;
        chunksAtFirst = chunks;
        entries = new long[chunks][];
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
        if ((at & chunkMask) == 0) {
            prepare(chunk);
        }
        long[] words = entries[chunk];
        int i = (at & chunkMask) << WORDS_BITS;
        int slot = hash(handle, entryId) & headMask;
        words[i + ENTRY] = entryId;
        words[i + PLACE] = offset << LENGTH_BITS | length;
        words[i + OWNER] = (long) Math.toIntExact(segmentId) << 32 | handle & LOWER;
        words[i + LINKS] = (long) heads[slot] << 32 | previous & LOWER;
        HEAD.setRelease(heads, slot, at);
    }

    private void prepare(int chunk) {
        if (chunk == entries.length) {
            // A batch is never split, so a tail may get longer than its capacity.
            entries = Arrays.copyOf(entries, chunk * 2);
        }
        if (entries[chunk] == null) {
            entries[chunk] = new long[1 << chunkBits << WORDS_BITS];
        }
    }

    /** The newest place of an id, {@link Tail#MISS}: none. */
    int find(int handle, long entryId) {
        int at = (int) HEAD.getAcquire(heads, hash(handle, entryId) & headMask);
        while (at >= 0) {
            long[] words = entries[at >>> chunkBits];
            int i = (at & chunkMask) << WORDS_BITS;
            if (words[i + ENTRY] == entryId && (int) words[i + OWNER] == handle) {
                return at;
            }
            at = (int) (words[i + LINKS] >> 32);
        }
        return NONE;
    }

    private long word(int at, int which) {
        return entries[at >>> chunkBits][((at & chunkMask) << WORDS_BITS) + which];
    }

    /** The place before one that was put of the same ledger. */
    int previousOfLedger(int at) {
        return (int) word(at, LINKS);
    }

    int handle(int at) {
        return (int) word(at, OWNER);
    }

    long entryId(int at) {
        return word(at, ENTRY);
    }

    long segmentId(int at) {
        return word(at, OWNER) >>> 32;
    }

    long offset(int at) {
        return word(at, PLACE) >>> LENGTH_BITS;
    }

    int length(int at) {
        return (int) word(at, PLACE) & (1 << LENGTH_BITS) - 1;
    }
}
