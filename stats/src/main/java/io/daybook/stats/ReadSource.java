package io.daybook.stats;

/** Where the bytes of a read came from: the values of the label {@code source}. */
public enum ReadSource {
    /** The frame buffers that were just written. */
    TAIL("tail"),
    /** The block cache. */
    CACHE("cache"),
    /** A segment file, read for this call. */
    DISK("disk");

    private final String label;

    ReadSource(String label) {
        this.label = label;
    }

    String label() {
        return label;
    }
}
