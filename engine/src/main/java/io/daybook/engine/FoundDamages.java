package io.daybook.engine;

import io.daybook.engine.StoreTools.Damage;
import io.daybook.engine.StoreTools.Entries;
import io.daybook.journal.JournalException;
import java.util.ArrayList;
import java.util.List;

/** The damaged places that a verification has met, each once, and which entries they cost. <b>Used by one thread.</b> */
final class FoundDamages {
    private final List<Place> places = new ArrayList<>();

    /** One of them. */
    private static final class Place {
        final String file;
        final long segmentId;
        final long offset;
        final long end;
        final String what;
        final List<Entries> lost = new ArrayList<>();

        Place(String file, long segmentId, long offset, long end, String what) {
            this.file = file;
            this.segmentId = segmentId;
            this.offset = offset;
            this.end = end;
            this.what = what;
        }

        boolean covers(long at) {
            return offset <= at && at < end;
        }

        void lose(long ledgerId, long entryId) {
            Entries last = lost.isEmpty() ? null : lost.get(lost.size() - 1);
            if (last != null && last.ledgerId() == ledgerId && last.lastEntryId() + 1 == entryId) {
                lost.set(lost.size() - 1, new Entries(ledgerId, last.firstEntryId(), entryId));
            } else {
                lost.add(new Entries(ledgerId, entryId, entryId));
            }
        }
    }

    /**
     * Adds a place.
     *
     * @param file path of the file, or what else it is
     * @param segmentId its segment, -1: none
     * @param offset where it begins, in bytes
     * @param end where it ends, in bytes
     * @param what what is wrong
     */
    void add(String file, long segmentId, long offset, long end, String what) {
        places.add(new Place(file, segmentId, offset, end, what));
    }

    /** Adds one of which no more is known than the file, or what else it is. */
    void add(String file, String what) {
        add(file, -1, -1, Long.MAX_VALUE, what);
    }

    /**
     * Adds a place whose end is not known, unless it was met before.
     *
     * @param offset where it begins, in bytes, -1: not known
     */
    void addIfNew(String file, long segmentId, long offset, String what) {
        for (Place place : places) {
            boolean same = segmentId >= 0 ? place.segmentId == segmentId : what.contains(place.file);
            if (same && (offset < 0 || place.covers(offset))) {
                return;
            }
        }
        add(file, segmentId, offset, Long.MAX_VALUE, what);
    }

    /** Notes an entry that cannot be read with the nearest place that covers it, else with one more. */
    void lose(long ledgerId, long entryId, CorruptEntryException e) {
        JournalException cause = (JournalException) e.getCause();
        Place nearest = null;
        for (Place place : places) {
            boolean covers =
                    place.segmentId >= 0 && place.segmentId == cause.segmentId() && place.covers(cause.offset());
            if (covers && (nearest == null || place.offset >= nearest.offset)) {
                nearest = place;
            }
        }
        if (nearest == null) {
            add(cause.file(), cause.segmentId(), cause.offset(), cause.offset() + 1, cause.getMessage());
            nearest = places.get(places.size() - 1);
        }
        nearest.lose(ledgerId, entryId);
    }

    boolean isEmpty() {
        return places.isEmpty();
    }

    int size() {
        return places.size();
    }

    List<Damage> toList() {
        return places.stream()
                .map(place ->
                        new Damage(place.file, place.segmentId, place.offset, place.what, List.copyOf(place.lost)))
                .toList();
    }
}
