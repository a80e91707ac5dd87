package io.daybook.engine;

import java.time.Duration;
import java.util.List;

/**
 * What a shutdown did within its deadlines. Immutable: what ends later is in the log only.
 *
 * @param state whether it is over
 * @param stages in the order they ran, those that are over
 */
public record ShutdownReport(State state, List<StageResult> stages) {

    /** Whether the shutdown is over. */
    public enum State {
        /** Was begun by a thread that must not wait (a callback); goes on by itself. */
        RUNNING,
        /** All stages ended well. */
        CLEAN,
        /** Over, but a stage overran, failed or was skipped: see its result. */
        FORCED
    }

    /** How a stage ended. */
    public enum Outcome {
        /** In time. */
        DONE,
        /**
         * Did not end within its deadline; the detail says who keeps it. What it waits for is left alone, never freed under
         * its users; when it ends after all, what was skipped because of it is done.
         */
        OVERRAN,
        /** Threw. */
        FAILED,
        /** Not run, as what it needs stopped had not stopped. */
        SKIPPED
    }

    /**
     * One stage.
     *
     * @param name e.g. {@code DRAIN_APPENDS}
     * @param outcome how it ended
     * @param took how long it took
     * @param detail counts, holders or the failure, empty if there is nothing to say
     */
    public record StageResult(String name, Outcome outcome, Duration took, String detail) {}

    /** Copies the list. */
    public ShutdownReport {
        stages = List.copyOf(stages);
    }

    /** Returns whether every stage ended well. */
    public boolean clean() {
        return state == State.CLEAN;
    }
}
