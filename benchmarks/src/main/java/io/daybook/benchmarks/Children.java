package io.daybook.benchmarks;

import java.io.File;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The JVMs that this one started. */
public final class Children {
    private static final long WAIT_SECONDS = 15;

    /** Of glibc 2.35 and later; others know no such variable, or pass over it. */
    static final String TUNABLES = "GLIBC_TUNABLES";

    private static final String LARGE_PAGES = "glibc.malloc.hugetlb=1";

    private Children() {}

    /**
     * How a JVM that measures is started: with nothing to read, and with memory in pages of 2 MiB where the C library and the kernel
     * give it. A direct write of memory in one piece took a fifth less than one of a hundred pages.
     *
     * @param command the JVM and its arguments
     */
    public static ProcessBuilder measuring(List<String> command) {
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")));
        builder.environment().putIfAbsent(TUNABLES, LARGE_PAGES);
        return builder;
    }

    /** What {@link #measuring} gives such a JVM, for the header of a report. */
    static String memory() {
        String own = System.getenv(TUNABLES);
        return TUNABLES + "=" + (own == null ? LARGE_PAGES : own) + " in JVMs that measure";
    }

    /**
     * When this JVM ends, its children are told to end too and given the time to clean up. After Ctrl-C in a terminal they
     * were told already; a signal to this process alone reaches them only this way.
     */
    public static void endWithThisProcess() {
        Runtime.getRuntime().addShutdownHook(new Thread(Children::end, "children-ender"));
    }

    /** Ends them now, in order if they do so within 15 seconds. Nothing to do: returns at once. */
    public static void end() {
        List<ProcessHandle> children = ProcessHandle.current().descendants().toList();
        children.forEach(ProcessHandle::destroy);
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(WAIT_SECONDS);
        for (ProcessHandle child : children) {
            try {
                child.onExit().get(Math.max(1, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
            } catch (Exception e) {
                child.destroyForcibly();
            }
        }
    }
}
