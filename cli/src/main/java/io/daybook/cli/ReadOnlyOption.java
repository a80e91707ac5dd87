package io.daybook.cli;

import picocli.CommandLine.Option;

/** Whether a reading command opens the store without the lock. */
final class ReadOnlyOption {
    @Option(
            names = "--read-only",
            description =
                    "Open without writing a byte, also while another process has the store open; what that process"
                            + " wrote in its last moments may be missing.")
    private boolean readOnly;

    boolean readOnly() {
        return readOnly;
    }
}
