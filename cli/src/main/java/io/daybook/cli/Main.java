package io.daybook.cli;

import io.daybook.engine.EngineClosedException;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Arrays;
import picocli.CommandLine;

/** The {@code daybook} command. */
public final class Main {
    private Main() {}

    /**
     * Runs a command and ends the JVM with its exit code.
     *
     * @param args see {@code daybook --help}
     */
    public static void main(String[] args) {
        Logging.install(System.err, Arrays.asList(args).contains("--debug"));
        int status;
        try (StopSignal stop = StopSignal.install()) {
            status = run(
                    new Session(
                            new FileInputStream(FileDescriptor.in),
                            new Output(new FileOutputStream(FileDescriptor.out)),
                            System.err,
                            Progress.stderrIsTerminal(),
                            stop),
                    args);
        }
        System.exit(status);
    }

    /** Runs a command and returns its exit code. */
    static int run(Session session, String... args) {
        RootCommand root = new RootCommand(session);
        StringWriter help = new StringWriter();
        CommandLine line = new CommandLine(root)
                .setExpandAtFiles(false)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setOut(new PrintWriter(help))
                .setErr(new PrintWriter(session.err(), true))
                .setParameterExceptionHandler((failure, arguments) -> misuse(session, root, failure))
                .setExecutionExceptionHandler((failure, command, result) -> failed(session, root, failure));
        line.getSubcommands().values().forEach(command -> command.setUsageHelpLongOptionsMaxWidth(26));
        int status;
        try {
            status = line.execute(args);
        } catch (Error e) {
            // Picocli handles exceptions only; an OutOfMemoryError deserves the same line and exit code.
            status = failed(session, root, e);
        }
        try {
            if (help.getBuffer().length() > 0) {
                session.out().line(help.toString().stripTrailing());
            }
            session.out().flush();
        } catch (RuntimeException e) {
            int worse = Failures.report(e, session.err(), root.debug);
            return status == ExitCode.GOOD ? worse : status;
        }
        return status;
    }

    private static int failed(Session session, RootCommand root, Throwable failure) {
        Throwable cause = Failures.unwrap(failure);
        // The command was told to stop, or its engine was closed under it for that: that needs no words.
        boolean stopped = cause instanceof StopSignal.StoppedException
                || (session.stop().requested() && cause instanceof EngineClosedException);
        return stopped ? ExitCode.IO : Failures.report(failure, session.err(), root.debug);
    }

    private static int misuse(Session session, RootCommand root, CommandLine.ParameterException failure) {
        String message = failure.getMessage();
        if (failure instanceof CommandLine.UnmatchedArgumentException unmatched
                && failure.getCommandLine().getParent() == null
                && !unmatched.getUnmatched().isEmpty()) {
            message =
                    "there is no command or option '" + unmatched.getUnmatched().get(0) + "'";
        }
        String command = failure.getCommandLine().getCommandSpec().qualifiedName();
        session.err().println("daybook: " + Failures.oneLine(message) + " (see " + command + " --help)");
        if (root.debug) {
            failure.printStackTrace(session.err());
        }
        return ExitCode.MISUSE;
    }
}
