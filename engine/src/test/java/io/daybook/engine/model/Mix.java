package io.daybook.engine.model;

/**
 * How often a run restarts its engine on its own account; what faults bring about comes on top. In either mix two crashes a run
 * are certain, and each run is compared in full at its end, before a close and after an open that builds the index anew.
 */
enum Mix {
    /** Mostly operations: about six opens a run. */
    USUAL(1, false),

    /** Twice as many opens, so that crashes meet what crashes left. */
    RESTLESS(11, true);

    /** How many of some thousand operations close or crash the engine. */
    final int restarts;

    /** Whether each run ends with a reopen over its index too; otherwise one in eight does. */
    final boolean bothEnds;

    Mix(int restarts, boolean bothEnds) {
        this.restarts = restarts;
        this.bothEnds = bothEnds;
    }
}
