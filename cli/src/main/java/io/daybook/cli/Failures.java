package io.daybook.cli;

import io.daybook.engine.CorruptEntryException;
import io.daybook.engine.CorruptStoreException;
import io.daybook.engine.DirectoryLockedException;
import io.daybook.engine.EngineReadOnlyException;
import io.daybook.engine.LedgerFencedException;
import io.daybook.engine.NoSuchEntryException;
import io.daybook.engine.NoSuchLedgerException;
import io.daybook.engine.NotAStoreException;
import io.daybook.engine.UnsupportedFormatException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.ReadOnlyFileSystemException;
import java.util.OptionalLong;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;

/** Turns exceptions into one line for the user and an exit code. */
final class Failures {
    private static final int LINE_CHARACTERS_MAX = 2000;

    private Failures() {}

    /** Prints what went wrong and returns the exit code. */
    static int report(Throwable failure, PrintStream err, boolean debug) {
        Throwable cause = unwrap(failure);
        if (cause instanceof OutputClosedException) {
            return ExitCode.GOOD;
        }
        err.println("daybook: " + describe(cause));
        if (debug) {
            failure.printStackTrace(err);
        }
        err.flush();
        return exitCode(cause);
    }

    static int exitCode(Throwable cause) {
        if (cause instanceof CommandException command) {
            return command.exitCode();
        }
        if (cause instanceof NoSuchLedgerException
                || cause instanceof NoSuchEntryException
                || cause instanceof CorruptEntryException
                || cause instanceof CorruptStoreException) {
            return ExitCode.FOUND_WRONG;
        }
        if (cause instanceof DirectoryLockedException
                || cause instanceof NotAStoreException
                || cause instanceof UnsupportedFormatException
                || cause instanceof LedgerFencedException
                || cause instanceof EngineReadOnlyException
                || cause instanceof IllegalArgumentException
                || denied(cause)) {
            return ExitCode.MISUSE;
        }
        return ExitCode.IO;
    }

    /** One line that says what happened, with the first cause where the message does not tell it already. */
    static String describe(Throwable cause) {
        String line = text(cause);
        Throwable root = cause;
        while (root.getCause() != null && root.getCause() != root) {
            root = root.getCause();
        }
        // Some messages end in the cause as it prints itself, which is for programmers.
        line = line.replace(root.toString(), text(root));
        if (cause instanceof DirectoryLockedException locked) {
            OptionalLong holder = locked.holder();
            if (holder.isPresent() && !line.contains(Long.toString(holder.getAsLong()))) {
                line += " (held by pid " + holder.getAsLong() + ")";
            }
        }
        boolean own = cause instanceof CommandException;
        if (root != cause && !own && !line.contains(text(root))) {
            line += ": " + text(root);
        }
        return oneLine(line);
    }

    static String oneLine(String text) {
        String line = text.strip().replaceAll("\\s*\\R\\s*", "; ");
        return line.length() <= LINE_CHARACTERS_MAX ? line : line.substring(0, LINE_CHARACTERS_MAX) + "...";
    }

    static Throwable unwrap(Throwable failure) {
        Throwable cause = failure;
        while (isWrapper(cause) && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }

    private static boolean isWrapper(Throwable cause) {
        return cause instanceof CompletionException
                || cause instanceof ExecutionException
                || cause instanceof UncheckedIOException;
    }

    private static String text(Throwable cause) {
        if (cause instanceof AccessDeniedException denied) {
            return denied.getFile() + ": permission denied";
        }
        if (cause instanceof NoSuchFileException missing) {
            return missing.getFile() + ": no such file or directory";
        }
        if (cause instanceof OutOfMemoryError) {
            return "out of memory: " + cause.getMessage();
        }
        String message = cause.getMessage();
        return message == null || message.isBlank() ? cause.getClass().getSimpleName() : message;
    }

    /** Whether the place cannot be written at all: that is a wrong argument rather than a failing disk. */
    private static boolean denied(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof AccessDeniedException
                    || cause instanceof ReadOnlyFileSystemException
                    || (cause instanceof FileSystemException file
                            && file.getReason() != null
                            && file.getReason().contains("Read-only file system"))) {
                return true;
            }
        }
        return false;
    }
}
