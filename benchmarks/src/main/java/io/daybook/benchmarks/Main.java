package io.daybook.benchmarks;

import io.daybook.benchmarks.compare.Comparison;
import io.daybook.benchmarks.report.Report;
import io.daybook.benchmarks.report.Results;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Runs benchmarks.
 *
 * <pre>
 * java -jar benchmarks/target/benchmarks.jar                       the quick set: under ten minutes, ends in a table
 * java -jar benchmarks/target/benchmarks.jar --dir /data           the same, files there
 * java -jar benchmarks/target/benchmarks.jar hold                  what a hold costs on an index get: five minutes
 * java -jar benchmarks/target/benchmarks.jar recovery              how fast a store opens whose index is behind
 * java -jar benchmarks/target/benchmarks.jar compare --size key    beside BookKeeper and RocksDB, with a report
 * java -jar benchmarks/target/benchmarks.jar report DIR            the report again, from DIR/results.json
 * java -jar benchmarks/target/benchmarks.jar DurableAppend -f 3    JMH, with all its arguments; -h, -l
 * java -Ddaybook.bench.dir=/data -jar …                            JMH, files there
 * </pre>
 */
public final class Main {
    private Main() {}

    /** System property: with it a failure is told with its stack trace. */
    static final String DEBUG_PROPERTY = "daybook.bench.debug";

    private static final int GOOD = 0;
    private static final int FOUND_WRONG = 1;
    private static final int MISUSE = 2;
    private static final int IO = 3;

    /**
     * Runs the quick set, {@code hold}, {@code recovery}, {@code compare}, {@code report}, or JMH where there are arguments
     * for it, and ends the JVM. Exit code 0: all was measured, 1: some of it could not be, 2: wrong arguments, 3: I/O; JMH
     * has its own.
     *
     * @param args {@code --dir PATH} first, if at all; then {@code hold}, {@code recovery}, {@code compare} or
     *     {@code report} and its options, or JMH's
     */
    public static void main(String[] args) {
        System.exit(run(args, System.err));
    }

    /** Runs, says in one line what went wrong, and returns the exit code. */
    static int run(String[] args, PrintStream err) {
        try {
            return run(args);
        } catch (Throwable e) {
            err.println("benchmarks: " + describe(e));
            if (Boolean.getBoolean(DEBUG_PROPERTY)) {
                e.printStackTrace(err);
            }
            return isMisuse(e) ? MISUSE : IO;
        }
    }

    private static int run(String[] args) throws IOException {
        String[] rest = args;
        if (args.length >= 1 && args[0].equals("--dir")) {
            if (args.length == 1) {
                throw new IllegalArgumentException("--dir needs a directory");
            }
            rest = Arrays.copyOfRange(args, 2, args.length);
            System.setProperty(Workspace.BASE_PROPERTY, args[1]);
        }
        if (rest.length == 0) {
            return new QuickSet(Workspace.base()).run() ? GOOD : FOUND_WRONG;
        }
        if (rest[0].equals("report")) {
            return report(rest);
        }
        Children.endWithThisProcess();
        switch (rest[0]) {
            case "hold" -> HoldCost.run(Arrays.copyOfRange(rest, 1, rest.length), Workspace.base());
            case "recovery" -> RecoverySpeed.run(Arrays.copyOfRange(rest, 1, rest.length), Workspace.base());
            case "compare" -> {
                return Comparison.run(Arrays.copyOfRange(rest, 1, rest.length));
            }
            default -> jmh(args, rest);
        }
        return GOOD;
    }

    private static int report(String[] args) throws IOException {
        if (args.length != 2) {
            throw new IllegalArgumentException("report needs the directory of a comparison, and nothing else");
        }
        Path directory = Path.of(args[1]);
        Report.write(Results.fromJson(Files.readString(directory.resolve("results.json"))), directory);
        return GOOD;
    }

    private static void jmh(String[] args, String[] rest) throws IOException {
        String[] all = rest;
        if (rest != args) {
            // JMH hands JVM arguments of this process to its forks, but not properties that were set since.
            all = Arrays.copyOf(rest, rest.length + 2);
            all[rest.length] = "-jvmArgsPrepend";
            all[rest.length + 1] = Workspace.baseArgument(Workspace.base());
        }
        org.openjdk.jmh.Main.main(all);
    }

    private static String describe(Throwable failure) {
        StringBuilder line = new StringBuilder(text(failure));
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        if (line.indexOf(text(root)) < 0) {
            line.append(": ").append(text(root));
        }
        return line.toString().strip().replaceAll("\\s*\\R\\s*", "; ");
    }

    private static String text(Throwable failure) {
        String message = failure.getMessage();
        if (failure instanceof FileSystemException || message == null || message.isBlank()) {
            // Its message alone is a path.
            return failure.getClass().getSimpleName() + (message == null ? "" : ": " + message);
        }
        return message;
    }

    /** A place that is not there or cannot be used is a wrong argument rather than a failing disk. */
    private static boolean isMisuse(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof IllegalArgumentException
                    || cause instanceof NoSuchFileException
                    || cause instanceof AccessDeniedException
                    || cause instanceof NotDirectoryException
                    || cause instanceof FileAlreadyExistsException) {
                return true;
            }
        }
        return false;
    }
}
