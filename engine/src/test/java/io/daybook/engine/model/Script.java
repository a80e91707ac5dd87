package io.daybook.engine.model;

import io.daybook.engine.Durability;

/**
 * A short named sequence of calls, the same each time it runs, of which every storage operation is a place for a crash or a
 * failure.
 *
 * @param name as on the command line
 * @param durability of the engine
 * @param tailEntries entries of a tail before it is flushed
 * @param faults whether it is short enough to be run once for each failing operation
 * @param body what is done, from the first open on
 */
record Script(String name, Durability durability, int tailEntries, boolean faults, Body body) {

    /** What is done. */
    @FunctionalInterface
    interface Body {
        void run(ScriptRun run) throws Exception;
    }

    static Script of(String name, Body body) {
        return new Script(name, Durability.SYNC, 64, true, body);
    }

    Script deferred() {
        return new Script(name, Durability.DEFERRED, tailEntries, faults, body);
    }

    Script withTails(int entries) {
        return new Script(name, durability, entries, faults, body);
    }

    Script withoutFaults() {
        return new Script(name, durability, tailEntries, false, body);
    }

    /** Of this script alone, and the same in each run. */
    long seed(long... of) {
        long seed = name.hashCode();
        for (long each : of) {
            seed = (seed ^ each) * 0x9E3779B97F4A7C15L;
            seed ^= seed >>> 32;
        }
        return seed;
    }

    @Override
    public String toString() {
        return name;
    }
}
