package io.daybook.engine.lifecycle;

import java.util.Set;

/** The stages of a shutdown, in order, each with the stages without which it must not run. */
public enum Stage {
    /** No call is accepted any more. */
    STOP_INTAKE,
    /** Everything accepted is committed and told. */
    DRAIN_APPENDS(STOP_INTAKE),
    /** No transfer runs. */
    CANCEL_TRANSFERS(STOP_INTAKE),
    /** The engine's threads have ended. */
    STOP_BACKGROUND(STOP_INTAKE, CANCEL_TRANSFERS),
    /** The journal is synced, sealed and closed. */
    SYNC_JOURNAL(STOP_BACKGROUND),
    /** Nobody uses the index any more, and the metrics registry holds nothing of this engine. */
    DEREGISTER_STATS(STOP_INTAKE),
    /** The index holds what the journal holds, and its log is synced. */
    FLUSH_INDEX(STOP_BACKGROUND, SYNC_JOURNAL),
    /** The native database is closed. */
    CLOSE_NATIVE(STOP_BACKGROUND, DEREGISTER_STATS, FLUSH_INDEX),
    /** Another engine may have the directory. */
    RELEASE_DIRECTORY(STOP_BACKGROUND, SYNC_JOURNAL, CLOSE_NATIVE);

    private final Set<Stage> needs;

    Stage(Stage... needs) {
        this.needs = Set.of(needs);
    }

    /** Returns the stages that must be over before this one may run. */
    public Set<Stage> needs() {
        return needs;
    }
}
