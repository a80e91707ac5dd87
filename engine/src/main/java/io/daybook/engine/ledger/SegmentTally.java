package io.daybook.engine.ledger;

import io.daybook.journal.SegmentFooter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What each segment of this open holds, by ledger: the rows of its footer. Written by the applying thread, <b>guarded by the lock of
 * applying</b>; a segment is asked for once, when all its records were applied.
 *
 * <p>What is replayed changes live bytes only: a recovery has sealed all segments that it found, so nobody asks for their rows,
 * and those of thousands of segments would stay for the life of the engine, with every ledger that was deleted since.
 */
public final class SegmentTally {
    private final Map<Long, List<Part>> segments = new HashMap<>();
    private boolean replaying = true;
    private long currentSegment = -1;
    private List<Part> current = new ArrayList<>();
    private List<Part> grown = new ArrayList<>();
    private Map<LiveKey, Long> gone = new HashMap<>();

    /** What live bytes are counted by. */
    public record LiveKey(long segmentId, Ledger ledger) {
        // What a record would have made compares by method handles: more slowly, and linking them showed in opens of a
        // new JVM.

        @Override
        public boolean equals(Object other) {
            return other instanceof LiveKey that && segmentId == that.segmentId && ledger.equals(that.ledger);
        }

        @Override
        public int hashCode() {
            return ledger.hashCode() * 31 + (int) segmentId;
        }
    }

    /** What a segment holds of one ledger. */
    private static final class Part {
        final long segmentId;
        final Ledger ledger;
        long first = Ledger.NONE;
        long last = Ledger.NONE;
        long entries;
        long bytes;
        boolean state;
        boolean truncated;
        /** Bytes that came since live bytes were last taken. */
        long grownBytes;

        boolean isGrown;

        Part(long segmentId, Ledger ledger) {
            this.segmentId = segmentId;
            this.ledger = ledger;
        }
    }

    /** Nothing; a replay comes first. */
    public SegmentTally() {}

    /** From here on segments are of this open. */
    void endReplay() {
        replaying = false;
    }

    /** An entry record was applied. */
    public void entry(Ledger ledger, long segmentId, long entryId, int bytes) {
        Part part = part(ledger, segmentId);
        part.entries++;
        part.bytes += bytes;
        part.grownBytes += bytes;
        if (!part.isGrown) {
            part.isGrown = true;
            grown.add(part);
        }
        part.first = part.first == Ledger.NONE ? entryId : Math.min(part.first, entryId);
        part.last = Math.max(part.last, entryId);
    }

    /** Another record of a ledger was applied. */
    public void state(Ledger ledger, long segmentId, boolean truncation) {
        Part part = part(ledger, segmentId);
        part.state = true;
        part.truncated |= truncation;
    }

    /** Bytes of an entry that was replaced or removed count no more. */
    public void gone(long segmentId, Ledger ledger, long bytes) {
        gone.merge(new LiveKey(segmentId, ledger), -bytes, Long::sum);
    }

    /** Takes the change of live bytes since the last call. */
    public Map<LiveKey, Long> takeLiveBytes() {
        Map<LiveKey, Long> taken = gone;
        gone = new HashMap<>();
        for (Part part : grown) {
            taken.merge(new LiveKey(part.segmentId, part.ledger), part.grownBytes, Long::sum);
            part.grownBytes = 0;
            part.isGrown = false;
        }
        grown = new ArrayList<>();
        return taken;
    }

    private Part part(Ledger ledger, long segmentId) {
        if (ledger.segmentPart() instanceof Part part && part.segmentId == segmentId) {
            return part;
        }
        Part part = new Part(segmentId, ledger);
        ledger.segmentPart(part);
        if (replaying) {
            return part;
        }
        if (segmentId != currentSegment) {
            currentSegment = segmentId;
            current = segments.computeIfAbsent(segmentId, id -> new ArrayList<>());
        }
        current.add(part);
        return part;
    }

    /** Takes the rows of a segment out. */
    public List<SegmentFooter.Row> take(long segmentId) {
        List<SegmentFooter.Row> rows = new ArrayList<>();
        List<Part> parts = segments.remove(segmentId);
        for (Part part : parts == null ? List.<Part>of() : parts) {
            rows.add(new SegmentFooter.Row(
                    part.ledger.id(),
                    part.ledger.generation(),
                    part.first,
                    part.last,
                    part.entries,
                    part.bytes,
                    part.state,
                    part.truncated));
        }
        return rows;
    }
}
