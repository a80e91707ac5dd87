package io.daybook.stats;

/**
 * Why an append was not accepted though it was asked for rightly: the values of the label {@code reason}. Misuse, which is
 * thrown at once, is not counted.
 */
public enum AppendRejection {
    /** No room within the time that an append may wait, or at once on a thread that must not wait. */
    BUSY("busy"),
    /** The disk is full or below the reserve. */
    DISK_FULL("disk_full"),
    /** The ledger is fenced. */
    FENCED("fenced"),
    /** The engine has failed. */
    FAILED("failed");

    private final String label;

    AppendRejection(String label) {
        this.label = label;
    }

    String label() {
        return label;
    }
}
