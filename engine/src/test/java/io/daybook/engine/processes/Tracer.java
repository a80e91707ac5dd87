package io.daybook.engine.processes;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/** strace, which ends a process or fails a system call at an exact one. Calls are counted by each thread for itself. */
final class Tracer {
    /** Files are named by numbers that grow: so many above the highest are met by one process, and so many below it. */
    private static final int NEW_FILES = 150;

    private static final int OLD_FILES = 20;
    private static final Pattern NUMBER = Pattern.compile("(?:[A-Za-z]+-)?([0-9]{6,10})(?:\\.[a-z]+)?");

    private final Path trace;
    private final List<Path> paths = new ArrayList<>();

    /**
     * A tracer.
     *
     * @param scratch for what it writes
     */
    Tracer(Path scratch) {
        this.trace = scratch.resolve("trace");
    }

    /** Skips the test, saying so, where there is no strace or it may not trace. */
    static void assumeAvailable(String test) throws Exception {
        String why = "there is no strace";
        try {
            Process tried = new ProcessBuilder("strace", "-f", "-qq", "-e", "inject=fdatasync:error=EIO", "true")
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            if (tried.waitFor(30, TimeUnit.SECONDS) && tried.exitValue() == 0) {
                return;
            }
            why = "strace does not work here";
        } catch (IOException e) {
            // Told below.
        }
        System.out.println("SKIPPED: " + test + ": " + why);
        Assumptions.abort(why);
    }

    /** Only calls that meet segments. */
    Tracer segments(Path store) throws IOException {
        return numbered(store.resolve("journal"), "segment-%010d.journal");
    }

    private Tracer numbered(Path in, String name) throws IOException {
        long highest = highestNumber(in);
        for (long number = Math.max(0, highest - OLD_FILES); number <= highest + NEW_FILES; number++) {
            paths.add(in.resolve(String.format(name, number)));
        }
        return this;
    }

    private static long highestNumber(Path in) throws IOException {
        if (!Files.exists(in)) {
            return 0;
        }
        try (Stream<Path> files = Files.list(in)) {
            return files.map(file -> NUMBER.matcher(file.getFileName().toString()))
                    .filter(Matcher::matches)
                    .mapToLong(number -> Long.parseLong(number.group(1)))
                    .max()
                    .orElse(0);
        }
    }

    /** Only calls that meet the directories, the manifest or segments. */
    Tracer journal(Path store) throws IOException {
        paths.add(store);
        paths.add(store.resolve("journal"));
        return manifest(store).segments(store);
    }

    /** Only calls that meet a copy of the manifest. */
    Tracer manifest(Path store) {
        for (int i = 1; i <= 2; i++) {
            paths.add(store.resolve("manifest-" + i));
            paths.add(store.resolve("manifest-" + i + ".tmp"));
        }
        return this;
    }

    /** Only calls that meet the index's log of changes. */
    Tracer indexLog(Path store) throws IOException {
        return numbered(store.resolve("index"), "%06d.log");
    }

    /** Only calls that meet the newest table of the index. */
    Tracer newestIndexTable(Path store) throws IOException {
        try (Stream<Path> files = Files.list(store.resolve("index"))) {
            paths.add(files.filter(file -> file.toString().endsWith(".sst"))
                    .max(Comparator.naturalOrder())
                    .orElseThrow());
        }
        return this;
    }

    /** Ends the process before the call. */
    List<String> kill(String call, int number) {
        return command(List.of(), call, "signal=SIGKILL:when=" + number);
    }

    /** Fails the call instead of making it. */
    List<String> fail(String call, String how, int number) {
        // Stops at these calls only: ten times as fast. A signal is not delivered that way.
        return command(List.of("--seccomp-bpf"), call, how + ":when=" + number);
    }

    private List<String> command(List<String> options, String call, String injected) {
        List<String> command = new ArrayList<>(List.of("strace", "-f", "-qq", "-o", trace.toString()));
        command.addAll(options);
        for (Path path : paths) {
            command.addAll(List.of("-P", path.toString()));
        }
        command.addAll(List.of("-e", "signal=none", "-e", "trace=" + call, "-e", "inject=" + call + ":" + injected));
        return command;
    }

    /** How many calls failed. */
    long injected() throws IOException {
        return Files.readAllLines(trace).stream()
                .filter(line -> line.contains("(INJECTED)"))
                .count();
    }
}
