package io.daybook.cli;

import java.io.PrintStream;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;

/** The engine's log on stderr: warnings, one line each; with {@code --debug} everything it says, with stack traces. */
final class Logging extends Handler {
    /** Held here, as the JDK forgets loggers, and their levels with them, that nobody holds. */
    private static final Logger DAYBOOK = Logger.getLogger("io.daybook");

    private final PrintStream err;
    private final boolean debug;
    private final SimpleFormatter formatter = new SimpleFormatter();

    private Logging(PrintStream err, boolean debug) {
        this.err = err;
        this.debug = debug;
        setLevel(debug ? Level.FINE : Level.WARNING);
    }

    /** Replaces what the JDK logs to by default. */
    static void install(PrintStream err, boolean debug) {
        LogManager.getLogManager().reset();
        Logger root = Logger.getLogger("");
        root.setLevel(debug ? Level.INFO : Level.WARNING);
        DAYBOOK.setLevel(debug ? Level.FINE : Level.WARNING);
        root.addHandler(new Logging(err, debug));
    }

    @Override
    public void publish(LogRecord entry) {
        if (!isLoggable(entry)) {
            return;
        }
        String level = entry.getLevel().intValue() >= Level.WARNING.intValue() ? "warning: " : "";
        String cause = entry.getThrown() == null || debug ? "" : ": " + Failures.describe(entry.getThrown());
        String message = formatter.formatMessage(entry) + cause;
        err.println("daybook: " + level + (debug ? message : Failures.oneLine(message)));
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
