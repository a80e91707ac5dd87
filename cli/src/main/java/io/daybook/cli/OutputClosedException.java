package io.daybook.cli;

/** The reader of stdout went away, as {@code head} does when it has seen enough. Ends a command quietly. */
final class OutputClosedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    OutputClosedException(Throwable cause) {
        super("stdout was closed", cause);
    }
}
