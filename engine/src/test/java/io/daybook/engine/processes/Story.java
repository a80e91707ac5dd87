package io.daybook.engine.processes;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What was done to a store so far, as text that a child gets: {@code seed:count,seed:count}, all but the last known to be in it
 * with exactly so many changes, the last one with at least so many. Immutable.
 */
record Story(List<Part> parts) {

    /**
     * The changes of one child.
     *
     * @param seed of its plan
     * @param count changes that are in the store
     */
    record Part(long seed, long count) {}

    Story {
        parts = List.copyOf(parts);
    }

    static Story parse(String text) {
        List<Part> parts = new ArrayList<>();
        for (String part : text.split(",")) {
            if (!part.isEmpty()) {
                int colon = part.indexOf(':');
                parts.add(
                        new Part(Long.parseLong(part.substring(0, colon)), Long.parseLong(part.substring(colon + 1))));
            }
        }
        return new Story(parts);
    }

    @Override
    public String toString() {
        return parts.stream().map(part -> part.seed() + ":" + part.count()).collect(Collectors.joining(","));
    }

    Story with(Part part) {
        List<Part> more = new ArrayList<>(parts);
        more.add(part);
        return new Story(more);
    }

    /** The same with another count of its last part. */
    Story ending(long count) {
        List<Part> changed = new ArrayList<>(parts);
        changed.set(changed.size() - 1, new Part(last().seed(), count));
        return new Story(changed);
    }

    Part last() {
        return parts.get(parts.size() - 1);
    }

    /**
     * Does all that is known to be in the store.
     *
     * @param model empty; then as the store is at least
     * @return the plan of the last part, to go on with; null: there is none
     */
    Plan replay(StoreModel model) {
        Plan plan = null;
        for (Part part : parts) {
            plan = new Plan(part.seed(), model);
            for (long i = 0; i < part.count(); i++) {
                plan.next();
            }
        }
        return plan;
    }
}
