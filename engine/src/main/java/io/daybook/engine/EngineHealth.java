package io.daybook.engine;

import java.util.List;
import java.util.Optional;

/**
 * The state of an engine at a moment. Immutable.
 *
 * @param status overall
 * @param reasons why it is not green, empty if it is
 * @param failure the first failure, after which changes are refused; empty while there was none
 */
public record EngineHealth(Status status, List<String> reasons, Optional<Throwable> failure) {

    /** Overall state. */
    public enum Status {
        /** All is well. */
        GREEN,
        /** Works, but something wants attention: damage was met, or the disk is full. */
        YELLOW,
        /** Changes are refused for good; reads go on. */
        RED
    }

    /** Copies the list. */
    public EngineHealth {
        reasons = List.copyOf(reasons);
    }
}
