package io.daybook.cli;

import io.daybook.cli.contrast.CloseRace;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How one JVM of {@code demo --seed-bug} went. An exit code alone does not tell a crash: without a core dump SIGSEGV ends
 * with 1. So a run came to its end only if it ended with 0, printed {@link #DONE} last and left no error file.
 *
 * @param ended whether it came to its end
 * @param crashed whether its JVM broke down
 * @param how signal and native function, or exit code
 * @param rounds closes that went well
 * @param answered calls that were answered
 * @param refused calls that were told that the store is closed
 */
record RaceRun(boolean ended, boolean crashed, String how, long rounds, long answered, long refused) {
    /** The last line of a run that came to its end. */
    static final String DONE = "DONE";

    private static final long SECONDS_MAX = 120;
    private static final int SIGNAL_BASE = 128;
    private static final Pattern PROGRESS = Pattern.compile("calls (\\d+) (\\d+)");
    private static final Pattern SIGNAL = Pattern.compile("^# +(SIG[A-Z]+) ", Pattern.MULTILINE);
    private static final Pattern FRAME =
            Pattern.compile("^# Problematic frame:\\n# +\\S+ +(?:\\[([^]+]*)[^]]*])? *([^(+\\n]*)", Pattern.MULTILINE);

    static String progressLine(long answered, long refused) {
        return "calls " + answered + " " + refused;
    }

    /** Runs the race in a JVM of its own; {@code stop} may end it. */
    static RaceRun run(CloseRace.Kind kind, int rounds, Path scratch, StopSignal stop) throws InterruptedException {
        try {
            Path temporary = Files.createDirectories(scratch.resolve("tmp"));
            Path out = scratch.resolve("out");
            Process process = new ProcessBuilder(DemoJvm.command(
                            temporary,
                            List.of(
                                    "-Xmx256m",
                                    "-XX:-CreateCoredumpOnCrash",
                                    "-XX:ErrorFile=" + scratch.resolve("hs_err.log")),
                            List.of(
                                    "demo-race",
                                    Files.createDirectory(scratch.resolve("store"))
                                            .toString(),
                                    "--kind=" + kind,
                                    "--rounds=" + rounds)))
                    .redirectErrorStream(true)
                    .redirectOutput(out.toFile())
                    .start();
            stop.onRequest(() -> process.toHandle().destroyForcibly());
            boolean inTime = false;
            try {
                inTime = process.waitFor(SECONDS_MAX, TimeUnit.SECONDS);
            } finally {
                process.destroyForcibly();
            }
            process.waitFor();
            Path error = scratch.resolve("hs_err.log");
            return of(
                    inTime ? process.exitValue() : -1,
                    Files.readString(out, StandardCharsets.ISO_8859_1),
                    Files.exists(error) ? Files.readString(error, StandardCharsets.ISO_8859_1) : "");
        } catch (IOException e) {
            throw CommandException.io("cannot run " + kind + " in " + scratch + ": " + e.getMessage(), e);
        }
    }

    /**
     * From what a JVM left behind.
     *
     * @param exitCode -1: it was killed, as it took too long
     * @param out what it printed
     * @param errorFile text of its error file, empty: there is none
     */
    static RaceRun of(int exitCode, String out, String errorFile) {
        List<String> lines = out.lines().toList();
        boolean ended = exitCode == 0
                && errorFile.isEmpty()
                && !lines.isEmpty()
                && lines.get(lines.size() - 1).equals(DONE);
        long rounds = 0;
        long answered = 0;
        long refused = 0;
        for (String line : lines) {
            Matcher progress = PROGRESS.matcher(line);
            if (progress.matches()) {
                rounds++;
                answered = Long.parseLong(progress.group(1));
                refused = Long.parseLong(progress.group(2));
            }
        }
        boolean crashed = !errorFile.isEmpty() || exitCode > SIGNAL_BASE;
        return new RaceRun(
                ended, crashed, ended ? "came to its end" : how(exitCode, errorFile, lines), rounds, answered, refused);
    }

    private static String how(int exitCode, String errorFile, List<String> lines) {
        if (exitCode < 0) {
            return "hung, was killed after " + SECONDS_MAX + " s";
        }
        Matcher signal = SIGNAL.matcher(errorFile);
        Matcher frame = FRAME.matcher(errorFile);
        String what = signal.find()
                ? signal.group(1)
                : exitCode > SIGNAL_BASE ? "signal " + (exitCode - SIGNAL_BASE) : "exit code " + exitCode;
        if (frame.find()) {
            // Of code without a name, its library; of code that is none any more, nothing.
            String function = frame.group(2).strip();
            String library = frame.group(1);
            return what + " in "
                    + (!function.isEmpty() && !function.startsWith("0x")
                            ? function
                            : library != null ? library : "an unknown place");
        }
        return what
                + lines.stream()
                        .map(line -> line.toLowerCase(Locale.ROOT))
                        .filter(line -> line.startsWith("pthread") || line.startsWith("daybook:"))
                        .findFirst()
                        .map(line -> ": " + line)
                        .orElse("");
    }
}
