package io.daybook.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Supplier;

/** One line on the terminal that is written over and over, at most five times a second. <b>Thread-safe.</b> */
final class Progress implements AutoCloseable {
    private static final long INTERVAL_NANOS = 200_000_000;
    private static final String BEGIN = "\r";
    private static final String CLEAR_TO_END = "\u001b[K";

    private final PrintStream terminal;
    private long shownNanos = System.nanoTime();
    private boolean shown;

    /** Shows on this stream, null: nowhere. */
    Progress(PrintStream terminal) {
        this.terminal = terminal;
    }

    synchronized void show(Supplier<String> text) {
        if (terminal == null || System.nanoTime() - shownNanos < INTERVAL_NANOS) {
            return;
        }
        shownNanos = System.nanoTime();
        shown = true;
        terminal.print(BEGIN + text.get() + CLEAR_TO_END);
        terminal.flush();
    }

    /** Takes the line away. */
    @Override
    public synchronized void close() {
        if (shown) {
            terminal.print(BEGIN + CLEAR_TO_END);
            terminal.flush();
            shown = false;
        }
    }

    /**
     * Returns whether stderr is a terminal. {@code System.console()} says so only if stdin and stdout are terminals too, and
     * {@code put} and {@code cat} never have both; so where there is a /proc, its link of the descriptor is asked.
     */
    static boolean stderrIsTerminal() {
        String told = System.getenv("DAYBOOK_STDERR_TTY");
        if (told != null && !told.isEmpty()) {
            return told.equals("1");
        }
        Path descriptor = Path.of("/proc/self/fd/2");
        if (!Files.isSymbolicLink(descriptor)) {
            return System.console() != null;
        }
        try {
            String target = Files.readSymbolicLink(descriptor).toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty") || target.equals("/dev/console");
        } catch (IOException e) {
            return false;
        }
    }
}
