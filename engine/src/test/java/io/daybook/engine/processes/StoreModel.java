package io.daybook.engine.processes;

import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/** All that a reader can know of a store, with content by name; and the bounds that decide what may come next. */
final class StoreModel {
    static final long NONE = -1;

    final TreeMap<Long, Ledger> ledgers = new TreeMap<>();

    /** One ledger. */
    static final class Ledger {
        final TreeMap<Long, Long> entries = new TreeMap<>();
        boolean fenced;
        long confirmed = NONE;
        /** Null: none was set. */
        Long metadata;
        /** Appends below are refused; not asked for directly. */
        long trimBound;
        /** Not asked for directly. */
        long nextId;

        private void apply(Act act) {
            switch (act.kind()) {
                case ENTRY -> {
                    entries.put(act.entry(), Content.name(act.key()));
                    nextId = Math.max(nextId, act.entry() + 1);
                }
                case METADATA -> metadata = Content.name(act.key());
                case FENCE -> fenced = true;
                case CONFIRM -> confirmed = Math.max(confirmed, act.entry());
                case TRUNCATE -> {
                    entries.tailMap(act.entry(), false).clear();
                    confirmed = Math.min(confirmed, act.entry());
                    nextId = Math.max(trimBound, Math.min(nextId, act.entry() + 1));
                }
                case TRIM -> {
                    entries.headMap(act.entry(), false).clear();
                    trimBound = Math.max(trimBound, act.entry());
                    nextId = Math.max(nextId, trimBound);
                }
                case DELETE -> throw new IllegalStateException("a deletion takes the whole ledger");
            }
        }

        /** Whether nobody who reads can tell the two apart. */
        boolean sameAs(Ledger other) {
            return other != null
                    && fenced == other.fenced
                    && confirmed == other.confirmed
                    && Objects.equals(metadata, other.metadata)
                    && entries.equals(other.entries);
        }
    }

    void apply(Act.Change change) {
        for (Act act : change.acts()) {
            if (act.kind() == Act.Kind.DELETE) {
                ledgers.remove(act.ledger());
            } else {
                ledgers.computeIfAbsent(act.ledger(), id -> new Ledger()).apply(act);
            }
        }
    }

    boolean sameIn(StoreModel other, long ledgerId) {
        Ledger here = ledgers.get(ledgerId);
        return here == null ? !other.ledgers.containsKey(ledgerId) : here.sameAs(other.ledgers.get(ledgerId));
    }

    long entries() {
        return ledgers.values().stream()
                .mapToLong(ledger -> ledger.entries.size())
                .sum();
    }

    /** How a ledger that was found differs from the one here, in words. */
    String difference(StoreModel found, long ledgerId) {
        Ledger here = ledgers.get(ledgerId);
        Ledger there = found.ledgers.get(ledgerId);
        if (here == null || there == null) {
            return "ledger " + ledgerId + (here == null ? " is there" : " is missing");
        }
        StringBuilder text = new StringBuilder("ledger " + ledgerId);
        if (here.fenced != there.fenced || here.confirmed != there.confirmed) {
            text.append(", fenced " + here.fenced + " found " + there.fenced);
            text.append(", confirmed " + here.confirmed + " found " + there.confirmed);
        }
        if (!Objects.equals(here.metadata, there.metadata)) {
            text.append(", other metadata");
        }
        count(text, "missing", here.entries, there.entries);
        count(text, "too many", there.entries, here.entries);
        long other = here.entries.entrySet().stream()
                .filter(entry -> there.entries.containsKey(entry.getKey())
                        && !there.entries.get(entry.getKey()).equals(entry.getValue()))
                .count();
        return text.append(", entries with other bytes: " + other).toString();
    }

    private static void count(StringBuilder text, String what, Map<Long, Long> of, Map<Long, Long> in) {
        long[] ids = of.keySet().stream()
                .filter(id -> !in.containsKey(id))
                .mapToLong(id -> id)
                .toArray();
        if (ids.length > 0) {
            text.append(", " + what + ": " + ids.length + " from " + ids[0] + " to " + ids[ids.length - 1]);
        }
    }
}
