package io.daybook.cli;

/** What the command's exit codes mean. */
final class ExitCode {
    static final int GOOD = 0;
    static final int FOUND_WRONG = 1;
    static final int MISUSE = 2;
    static final int IO = 3;

    private ExitCode() {}
}
