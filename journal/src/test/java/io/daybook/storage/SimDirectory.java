package io.daybook.storage;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;

/** A directory of a simulated disk. <b>Guarded by its disk.</b> */
final class SimDirectory extends SimNode {
    /** Names that a power loss keeps in any case. */
    TreeMap<String, SimNode> durable = new TreeMap<>();
    /** Names as they are seen. */
    final TreeMap<String, SimNode> cache = new TreeMap<>();
    /** What was done since the last sync, in order. */
    final List<Change> pending = new ArrayList<>();

    /** Makes, renames or removes a name. */
    void change(Change change) {
        change.applyTo(cache);
        pending.add(change);
    }

    void sync() {
        durable = new TreeMap<>(cache);
        pending.clear();
    }

    /** Makes any part durable and forgets the rest. */
    void failSync(Predicate<Change> survives) {
        durable = survivors(survives);
        pending.clear();
    }

    /**
     * The durable names with some of the changes. A change survives only with all earlier ones of the same names, as in
     * file systems with a journal: a rename is never half done, and what it replaced is not lost without it.
     */
    TreeMap<String, SimNode> survivors(Predicate<Change> survives) {
        TreeMap<String, SimNode> names = new TreeMap<>(durable);
        Set<String> stopped = new HashSet<>();
        for (Change change : pending) {
            boolean blocked = stopped.contains(change.from) || stopped.contains(change.to);
            if (!blocked && survives.test(change)) {
                change.applyTo(names);
            } else {
                stopped.add(change.from == null ? change.to : change.from);
                stopped.add(change.to == null ? change.from : change.to);
            }
        }
        return names;
    }

    /** A creation ({@code from} is null), deletion ({@code to} is null) or renaming of a node. */
    record Change(long sequence, String from, String to, SimNode node) {
        void applyTo(TreeMap<String, SimNode> names) {
            if (from != null && names.get(from) == node) {
                names.remove(from);
            }
            if (to != null) {
                names.put(to, node);
            }
        }
    }
}
