package io.daybook.stats;

/** Where the bytes of a read came from: the values of the label {@code source}. */
public enum ReadSource {
    /** The frame buffers that were just written. */
    TAIL("tail"),
    /** A segment file, read for this call or ahead of it. */
    DISK("disk");

    private final String label;

    ReadSource(String label) {
        this.label = label;
    }

    String label() {
        return label;
    }
}
