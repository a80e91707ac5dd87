package io.daybook.engine.processes;

/** The seed of a test. */
final class Seeds {
    private Seeds() {}

    /** A new one each time, or the system property {@code daybook.seed}; printed. */
    static long of(String test) {
        long seed = Long.getLong("daybook.seed", System.nanoTime());
        System.out.println(test + ": -Ddaybook.seed=" + seed);
        return seed;
    }
}
