package io.daybook.stats;

/** What an append waited for before it was accepted: the values of the label {@code cause}. */
public enum AppendWait {
    /** The bound on bytes in flight. */
    IN_FLIGHT_BYTES("in_flight_bytes"),
    /** The bound on the tail index: the index flush is behind. */
    TAIL_INDEX("tail_index"),
    /** The next segment, which was not ready. */
    SEGMENT("segment");

    private final String label;

    AppendWait(String label) {
        this.label = label;
    }

    String label() {
        return label;
    }
}
