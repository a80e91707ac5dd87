package io.daybook.benchmarks.compare;

import io.daybook.benchmarks.Children;
import io.daybook.benchmarks.Threads;
import io.daybook.benchmarks.Workspace;
import io.daybook.benchmarks.report.Json;
import io.daybook.benchmarks.report.Run;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Runs {@link CellRun} in a JVM of its own, with the class path and the options of the store. */
final class ChildJvm {
    private static final int LINES_KEPT = 40;

    private final PeerJars peers;
    private final Path base;

    ChildJvm(PeerJars peers, Path base) {
        this.peers = peers;
        this.base = base;
    }

    /**
     * Runs it to its end.
     *
     * @return what it measured, empty if it only filled
     * @throws IllegalStateException with the end of its output if it failed or took longer than {@code secondsMax}
     */
    Optional<Run> run(Cell cell, ComparedStore store, Path directory, Map<String, String> options, long secondsMax)
            throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Jdks.java(store.java()).orElseThrow().toString());
        command.addAll(store.jvmArguments());
        if (cell.kind() == CellKind.OPEN && options.containsKey(CellRun.FILL)) {
            command.addAll(store.unflushedJvmArguments());
        }
        command.add(Workspace.baseArgument(base));
        // Native libraries are unpacked there; a JVM that halts does not delete them.
        command.add("-Djava.io.tmpdir=" + base);
        command.addAll(List.of("-cp", peers.classPath(store), CellRun.class.getName()));
        command.addAll(List.of("--kind", cell.kind().key(), "--store", store.sink(), "--dir", directory.toString()));
        cell.params().forEach((name, value) -> command.addAll(List.of("--" + name, value)));
        options.forEach((name, value) -> command.addAll(List.of("--" + name, value)));
        Path log = Files.createTempFile(directory, "child-", ".log");
        Process child = Children.measuring(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            if (!child.waitFor(secondsMax, TimeUnit.SECONDS)) {
                child.destroy();
                if (!child.waitFor(15, TimeUnit.SECONDS)) {
                    child.destroyForcibly();
                }
                throw failure(log, "took longer than " + secondsMax + " s");
            }
        } catch (InterruptedException e) {
            child.destroy();
            throw Threads.interrupted(e);
        }
        if (child.exitValue() != 0) {
            throw failure(log, "ended with exit code " + child.exitValue());
        }
        Optional<Run> result = result(log);
        Files.delete(log);
        return result;
    }

    private static Optional<Run> result(Path log) throws IOException {
        try (BufferedReader lines = Files.newBufferedReader(log)) {
            return lines.lines()
                    .filter(line -> line.startsWith(CellRun.RESULT))
                    .map(line -> Run.fromJson(Json.parse(line.substring(CellRun.RESULT.length()))))
                    .reduce((first, second) -> second);
        }
    }

    private static IllegalStateException failure(Path log, String what) throws IOException {
        Deque<String> last = new ArrayDeque<>();
        try (BufferedReader lines = Files.newBufferedReader(log)) {
            lines.lines().forEach(line -> {
                last.add(line);
                if (last.size() > LINES_KEPT) {
                    last.remove();
                }
            });
        }
        return new IllegalStateException(what + "\n    | " + String.join("\n    | ", last));
    }
}
