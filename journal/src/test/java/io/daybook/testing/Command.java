package io.daybook.testing;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A command of the system, which gets no input, and whose output is read from a file: a pipe may stay open for ever. */
public final class Command {
    private Command() {}

    /**
     * What a command did.
     *
     * @param status its exit code; -1: it could not be started, or took too long and was killed
     * @param output of both kinds, or what went wrong
     */
    public record Ran(int status, String output) {}

    /** Runs a command, for no longer than that. */
    public static Ran run(Duration limit, List<String> command) throws IOException {
        Path file = Files.createTempFile("daybook", ".output");
        try {
            return run(limit, command, file);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException(command.toString());
        } finally {
            Files.delete(file);
        }
    }

    private static Ran run(Duration limit, List<String> command, Path file) throws IOException, InterruptedException {
        Process process;
        try {
            process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(file.toFile())
                    .start();
        } catch (IOException e) {
            return new Ran(-1, e.getMessage());
        }
        process.getOutputStream().close();
        boolean ended = false;
        try {
            ended = process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
        } finally {
            if (!ended) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly();
            }
        }
        String output = new String(Files.readAllBytes(file), StandardCharsets.UTF_8).strip();
        return ended
                ? new Ran(process.exitValue(), output)
                : new Ran(-1, command + " took longer than " + limit.toSeconds() + " s: " + output);
    }
}
