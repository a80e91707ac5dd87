package io.daybook.journal;

import io.daybook.storage.Storage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Gathers the places of a journal that do not verify, and the blocks that its device cannot read, which are most often the cause:
 * such a block reads as zeros. <b>Confined to one thread.</b>
 */
final class DamagedPlaces implements JournalTools.DamageListener, PatientStorage.Listener {
    private final Storage journal;
    private final List<Place> places = new ArrayList<>();
    /** By file and offset, what the device said. */
    private final Map<String, TreeMap<Long, String>> unreadable = new TreeMap<>();

    private record Place(String file, long segmentId, long offset, long end, String what) {}

    DamagedPlaces(Storage journal) {
        this.journal = journal;
    }

    @Override
    public void damaged(String file, long segmentId, long offset, long end, String what) {
        places.add(new Place(file, segmentId, offset, end, what));
    }

    @Override
    public void unreadable(String name, long offset, IOException cause) {
        unreadable
                .computeIfAbsent(name, any -> new TreeMap<>())
                .putIfAbsent(offset - offset % PatientFile.BLOCK_BYTES, String.valueOf(cause.getMessage()));
    }

    /** Tells all of them: also blocks of which nothing else was seen, as zeros may look like the end of a segment. */
    void tell(JournalTools.DamageListener listener) {
        List<Place> all = new ArrayList<>();
        for (Place place : places) {
            all.add(explained(place));
        }
        unreadable.forEach((name, blocks) -> {
            long segmentId = SegmentFormat.idOf(name).orElse(-1);
            String file = journal.description() + "/" + name;
            while (!blocks.isEmpty()) {
                long from = blocks.firstKey();
                long to = from;
                String said = blocks.get(from);
                while (blocks.remove(to) != null) {
                    to += PatientFile.BLOCK_BYTES;
                }
                all.add(new Place(file, segmentId, from, to, said(from, to, said)));
            }
        });
        for (Place place : all) {
            listener.damaged(place.file, place.segmentId, place.offset, place.end, place.what);
        }
        places.clear();
    }

    /** With the blocks in it that cannot be read, which need not be told again. */
    private Place explained(Place place) {
        if (place.segmentId < 0) {
            return place;
        }
        TreeMap<Long, String> blocks = unreadable.getOrDefault(SegmentFormat.name(place.segmentId), new TreeMap<>());
        long from = Math.max(0, place.offset);
        Map<Long, String> inside = blocks.subMap(from - from % PatientFile.BLOCK_BYTES, place.end);
        if (inside.isEmpty()) {
            return place;
        }
        StringBuilder what = new StringBuilder(place.what);
        while (!inside.isEmpty()) {
            long first = inside.keySet().iterator().next();
            long to = first;
            String said = inside.get(first);
            while (inside.remove(to) != null) {
                to += PatientFile.BLOCK_BYTES;
            }
            what.append("; ").append(said(first, to, said));
        }
        return new Place(place.file, place.segmentId, place.offset, place.end, what.toString());
    }

    private static String said(long from, long to, String what) {
        return "the device cannot read bytes " + from + " to " + (to - 1) + ": " + what;
    }
}
