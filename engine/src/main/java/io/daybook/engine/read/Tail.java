package io.daybook.engine.read;

import io.daybook.engine.ledger.Ledger;
import io.daybook.engine.ledger.LongMap;
import io.daybook.index.Location;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A part of the tail index: the locations of entries that are committed and not yet in the location index, in the order they
 * were committed. A hash index over an append-only log, in packed primitives: 40 bytes an entry.
 *
 * <p>One thread applies, any number of readers look up without locks: an entry is written whole before it becomes the head of
 * its chain, and chains lead from newer to older, so the newest location of an id is met first. Truncations are kept beside, as
 * (place in the log, last id kept), and hide what stands before them.
 */
public final class Tail {
    private static final VarHandle HEAD = MethodHandles.arrayElementVarHandle(int[].class);
    private static final int CHUNK_BITS_MAX = 12;
    private static final int CHUNK_BITS_MIN = 8;
    private static final int LENGTH_BITS = 24;
    private static final int RUN_BITS = 6;

    /** Memory of an entry, its share of the hash heads included. */
    public static final int BYTES_PER_ENTRY = 40;

    /** Nothing here says anything of the id. */
    public static final int MISS = -1;
    /** The id was truncated here: it is in no older place either. */
    public static final int DEAD = -2;

    private final int capacity;
    private final int chunkBits;
    private final int chunkMask;
    private final int[] heads;
    private final int headMask;

    // The log, in chunks that are made when they are needed. A reader gets here by a head or a newest place, whose
    // publication
    // came after that of the arrays which hold it.
    private long[][] entries;
    private long[][] places;
    private int[][] segments;
    private int[][] handles;
    private int[][] next;
    private int[][] previousOfLedger;

    private final LongMap<Part> parts = new LongMap<>();
    private final List<Part> partList = new ArrayList<>();
    private final List<Ledger> deleted = new ArrayList<>();
    private int size;
    private long firstLsn;
    private long lastLsn;
    private long journalBytes;
    private boolean removals;

    /** What a tail holds of one ledger. */
    public static final class Part {
        private final Tail tail;
        private final Ledger ledger;
        /** Newest place in the log, -1: none. */
        private volatile int newest = MISS;

        private long lowest = Long.MAX_VALUE;
        private long highest = Long.MIN_VALUE;
        private boolean ascending = true;
        private int puts;
        /** Pairs (place in the log, last id kept), oldest first; null: none. Replaced when it changes. */
        private volatile long[] truncations;

        Part(Tail tail, Ledger ledger) {
            this.tail = tail;
            this.ledger = ledger;
        }

        /** Returns the ledger. */
        public Ledger ledger() {
            return ledger;
        }

        /** Returns the entries put. */
        public int puts() {
            return puts;
        }

        /** Whether it may hold, or hide, an id of a range. */
        boolean speaksOf(long from, long to) {
            return truncations != null || (newest >= 0 && lowest <= to && highest >= from);
        }

        /** Whether ids were put in ascending order, none twice. */
        public boolean ascending() {
            return ascending && truncations == null;
        }

        /** Returns the lowest of the last ids that truncations kept, {@link Long#MAX_VALUE}: none. */
        public long truncatedAfter() {
            long[] all = truncations;
            long least = Long.MAX_VALUE;
            for (int i = 1; all != null && i < all.length; i += 2) {
                least = Math.min(least, all[i]);
            }
            return least;
        }
    }

    /**
     * An empty tail.
     *
     * @param capacity entries after which it should be replaced; it takes more
     */
    public Tail(int capacity) {
        this.capacity = capacity;
        this.chunkBits = capacity >= 1 << CHUNK_BITS_MAX ? CHUNK_BITS_MAX : CHUNK_BITS_MIN;
        this.chunkMask = (1 << chunkBits) - 1;
        int slots = Integer.highestOneBit(Math.max(16, capacity) * 2 - 1);
        this.heads = new int[slots];
        Arrays.fill(heads, MISS);
        VarHandle.releaseFence();
        this.headMask = slots - 1;
        int chunks = (capacity >> chunkBits) + 2;
        this.entries = new long[chunks][];
        this.places = new long[chunks][];
        this.segments = new int[chunks][];
        this.handles = new int[chunks][];
        this.next = new int[chunks][];
        this.previousOfLedger = new int[chunks][];
    }

    /** Ids that follow each other lie side by side, in runs: appends in order then stay within the cache. */
    private static int hash(int handle, long entryId) {
        long hash = ((entryId >>> RUN_BITS) + handle * 0x9E3779B97F4A7C15L) * 0xD6E8FEB86659FD93L;
        return (int) (hash >>> 32) + ((int) entryId & (1 << RUN_BITS) - 1);
    }

    /** What this tail holds of a ledger, made if it holds nothing yet. Applying thread. */
    public Part touch(Ledger ledger) {
        if (ledger.tailPart() instanceof Part part && part.tail == this) {
            return part;
        }
        Part part = parts.get(ledger.handle());
        if (part == null) {
            part = new Part(this, ledger);
            parts.put(ledger.handle(), part);
            partList.add(part);
        }
        ledger.tailPart(part);
        return part;
    }

    /** Puts a location. Applying thread. */
    public void put(Ledger ledger, long entryId, long segmentId, long offset, int length) {
        Part part = touch(ledger);
        int at = size;
        int chunk = at >>> chunkBits;
        int i = at & chunkMask;
        if (i == 0) {
            allocate(chunk);
        }
        entries[chunk][i] = entryId;
        places[chunk][i] = offset << LENGTH_BITS | length;
        segments[chunk][i] = Math.toIntExact(segmentId);
        handles[chunk][i] = ledger.handle();
        previousOfLedger[chunk][i] = part.newest;
        int slot = hash(ledger.handle(), entryId) & headMask;
        next[chunk][i] = heads[slot];
        size = at + 1;
        HEAD.setRelease(heads, slot, at);
        if (entryId <= part.highest) {
            part.ascending = false;
        }
        part.lowest = Math.min(part.lowest, entryId);
        part.highest = Math.max(part.highest, entryId);
        part.puts++;
        part.newest = at;
    }

    private void allocate(int chunk) {
        if (chunk == entries.length) {
            // A batch is never split, so a tail may get longer than its capacity.
            grow(chunk * 2);
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

    /** Hides ids above one that were put before. Applying thread. */
    public void truncateAfter(Ledger ledger, long lastEntryId) {
        Part part = touch(ledger);
        long[] old = part.truncations;
        int length = old == null ? 0 : old.length;
        if (length > 0 && old[length - 2] == size) {
            // Nothing was put since the last one: the lower of the two says it all.
            long[] same = old.clone();
            same[length - 1] = Math.min(same[length - 1], lastEntryId);
            part.truncations = same;
            return;
        }
        long[] more = old == null ? new long[2] : Arrays.copyOf(old, length + 2);
        more[length] = size;
        more[length + 1] = lastEntryId;
        part.truncations = more;
    }

    /** Notes the deletion of a ledger. Applying thread. */
    public void delete(Ledger ledger) {
        deleted.add(ledger);
    }

    /** Notes that a record was applied. Applying thread. */
    public void applied(long lsn, int recordBytes) {
        if (firstLsn == 0) {
            firstLsn = lsn;
        }
        lastLsn = lsn;
        journalBytes += recordBytes;
    }

    /** Looks an id up: its place in the log, {@link #MISS} or {@link #DEAD}. */
    public int find(Ledger ledger, long entryId) {
        Part part = parts.get(ledger.handle());
        return part == null ? MISS : find(part, entryId);
    }

    /** What it holds of a ledger, null: nothing. */
    public Part part(Ledger ledger) {
        return parts.get(ledger.handle());
    }

    /** Looks an id up in a part of this tail. */
    public int find(Part part, long entryId) {
        Ledger ledger = part.ledger;
        int found = MISS;
        int at = (int) HEAD.getAcquire(heads, hash(ledger.handle(), entryId) & headMask);
        while (at >= 0) {
            int chunk = at >>> chunkBits;
            int i = at & chunkMask;
            if (entries[chunk][i] == entryId && handles[chunk][i] == ledger.handle()) {
                found = at;
                break;
            }
            at = next[chunk][i];
        }
        long[] truncations = part.truncations;
        if (truncations != null) {
            for (int i = truncations.length - 2; i >= 0 && truncations[i] > found; i -= 2) {
                if (truncations[i + 1] < entryId) {
                    return DEAD;
                }
            }
        }
        return found;
    }

    /**
     * Puts what a part says of a bucket over what older tails and the index say, by going over all that was put, where that is little
     * and nothing was truncated.
     *
     * @param base the lowest id of the bucket
     * @return false: each id must be looked up
     */
    boolean overlay(Part part, long base, Location[] bucket) {
        // First: a truncation before the newest put is seen with it.
        int at = part.newest;
        if (part.truncations != null || part.puts > bucket.length / 4) {
            return false;
        }
        long[] seen = new long[bucket.length / Long.SIZE];
        for (; at >= 0; at = previousOfLedger[at >>> chunkBits][at & chunkMask]) {
            long slot = entries[at >>> chunkBits][at & chunkMask] - base;
            if (slot >= 0 && slot < bucket.length) {
                int i = (int) slot;
                if ((seen[i / Long.SIZE] & 1L << i) == 0) {
                    seen[i / Long.SIZE] |= 1L << i;
                    bucket[i] = new Location(segmentId(at), offset(at), length(at));
                }
            }
        }
        return true;
    }

    /** Collects up to {@code max} of the lowest ids from one on that were put, ascending, each once; dead ones too. */
    public long[] idsFrom(Ledger ledger, long fromEntryId, int max) {
        Part part = parts.get(ledger.handle());
        if (part == null) {
            return new long[0];
        }
        long[] found = new long[Math.min(max * 2, 1024)];
        int count = 0;
        long bound = Long.MAX_VALUE;
        for (int at = part.newest; at >= 0; at = previousOfLedger[at >>> chunkBits][at & chunkMask]) {
            long entryId = entries[at >>> chunkBits][at & chunkMask];
            if (entryId < fromEntryId || entryId > bound) {
                continue;
            }
            if (count == found.length) {
                if (count < max * 2) {
                    found = Arrays.copyOf(found, Math.min(max * 2, count * 2));
                } else {
                    count = lowest(found, count, max);
                    // Ids that were put again and again may leave fewer than asked for: then higher ones count too.
                    bound = count == max ? found[max - 1] : Long.MAX_VALUE;
                    if (entryId > bound) {
                        continue;
                    }
                }
            }
            found[count++] = entryId;
        }
        return Arrays.copyOf(found, lowest(found, count, max));
    }

    private static int lowest(long[] ids, int count, int max) {
        Arrays.sort(ids, 0, count);
        int kept = 0;
        for (int i = 0; i < count && kept < max; i++) {
            if (kept == 0 || ids[i] != ids[kept - 1]) {
                ids[kept++] = ids[i];
            }
        }
        return kept;
    }

    /** Returns the highest id at or below one that was put and is not dead here, -1: none. */
    public long floor(Ledger ledger, long fromEntryId) {
        Part part = parts.get(ledger.handle());
        long best = -1;
        if (part != null) {
            for (int at = part.newest; at >= 0; at = previousOfLedger[at >>> chunkBits][at & chunkMask]) {
                long entryId = entries[at >>> chunkBits][at & chunkMask];
                if (entryId <= fromEntryId && entryId > best && find(ledger, entryId) >= 0) {
                    best = entryId;
                }
            }
        }
        return best;
    }

    /** Returns the entry id at a place in the log. */
    public long entryId(int at) {
        return entries[at >>> chunkBits][at & chunkMask];
    }

    /** Returns the segment at a place in the log. */
    public long segmentId(int at) {
        return segments[at >>> chunkBits][at & chunkMask];
    }

    /** Returns the record's offset at a place in the log. */
    public long offset(int at) {
        return places[at >>> chunkBits][at & chunkMask] >>> LENGTH_BITS;
    }

    /** Returns the payload bytes at a place in the log. */
    public int length(int at) {
        return (int) places[at >>> chunkBits][at & chunkMask] & (1 << LENGTH_BITS) - 1;
    }

    /** Fills the places of a ledger's entries, oldest first; returns how many. */
    public int places(Part part, int[] out) {
        int i = part.puts;
        for (int at = part.newest; at >= 0; at = previousOfLedger[at >>> chunkBits][at & chunkMask]) {
            out[--i] = at;
        }
        return part.puts;
    }

    /** Returns the parts, in the order in which ledgers were first touched. */
    public List<Part> parts() {
        return partList;
    }

    /** A trim or a deletion was applied. Applying thread. */
    public void removed() {
        removals = true;
    }

    /** Whether a trim or a deletion was applied. Applying thread. */
    public boolean hasRemovals() {
        return removals;
    }

    /** Returns the ledgers deleted while it was filled. */
    public List<Ledger> deleted() {
        return deleted;
    }

    /** Returns the entries put. */
    public int size() {
        return size;
    }

    /** Returns the bytes of the records applied. For any thread: about. */
    public long journalBytes() {
        return journalBytes;
    }

    /** Whether it should be replaced by an empty one. */
    public boolean isFull(long journalBytesMax) {
        return size >= capacity || journalBytes >= journalBytesMax;
    }

    /** Whether nothing was applied to it. */
    public boolean isEmpty() {
        return lastLsn == 0;
    }

    /** Returns the LSN of the first record applied, 0: none. */
    public long firstLsn() {
        return firstLsn;
    }

    /** Returns the LSN of the last record applied, 0: none. */
    public long lastLsn() {
        return lastLsn;
    }
}
