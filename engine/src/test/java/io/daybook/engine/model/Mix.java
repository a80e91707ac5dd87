package io.daybook.engine.model;

/**
 * How often a run restarts its engine on its own account; what faults bring about comes on top. In either mix two restarts a run
 * are certain, and each run is compared in full at its end, before and after a reopen.
 */
enum Mix {
    /** Mostly operations: about five opens a run. */
    USUAL(1, false),

    /** Twice as many opens, so that crashes meet what crashes left. */
    RESTLESS(11, true);

    /** How many of some thousand operations close or crash the engine. */
    final int restarts;

    /** Whether each run ends with a reopen over its index and with one without; otherwise one of the two is drawn. */
    final boolean bothEnds;

    Mix(int restarts, boolean bothEnds) {
        this.restarts = restarts;
        this.bothEnds = bothEnds;
    }
}
