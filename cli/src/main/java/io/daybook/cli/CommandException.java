package io.daybook.cli;

/** An error that the command itself found, with its exit code and a message for the user. */
final class CommandException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final int exitCode;

    private CommandException(int exitCode, String message, Throwable cause) {
        super(message, cause);
        this.exitCode = exitCode;
    }

    static CommandException misuse(String message) {
        return new CommandException(ExitCode.MISUSE, message, null);
    }

    static CommandException misuse(String message, Throwable cause) {
        return new CommandException(ExitCode.MISUSE, message, cause);
    }

    static CommandException io(String message, Throwable cause) {
        return new CommandException(ExitCode.IO, message, cause);
    }

    int exitCode() {
        return exitCode;
    }
}
