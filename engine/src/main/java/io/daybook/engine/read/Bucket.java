package io.daybook.engine.read;

import io.daybook.index.Location;
import io.daybook.index.LocationIndex;
import java.util.Arrays;

/**
 * Where the entries of 256 neighbouring ids are, in arrays that are filled again and again: whoever goes over many buckets makes no
 * object for each entry. <b>Confined to one thread.</b>
 */
public final class Bucket implements LocationIndex.SlotVisitor {
    /** Ids of a bucket. */
    public static final int IDS = LocationIndex.BUCKET_ENTRIES;

    private static final int ABSENT = -1;

    private final long[] segmentIds = new long[IDS];
    private final long[] offsets = new long[IDS];
    private final int[] lengths = new int[IDS];

    /** An empty one. */
    public Bucket() {
        clear();
    }

    /** The lowest id of the bucket that holds an id. */
    public static long base(long entryId) {
        return entryId - Math.floorMod(entryId, (long) IDS);
    }

    void clear() {
        Arrays.fill(lengths, ABSENT);
    }

    @Override
    public void slot(int slot, long segmentId, long offset, int length) {
        segmentIds[slot] = segmentId;
        offsets[slot] = offset;
        lengths[slot] = length;
    }

    void remove(int slot) {
        lengths[slot] = ABSENT;
    }

    /** Leaves only what lies in a range of slots, which may be empty or reach beyond the bucket. */
    void retain(long fromSlot, long toSlot) {
        Arrays.fill(lengths, 0, within(fromSlot), ABSENT);
        Arrays.fill(lengths, within(toSlot + 1), IDS, ABSENT);
    }

    private static int within(long slot) {
        return (int) Math.max(0, Math.min(IDS, slot));
    }

    /** Whether an id, by its number modulo 256, is there. */
    public boolean has(int slot) {
        return lengths[slot] != ABSENT;
    }

    /** Returns the segment of an id that is there. */
    public long segmentId(int slot) {
        return segmentIds[slot];
    }

    /** Returns the payload bytes of an id that is there. */
    public int length(int slot) {
        return lengths[slot];
    }

    /** Returns where an id is, null: not there. */
    public Location location(int slot) {
        return has(slot) ? new Location(segmentIds[slot], offsets[slot], lengths[slot]) : null;
    }
}
