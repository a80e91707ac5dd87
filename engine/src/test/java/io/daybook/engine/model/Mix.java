package io.daybook.engine.model;

/**
 * What comes between the operations of a run: how often it restarts its engine on its own account, where what faults bring about
 * comes on top, and whether there are any. In each mix two crashes a run are certain, and each run is compared in full at
 * its end, before a close and after an open that builds the index anew.
 */
enum Mix {
    /** Mostly operations: about seven opens a run. */
    USUAL(1, 3, false, true),

    /** Twice as many opens, so that crashes meet what crashes left. */
    RESTLESS(11, 3, true, true),

    /**
     * The disk does what it is told: nothing but closes, kills, power losses and an index that is gone or old come between the
     * operations, so that there is one right answer to each call. About five opens a run.
     */
    CALM(1, 1, false, false);

    /** How many of some thousand operations close or crash the engine. */
    final int restarts;

    /** How many of 24 strikes, and of as many opens, stop the machine in the middle of an operation. */
    final int stops;

    /** Whether each run ends with a reopen over its index too; otherwise one in eight does. */
    final boolean bothEnds;

    /** Whether there are faults of the disk: see {@link Trouble}. */
    final boolean faults;

    Mix(int restarts, int stops, boolean bothEnds, boolean faults) {
        this.restarts = restarts;
        this.stops = stops;
        this.bothEnds = bothEnds;
        this.faults = faults;
    }
}
