package io.daybook.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Ends the JVM of a test that hangs, and says where. JUnit's own time limits only interrupt, and do not see what is set up for a
 * whole class: a wait that cannot be interrupted would hold the build until somebody ends it and nobody knows why. JUnit finds
 * this as a service in every module that has it on its test class path.
 *
 * <p>{@code -Ddaybook.hang.minutes} is how long a test, or what is between two of them, may take; 0 is for ever. The stacks of
 * this JVM and of the processes that it started are printed and kept in {@code target/hangs}, whose first lines
 * {@code .ci/run} repeats at its end.
 */
public final class HangWatch implements BeforeAllCallback, BeforeEachCallback, AfterEachCallback, AfterAllCallback {
    static final String MINUTES = "daybook.hang.minutes";
    static final String DIRECTORY = "daybook.hang.directory";
    static final int EXIT_CODE = 86;
    private static final int FRAMES = 16;
    private static final int TOP_FRAMES = 8;
    private static final long PRINT_MILLIS = 10_000;
    private static final int END_SECONDS = 120;
    private static final String OURS = "io.daybook.";

    private static volatile String doing = "nothing";
    private static volatile long since = System.nanoTime();

    /** Begins with the first test class. */
    private static final class Watch {
        static {
            Duration limit = Duration.ofMillis((long) (Double.parseDouble(System.getProperty(MINUTES, "0")) * 60_000));
            if (!limit.isZero()) {
                Thread watch = new Thread(() -> watch(limit), "hang-watch");
                watch.setDaemon(true);
                watch.start();
            }
        }

        static void begin() {}
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        begin("before the tests of " + name(context));
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        now(name(context));
    }

    @Override
    public void afterEach(ExtensionContext context) {
        now("after " + name(context));
    }

    @Override
    public void afterAll(ExtensionContext context) {
        now("after the tests of " + name(context));
    }

    static void begin(String what) {
        now(what);
        Watch.begin();
    }

    private static String name(ExtensionContext context) {
        return context.getRequiredTestClass().getSimpleName()
                + context.getTestMethod().map(method -> "." + method.getName()).orElse("");
    }

    private static void now(String what) {
        doing = what;
        since = System.nanoTime();
    }

    private static void watch(Duration limit) {
        while (true) {
            Duration took = Duration.ofNanos(System.nanoTime() - since);
            if (took.compareTo(limit) > 0) {
                end(took);
            }
            try {
                TimeUnit.NANOSECONDS.sleep(Math.max(1_000_000, limit.minus(took).toNanos() / 4));
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private static void end(Duration took) {
        List<ProcessHandle> children = ProcessHandle.current().descendants().toList();
        endLater();
        String report = "HANGS for " + took.toSeconds() + " s: " + doing + "\n" + stacks();
        // Its own first: children that are stuck may take all the time that is left.
        keep(report);
        report += stacks(children.stream());
        keep(report);
        print(report);
        ProcessHandle.current().descendants().forEach(ProcessHandle::destroyForcibly);
        Runtime.getRuntime().halt(EXIT_CODE);
    }

    private static void keep(String report) {
        try {
            Path directory = Files.createDirectories(Path.of(System.getProperty(DIRECTORY, "target/hangs")));
            Files.writeString(directory.resolve(ProcessHandle.current().pid() + ".txt"), report);
        } catch (IOException e) {
            print("not kept: " + e);
        }
    }

    /** A thread that does not stop for the stacks to be taken would hold this one, too. */
    private static void endLater() {
        String kill = "sleep " + END_SECONDS + " && kill -9 "
                + ProcessHandle.current().pid();
        try {
            new ProcessBuilder("sh", "-c", kill)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
        } catch (IOException e) {
            // Without a shell there is no second way out.
        }
    }

    /** For so long as that takes at most: what hangs may hold stdout, or nobody reads it. */
    private static void print(String report) {
        Thread printer = new Thread(() -> {
            System.out.println(report);
            System.out.flush();
        });
        printer.setDaemon(true);
        printer.start();
        try {
            printer.join(PRINT_MILLIS);
        } catch (InterruptedException e) {
            // It ends now, one way or the other.
        }
    }

    /** The threads that are in code of this project, the one that runs the tests first. */
    private static String stacks() {
        return Thread.getAllStackTraces().entrySet().stream()
                .filter(each -> !each.getKey().equals(Thread.currentThread()))
                .filter(each -> Arrays.stream(each.getValue())
                        .anyMatch(frame -> frame.getClassName().startsWith(OURS)))
                .sorted((one, other) -> Boolean.compare(isMain(other.getKey()), isMain(one.getKey())))
                .map(HangWatch::stack)
                .collect(Collectors.joining());
    }

    private static boolean isMain(Thread thread) {
        return thread.getName().equals("main");
    }

    /** Where it stands, and how this project's code got there. */
    private static String stack(Thread thread, StackTraceElement[] frames) {
        return thread.getName() + " (" + thread.getState() + ")\n"
                + IntStream.range(0, frames.length)
                        .filter(i -> i < TOP_FRAMES || frames[i].getClassName().startsWith(OURS))
                        .limit(FRAMES)
                        .mapToObj(i -> "  " + frames[i] + "\n")
                        .collect(Collectors.joining());
    }

    private static String stack(Map.Entry<Thread, StackTraceElement[]> each) {
        return stack(each.getKey(), each.getValue());
    }

    /** What other processes are at, for those that are JVMs. */
    static String stacks(Stream<ProcessHandle> processes) {
        StringBuilder text = new StringBuilder();
        Path jstack = Path.of(System.getProperty("java.home"), "bin", "jstack");
        processes.toList().forEach(child -> {
            text.append("child ")
                    .append(child.pid())
                    .append(": ")
                    .append(child.info().commandLine().orElse("?"))
                    .append('\n');
            boolean isJava = child.info().command().orElse("").endsWith("java");
            if (isJava && Files.isExecutable(jstack)) {
                text.append(stacks(jstack, child)).append('\n');
            }
        });
        return text.toString();
    }

    private static String stacks(Path jstack, ProcessHandle jvm) {
        try {
            return Command.run(Duration.ofSeconds(20), List.of(jstack.toString(), Long.toString(jvm.pid())))
                    .output();
        } catch (IOException e) {
            return "no stacks: " + e;
        }
    }
}
