package io.daybook.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The writer of the demo in a JVM of its own, and the last whole line it printed. */
final class DemoChild implements AutoCloseable {
    private static final long KILL_SECONDS_MAX = 30;

    private final Process process;
    private final int ledgers;
    private final Thread reader = new Thread(this::read, "daybook-demo");
    private volatile DemoAcks acks;

    private DemoChild(Process process, int ledgers) {
        this.process = process;
        this.ledgers = ledgers;
        this.acks = DemoAcks.none(ledgers);
    }

    /** Starts the writer with the java and the class path of this JVM. */
    static DemoChild start(DemoDirectory directory, DemoOptions options, long seed, long secondsMax) {
        List<String> arguments = new ArrayList<>(
                List.of("demo-writer", directory.store().toString(), "--seed=" + seed, "--seconds-max=" + secondsMax));
        arguments.addAll(options.arguments());
        List<String> command = DemoJvm.command(directory.writerFiles(), List.of(), arguments);
        try {
            Process process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            DemoChild child = new DemoChild(process, options.ledgers());
            child.reader.setDaemon(true);
            child.reader.start();
            return child;
        } catch (IOException e) {
            throw CommandException.io("cannot start " + command.get(0) + ": " + e.getMessage(), e);
        }
    }

    long pid() {
        return process.pid();
    }

    boolean alive() {
        return process.isAlive();
    }

    /** What was acknowledged by the last whole line so far. */
    DemoAcks acks() {
        return acks;
    }

    /** Kills it with SIGKILL, and returns what it had acknowledged by then. */
    DemoAcks kill() throws InterruptedException {
        close();
        if (!process.waitFor(KILL_SECONDS_MAX, TimeUnit.SECONDS)) {
            throw CommandException.io("process " + process.pid() + " does not end after SIGKILL", null);
        }
        // The pipe still holds lines that were printed, so acknowledged, before the kill.
        reader.join();
        return acks;
    }

    /** Kills it. Through the handle, as {@link Process#destroyForcibly} would also drop what is left in the pipe. */
    @Override
    public void close() {
        process.toHandle().destroyForcibly();
    }

    private void read() {
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII))) {
            StringBuilder line = new StringBuilder();
            for (int c = lines.read(); c >= 0; c = lines.read()) {
                if (c == '\n') {
                    DemoAcks.parse(line.toString(), ledgers).ifPresent(read -> acks = read);
                    line.setLength(0);
                } else {
                    // A line that the kill cut off has no end, and does not count: its last number may be cut too.
                    line.append((char) c);
                }
            }
        } catch (IOException | UncheckedIOException e) {
            // The stream is gone together with the process.
        }
    }
}
