package io.daybook.engine.model;

import io.daybook.index.LedgerRow;
import io.daybook.index.Location;
import io.daybook.index.LocationIndex;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * All that an index says, but its checkpoint: rows, locations from the trim bound on (what is below may stay), live bytes. Two of
 * the same journal are equal.
 */
record IndexDump(Map<Long, String> rows, Map<Place, Location> locations, Map<Long, Long> liveBytes) {

    /** An entry. */
    private record Place(long ledgerId, long entryId) {
        @Override
        public String toString() {
            return ledgerId + ", " + entryId;
        }
    }

    static IndexDump of(LocationIndex index) {
        Map<Long, String> rows = new TreeMap<>();
        Map<Place, Location> locations = new LinkedHashMap<>();
        for (LedgerRow row : index.ledgers()) {
            rows.put(
                    row.ledgerId(),
                    row.generation() + " " + row.fenced() + " " + row.lastAddConfirmed() + " " + row.trimBound() + " "
                            + row.firstEntryId() + " " + row.lastEntryId() + " " + row.entryCount() + " " + row.bytes()
                            + " " + row.nextEntryId() + " " + Arrays.hashCode(row.metadata()));
            LocationIndex.Found found = index.ceiling(row.ledgerId(), row.generation(), row.trimBound());
            while (found != null) {
                locations.put(new Place(row.ledgerId(), found.entryId()), found.location());
                found = index.ceiling(row.ledgerId(), row.generation(), found.entryId() + 1);
            }
        }
        Map<Long, Long> live = new TreeMap<>(index.liveBytes());
        live.values().removeIf(bytes -> bytes == 0);
        return new IndexDump(rows, locations, live);
    }

    /** Where they differ, null: nowhere. */
    String difference(IndexDump other) {
        String row = difference("row of ledger ", rows, other.rows);
        String location = row != null ? row : difference("location of ", locations, other.locations);
        return location != null ? location : difference("live bytes of segment ", liveBytes, other.liveBytes);
    }

    private static <K, V> String difference(String what, Map<K, V> one, Map<K, V> two) {
        for (Map.Entry<K, V> each : one.entrySet()) {
            if (!each.getValue().equals(two.get(each.getKey()))) {
                return what + each.getKey() + " is " + each.getValue() + ", rebuilt " + two.get(each.getKey());
            }
        }
        for (Map.Entry<K, V> each : two.entrySet()) {
            if (!one.containsKey(each.getKey())) {
                return what + each.getKey() + " is none, rebuilt " + each.getValue();
            }
        }
        return null;
    }
}
