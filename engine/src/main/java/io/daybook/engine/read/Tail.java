package io.daybook.engine.read;

import io.daybook.engine.ledger.Ledger;
import io.daybook.engine.ledger.LongMap;
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
    /** Memory of an entry, its share of the hash heads included. */
    public static final int BYTES_PER_ENTRY = 40;

    /** Nothing here says anything of the id. */
    public static final int MISS = -1;
    /** The id was truncated here: it is in no older place either. */
    public static final int DEAD = -2;

    /** Stands for this tail where it must not be kept from the collector. */
    private final Object mark = new Object();

    private final int capacity;
    private final TailLog log;
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
        /** Not the tail itself: an idle ledger keeps its last part for ever, and would keep the tail from the collector. */
        private final Object tailMark;

        private final Ledger ledger;
        private final int number;
        /** Newest place in the log, -1: none. */
        private volatile int newest = MISS;

        private long lowest = Long.MAX_VALUE;
        private long highest = Long.MIN_VALUE;
        private boolean ascending = true;
        private int puts;
        /** Pairs (place in the log, last id kept), oldest first; null: none. Replaced when it changes. */
        private volatile long[] truncations;

        Part(Object tailMark, Ledger ledger, int number) {
            this.tailMark = tailMark;
            this.ledger = ledger;
            this.number = number;
        }

        /** Returns its place among the parts of its tail. */
        public int number() {
            return number;
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
     * @param log empty
     */
    Tail(int capacity, TailLog log) {
        this.capacity = capacity;
        this.log = log;
    }

    /** Its arrays, for the next tail when nobody reads this one any more. */
    TailLog log() {
        return log;
    }

    /** What this tail holds of a ledger, made if it holds nothing yet. Applying thread. */
    public Part touch(Ledger ledger) {
        if (ledger.tailPart() instanceof Part part && part.tailMark == mark) {
            return part;
        }
        Part part = parts.get(ledger.handle());
        if (part == null) {
            part = new Part(mark, ledger, partList.size());
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
        log.put(at, ledger.handle(), entryId, segmentId, offset, length, part.newest);
        size = at + 1;
        if (entryId <= part.highest) {
            part.ascending = false;
        }
        part.lowest = Math.min(part.lowest, entryId);
        part.highest = Math.max(part.highest, entryId);
        part.puts++;
        part.newest = at;
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
        int found = log.find(part.ledger.handle(), entryId);
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
    boolean overlay(Part part, long base, Bucket bucket) {
        // First: a truncation before the newest put is seen with it.
        int at = part.newest;
        if (part.truncations != null || part.puts > Bucket.IDS / 4) {
            return false;
        }
        long[] seen = new long[Bucket.IDS / Long.SIZE];
        for (; at >= 0; at = log.previousOfLedger(at)) {
            long slot = log.entryId(at) - base;
            if (slot >= 0 && slot < Bucket.IDS) {
                int i = (int) slot;
                if ((seen[i / Long.SIZE] & 1L << i) == 0) {
                    seen[i / Long.SIZE] |= 1L << i;
                    bucket.slot(i, segmentId(at), offset(at), length(at));
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
        for (int at = part.newest; at >= 0; at = log.previousOfLedger(at)) {
            long entryId = log.entryId(at);
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
            for (int at = part.newest; at >= 0; at = log.previousOfLedger(at)) {
                long entryId = log.entryId(at);
                if (entryId <= fromEntryId && entryId > best && find(ledger, entryId) >= 0) {
                    best = entryId;
                }
            }
        }
        return best;
    }

    /** Returns the entry id at a place in the log. */
    public long entryId(int at) {
        return log.entryId(at);
    }

    /** Returns the segment at a place in the log. */
    public long segmentId(int at) {
        return log.segmentId(at);
    }

    /** Returns the record's offset at a place in the log. */
    public long offset(int at) {
        return log.offset(at);
    }

    /** Returns the payload bytes at a place in the log. */
    public int length(int at) {
        return log.length(at);
    }

    /** Returns what was put in at a place, as one of {@link #parts}. */
    public Part partAt(int at) {
        return parts.get(log.handle(at));
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
