package io.daybook.engine.processes;

import java.util.List;

/**
 * One step of a change.
 *
 * @param kind what it does
 * @param ledger to which ledger
 * @param entry the entry, or the bound
 * @param key of the content of entries and metadata
 */
record Act(Kind kind, long ledger, long entry, long key) {

    /** What a step does. */
    enum Kind {
        ENTRY,
        METADATA,
        FENCE,
        CONFIRM,
        TRUNCATE,
        TRIM,
        DELETE
    }

    /**
     * Steps that happen together.
     *
     * @param acts in order, one: not a batch
     * @param recovery whether it is an append that a fence does not refuse
     */
    record Change(List<Act> acts, boolean recovery) {

        static Change of(Kind kind, long ledger, long entry, long key) {
            return new Change(List.of(new Act(kind, ledger, entry, key)), false);
        }
    }
}
