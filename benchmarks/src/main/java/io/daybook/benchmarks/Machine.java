package io.daybook.benchmarks;

import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Where figures come from: what every report of ours begins with. */
public final class Machine {
    private static final String UNKNOWN = "unknown";

    private Machine() {}

    /** Prints the header, sync latency included, which it measures in a directory of its own under {@code base}. */
    public static void print(PrintStream out, Path base) {
        facts(base).forEach((name, value) -> out.printf("%-13s%s%n", name, value));
        out.println();
    }

    /** What the header says, by name, in its order; measures sync latency as {@link #print} does. */
    public static Map<String, String> facts(Path base) {
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("commit", commit());
        facts.put(
                "jdk",
                System.getProperty("java.vm.name") + " " + Runtime.version() + " (" + System.getProperty("java.vendor")
                        + ")");
        facts.put("cpu", cpu() + ", " + Runtime.getRuntime().availableProcessors() + " cores");
        facts.put("memory", memory() + "; " + largePages() + "; " + Children.memory());
        facts.put(
                "kernel",
                System.getProperty("os.name") + " " + System.getProperty("os.version") + " "
                        + System.getProperty("os.arch"));
        facts.put("directory", base.toString());
        Mount mount = mountOf(base);
        facts.put("file system", mount.type() + " (" + mount.options() + "), " + space(base));
        facts.put("device", mount.device() + device(mount.device()));
        if (Workspace.isMemory(base)) {
            facts.put("WARNING", base + " is in memory: figures of durable appends mean nothing; choose --dir");
        }
        try (Workspace workspace = Workspace.createUnder(base, "probe")) {
            facts.put(
                    "sync 4 KiB",
                    "pre-written: " + SyncProbe.prewritten(workspace.path()).describe());
            facts.put(
                    "sync growing",
                    "extending:   " + SyncProbe.extending(workspace.path()).describe());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return facts;
    }

    /** Whether the kernel gives pages of 2 MiB: always, to who asks, never. */
    private static String largePages() {
        try {
            String text = Files.readString(Path.of("/sys/kernel/mm/transparent_hugepage/enabled"));
            return "huge pages " + text.replaceAll(".*\\[(.*)].*", "$1").strip();
        } catch (IOException e) {
            return "huge pages " + UNKNOWN;
        }
    }

    private static String commit() {
        try {
            Path code = Path.of(Machine.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
            String directory =
                    (Files.isDirectory(code) ? code : code.toAbsolutePath().getParent()).toString();
            String head = run("git", "-C", directory, "rev-parse", "--short=12", "HEAD");
            if (head.isEmpty()) {
                return UNKNOWN;
            }
            boolean changed = !run("git", "-C", directory, "status", "--porcelain", "--untracked-files=no")
                    .isEmpty();
            return head + (changed ? " with changes" : "");
        } catch (IOException | URISyntaxException e) {
            return UNKNOWN;
        }
    }

    /** The output of a command, empty if it failed. */
    private static String run(String... command) throws IOException {
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            return process.waitFor(5, TimeUnit.SECONDS) && process.exitValue() == 0 ? output.trim() : "";
        } catch (InterruptedException e) {
            throw Threads.interrupted(e);
        }
    }

    private static String cpu() {
        return lines(Path.of("/proc/cpuinfo")).stream()
                .filter(line -> line.startsWith("model name") || line.startsWith("Model"))
                .map(line -> line.substring(line.indexOf(':') + 1).trim())
                .findFirst()
                .orElse(UNKNOWN);
    }

    private static String memory() {
        Optional<String> total = lines(Path.of("/proc/meminfo")).stream()
                .filter(line -> line.startsWith("MemTotal:"))
                .findFirst();
        String machine = total.map(line -> Format.bytes(Double.parseDouble(line.replaceAll("[^0-9]", "")) * 1024))
                .orElse(UNKNOWN);
        return machine + ", heap at most " + Format.bytes(Runtime.getRuntime().maxMemory());
    }

    private static String space(Path base) {
        try {
            Files.createDirectories(base);
            FileStore store = Files.getFileStore(base);
            return Format.bytes(store.getUsableSpace()) + " of " + Format.bytes(store.getTotalSpace()) + " free";
        } catch (IOException e) {
            return "free space " + UNKNOWN;
        }
    }

    /** What the kernel says of a block device. A write-back cache is what makes a sync cost something. */
    private static String device(String device) {
        Path queue = Path.of("/sys/class/block", Path.of(device).getFileName().toString(), "queue");
        if (!Files.isDirectory(queue)) {
            queue = queue.resolveSibling("../queue").normalize();
        }
        if (!Files.isDirectory(queue)) {
            return "";
        }
        return ", cache " + first(queue.resolve("write_cache")) + ", rotational " + first(queue.resolve("rotational"))
                + ", scheduler " + first(queue.resolve("scheduler"));
    }

    private static String first(Path file) {
        List<String> lines = lines(file);
        return lines.isEmpty() ? UNKNOWN : lines.get(0);
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException e) {
            return List.of();
        }
    }

    /** The mount that a path is on: the longest that is a prefix of it, the last of these. */
    private static Mount mountOf(Path path) {
        Path absolute = path.toAbsolutePath().normalize();
        Mount best = new Mount(UNKNOWN, UNKNOWN, UNKNOWN);
        int length = -1;
        for (String line : lines(Path.of("/proc/mounts"))) {
            String[] fields = line.split(" ");
            if (fields.length < 4) {
                continue;
            }
            Path point = Path.of(fields[1].replace("\\040", " "));
            if (absolute.startsWith(point) && point.getNameCount() >= length) {
                best = new Mount(fields[0], fields[2], fields[3]);
                length = point.getNameCount();
            }
        }
        return best;
    }

    private record Mount(String device, String type, String options) {}
}
