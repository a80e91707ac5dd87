package io.daybook.fuzz;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Jazzer on one target for some seconds, in a JVM of its own: its agent instruments all of it. Direct memory and the time of an
 * input are bounded there.
 */
final class FuzzRun {
    private static final int INPUT_SECONDS_MAX = 10;
    private static final int FINDING = 77;
    private static final Pattern EXECUTED = Pattern.compile("(?m)^stat::number_of_executed_units:\\s+(\\d+)");
    private static final Pattern COVERED = Pattern.compile("(?m)^#\\d+\\s+\\w+\\s+cov: (\\d+) ft: (\\d+) corp: (\\d+)");

    /**
     * What came of it.
     *
     * @param executed inputs run
     * @param covered edges of the code reached
     * @param finding the input that failed, null: none
     * @param log what Jazzer said, its end
     * @param kept inputs that each reach something new
     */
    record Result(long executed, long covered, byte[] finding, String log, List<byte[]> kept) {}

    private FuzzRun() {}

    static Result run(Targets target, Path scratch, int seconds, long seed) throws Exception {
        Path corpus = Files.createDirectories(scratch.resolve("corpus"));
        List<byte[]> inputs = new ArrayList<>(target.target().seeds());
        inputs.addAll(Corpus.read(target));
        for (int i = 0; i < inputs.size(); i++) {
            Files.write(corpus.resolve("seed-" + i), inputs.get(i));
        }
        Path findings = Files.createDirectories(scratch.resolve("findings"));
        Path log = scratch.resolve("log");
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-Xmx768m", "-XX:MaxDirectMemorySize=128m", "-ea", "-XX:-CreateCoredumpOnCrash"));
        command.addAll(List.of("-XX:+IgnoreUnrecognizedVMOptions", "--enable-native-access=ALL-UNNAMED"));
        command.add("-XX:ErrorFile=" + findings.resolve("hs_err.log"));
        command.add("-Djava.io.tmpdir=" + Files.createDirectories(scratch.resolve("tmp")));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), "com.code_intelligence.jazzer.Jazzer"));
        command.add("--target_class=" + FuzzChild.class.getName());
        command.add("--target_args=" + target.name());
        command.add("--instrumentation_includes=io.daybook.**");
        // Its hooks look for misuse of the JDK, which is not our question, and one of them breaks Netty's use of
        // Unsafe.
        command.add("--custom_hook_includes=io.daybook.**");
        command.add("--disabled_hooks=com.code_intelligence.jazzer.sanitizers.UnsafeSanitizer");
        command.add("--reproducer_path=" + scratch);
        command.add("-artifact_prefix=" + findings + "/");
        command.add("-max_total_time=" + seconds);
        command.add("-timeout=" + INPUT_SECONDS_MAX);
        command.add("-max_len=" + target.target().inputBytesMax());
        command.add("-seed=" + seed);
        command.add("-rss_limit_mb=0");
        command.add("-print_final_stats=1");
        command.add(corpus.toString());
        Process process = new ProcessBuilder(command)
                .directory(scratch.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        boolean ended = false;
        try {
            ended = process.waitFor(seconds + 120L, TimeUnit.SECONDS);
        } finally {
            process.destroyForcibly().waitFor();
        }
        return result(ended ? process.exitValue() : -1, Files.readString(log), findings, corpus);
    }

    private static Result result(int exit, String log, Path findings, Path corpus) throws IOException {
        String end = log.substring(Math.max(0, log.length() - 8000));
        byte[] finding = null;
        for (Path file : list(findings)) {
            if (!file.getFileName().toString().startsWith("hs_err")) {
                finding = Files.readAllBytes(file);
                end = HexFormat.of().formatHex(finding) + "\n" + end;
            }
        }
        if (exit != 0 && exit != FINDING || exit == FINDING && finding == null) {
            throw new AssertionError("exit code " + exit + "\n" + end);
        }
        List<byte[]> kept = new ArrayList<>();
        for (Path file : list(corpus)) {
            if (!file.getFileName().toString().startsWith("seed-")) {
                kept.add(Files.readAllBytes(file));
            }
        }
        return new Result(last(EXECUTED, log), last(COVERED, log), finding, end, kept);
    }

    private static List<Path> list(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.sorted().toList();
        }
    }

    private static long last(Pattern pattern, String log) {
        long value = 0;
        Matcher matcher = pattern.matcher(log);
        while (matcher.find()) {
            value = Long.parseLong(matcher.group(1));
        }
        return value;
    }
}
