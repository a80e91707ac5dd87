package io.daybook.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs commands in this JVM with streams of the test's own. */
final class Cli {
    private static final byte[] NO_INPUT = new byte[0];

    private Cli() {}

    /**
     * What a run left behind.
     *
     * @param status exit code
     * @param out bytes on stdout
     * @param err text on stderr
     */
    record Result(int status, byte[] out, String err) {
        String text() {
            return new String(out, StandardCharsets.UTF_8);
        }

        List<String> lines() {
            return text().lines().toList();
        }

        /** Checks that it went well and said nothing on stderr. */
        Result good() {
            assertThat(err).isEmpty();
            assertThat(status).isZero();
            return this;
        }

        /** Checks the exit code, that the error is one line, and that it speaks of this. */
        Result failed(int expected, String... about) {
            assertThat(err).startsWith("daybook: ");
            for (String word : about) {
                assertThat(err).contains(word);
            }
            assertThat(err.lines()).hasSize(1);
            assertThat(status).as(err).isEqualTo(expected);
            return this;
        }
    }

    static Result run(Object... args) {
        return run(NO_INPUT, args);
    }

    static Result run(byte[] stdin, Object... args) {
        return run(new ByteArrayInputStream(stdin), args);
    }

    static Result run(InputStream stdin, Object... args) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        return run(stdin, out, out, new StopSignal(), args);
    }

    /** Runs a command that was told to stop before it began. */
    static Result runStopped(byte[] stdin, Object... args) {
        StopSignal stopped = new StopSignal();
        stopped.close();
        stopped.stop();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        return run(new ByteArrayInputStream(stdin), out, out, stopped, args);
    }

    /** Runs a command whose stdout is a pipe that its reader closes after so many bytes. */
    static Result runForReaderOf(int bytes, Object... args) {
        ByteArrayOutputStream read = new ByteArrayOutputStream();
        OutputStream pipe = new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                write(new byte[] {(byte) b}, 0, 1);
            }

            @Override
            public void write(byte[] from, int offset, int length) throws IOException {
                int room = bytes - read.size();
                read.write(from, offset, Math.min(length, room));
                if (length > room) {
                    throw new IOException("Broken pipe");
                }
            }
        };
        return run(new ByteArrayInputStream(NO_INPUT), pipe, read, new StopSignal(), args);
    }

    private static Result run(
            InputStream stdin, OutputStream stdout, ByteArrayOutputStream out, StopSignal stop, Object... args) {
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int status;
        try (PrintStream print = new PrintStream(err, true, StandardCharsets.UTF_8)) {
            Session session = new Session(stdin, new Output(stdout), print, false, stop);
            status = Main.run(session, strings(args).toArray(String[]::new));
        }
        return new Result(status, out.toByteArray(), err.toString(StandardCharsets.UTF_8));
    }

    static List<String> strings(Object... args) {
        List<String> strings = new ArrayList<>();
        for (Object arg : args) {
            strings.add(String.valueOf(arg));
        }
        return strings;
    }

    /** The command line of a JVM of its own that runs a command. */
    static List<String> command(Object... args) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-Xmx512m", "-XX:TieredStopAtLevel=1", "-XX:+IgnoreUnrecognizedVMOptions"));
        command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-cp", System.getProperty("java.class.path")));
        command.add(Main.class.getName());
        command.addAll(strings(args));
        return command;
    }

    /** Runs a command in a JVM of its own, from a file to a file, and returns its exit code; stderr goes through. */
    static int runOnFiles(Path stdin, Path stdout, Object... args) throws IOException, InterruptedException {
        List<String> command = command(args);
        command.add(1, "-Djava.io.tmpdir=" + stdout.toAbsolutePath().getParent());
        Process process = new ProcessBuilder(command)
                .redirectInput(stdin.toFile())
                .redirectOutput(stdout.toFile())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        if (!process.waitFor(100, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError(command + " takes too long");
        }
        return process.exitValue();
    }

    /** Starts a command in a JVM of its own; stderr goes to a file, and temporary files beside it. */
    static Process fork(Path stderr, Object... args) throws IOException {
        List<String> command = command(args);
        command.add(1, "-Djava.io.tmpdir=" + stderr.getParent());
        return new ProcessBuilder(command).redirectError(stderr.toFile()).start();
    }
}
