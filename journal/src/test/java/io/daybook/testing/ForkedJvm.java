package io.daybook.testing;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Runs a main class in a JVM of its own, with the java and the class path of this one: for tests of what may end a JVM.
 *
 * <p>An exit code says too little about a crash: without a core dump a SIGSEGV ends with 1, and an abort in a native lock
 * leaves no error file. So a run was {@linkplain Result#isGood good} only if it ended with 0, its last line is {@code DONE} and
 * there is no error file. <b>Thread-safe</b> where each run has a directory of its own.
 */
public final class ForkedJvm {
    /** The last line of a main class that came to its end. */
    public static final String DONE = "DONE";

    private static final String ERROR_FILE = "hs_err";
    private static final int TEXT_MAX = 20_000;
    private static final int KILLED_SECONDS = 10;

    private final Path scratch;
    private final Class<?> main;
    private final List<String> prefix = new ArrayList<>();
    private final List<String> options = new ArrayList<>();
    private String classPath = System.getProperty("java.class.path");
    private Duration deadline = Duration.ofSeconds(120);

    /**
     * A JVM to be.
     *
     * @param scratch an existing directory for its output, its error file and its temporary files
     * @param main its main class
     */
    public ForkedJvm(Path scratch, Class<?> main) {
        this.scratch = scratch;
        this.main = main;
    }

    /** Puts a command, such as a tracer, before java. */
    public ForkedJvm under(List<String> command) {
        prefix.addAll(command);
        return this;
    }

    /** Adds a JVM option. */
    public ForkedJvm option(String option) {
        options.add(option);
        return this;
    }

    /** Puts classes in front of those of this JVM. */
    public ForkedJvm withClassesFirst(Path classes) {
        classPath = classes + File.pathSeparator + classPath;
        return this;
    }

    /** Puts classes behind those of this JVM. */
    public ForkedJvm withClassesLast(Path classes) {
        classPath = classPath + File.pathSeparator + classes;
        return this;
    }

    /** Kills it when it takes longer; 2 minutes unless given. */
    public ForkedJvm within(Duration time) {
        deadline = time;
        return this;
    }

    /**
     * What a run left behind.
     *
     * @param exitCode of the process; -1: it was killed, as it took too long
     * @param lines of stdout
     * @param stderr its text
     * @param errorFile text of the JVM's error file, if there is one
     */
    public record Result(int exitCode, List<String> lines, String stderr, Optional<String> errorFile) {

        /** Whether it came to its end. */
        public boolean isGood() {
            return exitCode == 0 && errorFile.isEmpty() && DONE.equals(lastLine());
        }

        /** Whether the JVM broke down: an error file, or an end by a signal. */
        public boolean isCrash() {
            return errorFile.isPresent() || exitCode > 128;
        }

        /** The last line of stdout, empty if there is none. */
        public String lastLine() {
            return lines.isEmpty() ? "" : lines.get(lines.size() - 1);
        }

        /** The native function in which the JVM broke down, if its error file tells. */
        public Optional<String> frame() {
            return errorFile.flatMap(text -> text.lines()
                    .dropWhile(line -> !line.startsWith("# Problematic frame:"))
                    .skip(1)
                    .findFirst()
                    .map(line -> line.substring(1).strip()));
        }

        /** Throws with all there is to know unless it came to its end. */
        public Result good() {
            if (!isGood()) {
                throw new AssertionError("exit code " + exitCode + ", frame " + frame().orElse("none") + "\nstdout: "
                        + end(String.join("\n", lines)) + "\nstderr: " + end(stderr)
                        + errorFile
                                .map(text -> "\nerror file: " + text.substring(0, Math.min(TEXT_MAX, text.length())))
                                .orElse(""));
            }
            return this;
        }

        private static String end(String text) {
            return text.substring(Math.max(0, text.length() - TEXT_MAX));
        }
    }

    /** Runs it to its end. */
    public Result run(Object... args) throws IOException, InterruptedException {
        Path out = scratch.resolve("stdout");
        Path err = scratch.resolve("stderr");
        Path temporary = Files.createDirectories(scratch.resolve("tmp"));
        Process process = new ProcessBuilder(command(temporary, args))
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        boolean ended = false;
        try {
            ended = process.waitFor(deadline.toMillis(), TimeUnit.MILLISECONDS);
        } finally {
            if (!ended) {
                kill(process);
                process.waitFor(KILLED_SECONDS, TimeUnit.SECONDS);
            }
        }
        Result result = new Result(
                ended ? process.exitValue() : -1, Files.readAllLines(out), Files.readString(err), errorFile());
        deleteBelow(temporary);
        return result;
    }

    /**
     * Starts it, for tests that do not wait for its end. Its stdout is the caller's to read, and ends at the deadline; stderr
     * goes to the scratch directory.
     */
    public Process start(Object... args) throws IOException {
        Path temporary = Files.createDirectories(scratch.resolve("tmp"));
        Process process = new ProcessBuilder(command(temporary, args))
                .redirectError(scratch.resolve("stderr").toFile())
                .start();
        Thread limit = new Thread(() -> limit(process), "limit of " + main.getSimpleName());
        limit.setDaemon(true);
        limit.start();
        return process;
    }

    private void limit(Process process) {
        try {
            if (!process.waitFor(deadline.toMillis(), TimeUnit.MILLISECONDS)) {
                String stacks = HangWatch.stacks(Stream.concat(Stream.of(process.toHandle()), process.descendants()));
                kill(process);
                System.out.println(main.getName() + " was killed, as it took longer than " + deadline.toSeconds()
                        + " s\n" + stacks);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Through handles, as {@link Process#destroyForcibly} would also drop what is left in the pipe. */
    private static void kill(Process process) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.toHandle().destroyForcibly();
    }

    /** After the end of a process that was {@linkplain #start started}: deletes its temporary files. */
    public void deleteTemporaryFiles() throws IOException {
        deleteBelow(scratch.resolve("tmp"));
    }

    private List<String> command(Path temporary, Object... args) {
        List<String> command = new ArrayList<>(prefix);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-Xmx256m", "-XX:TieredStopAtLevel=1", "-XX:+IgnoreUnrecognizedVMOptions"));
        command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-XX:-CreateCoredumpOnCrash"));
        command.add("-XX:ErrorFile=" + scratch.resolve(ERROR_FILE + "_%p.log"));
        // A JVM that breaks down does not delete what it unpacked there.
        command.add("-Djava.io.tmpdir=" + temporary);
        command.addAll(options);
        command.addAll(List.of("-cp", classPath, main.getName()));
        for (Object arg : args) {
            command.add(arg.toString());
        }
        return command;
    }

    /** Text of the JVM's error file, if there is one. */
    public Optional<String> errorFile() throws IOException {
        try (Stream<Path> files = Files.list(scratch)) {
            Optional<Path> file = files.filter(
                            path -> path.getFileName().toString().startsWith(ERROR_FILE))
                    .findFirst();
            return file.isEmpty() ? Optional.empty() : Optional.of(Files.readString(file.get()));
        }
    }

    private static void deleteBelow(Path root) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
