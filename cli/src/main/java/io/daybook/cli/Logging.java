package io.daybook.cli;

import java.io.PrintStream;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;

/** The engine's log on stderr: warnings, one line each; with {@code --debug} all of information level and up, with stack traces. */
final class Logging extends Handler {
    private final PrintStream err;
    private final boolean debug;
    private final SimpleFormatter formatter = new SimpleFormatter();

    private Logging(PrintStream err, boolean debug) {
        this.err = err;
        this.debug = debug;
        setLevel(debug ? Level.INFO : Level.WARNING);
    }

    /** Replaces what the JDK logs to by default. */
    static void install(PrintStream err, boolean debug) {
        LogManager.getLogManager().reset();
        Logger root = Logger.getLogger("");
        root.setLevel(debug ? Level.INFO : Level.WARNING);
        root.addHandler(new Logging(err, debug));
    }

    @Override
    public void publish(LogRecord entry) {
        if (!isLoggable(entry)) {
            return;
        }
        String level = entry.getLevel().intValue() >= Level.WARNING.intValue() ? "warning: " : "";
        String cause = entry.getThrown() == null || debug ? "" : ": " + Failures.describe(entry.getThrown());
        err.println("daybook: " + level + Failures.oneLine(formatter.formatMessage(entry) + cause));
        if (debug && entry.getThrown() != null) {
            entry.getThrown().printStackTrace(err);
        }
    }

    @Override
    public void flush() {
        err.flush();
    }

    @Override
    public void close() {
        err.flush();
    }
}
