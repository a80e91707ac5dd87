package io.daybook.cli;

import java.io.InputStream;
import java.io.PrintStream;

/**
 * What one run of the command talks to.
 *
 * @param in stdin
 * @param out stdout
 * @param err stderr
 * @param terminal whether stderr is a terminal, so that progress may be shown
 * @param stop tells of the end of the process
 */
record Session(InputStream in, Output out, PrintStream err, boolean terminal, StopSignal stop) {

    Progress progress() {
        return new Progress(terminal ? err : null);
    }

    /** Prints on stdout and returns the exit code: what was found stays found where nobody reads to the end. */
    int told(int status, Runnable printing) {
        try {
            printing.run();
            out.flush();
        } catch (OutputClosedException e) {
            // The reader has seen enough, and the exit code still says what there was to see.
        }
        return status;
    }
}
