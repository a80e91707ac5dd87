package io.daybook.stats;

/** Why an append was not accepted: the values of the label {@code reason}. */
public enum AppendRejection {
    /** No room within the time that an append may wait, or at once on a thread that must not wait. */
    BUSY("busy"),
    /** The disk is full or below the reserve. */
    DISK_FULL("disk_full"),
    /** The engine is read-only for another reason. */
    READ_ONLY("read_only"),
    /** The ledger is fenced. */
    FENCED("fenced"),
    /** The engine has failed. */
    FAILED("failed"),
    /** The engine is closed or closing. */
    CLOSED("closed"),
    /** A bad argument: id, size, trim bound, buffer. */
    INVALID("invalid");

    private final String label;

    AppendRejection(String label) {
        this.label = label;
    }

    String label() {
        return label;
    }
}
