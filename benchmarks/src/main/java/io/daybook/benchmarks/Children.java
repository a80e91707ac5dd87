package io.daybook.benchmarks;

import java.util.List;
import java.util.concurrent.TimeUnit;

/** The JVMs that this one started. */
public final class Children {
    private static final long WAIT_SECONDS = 15;

    private Children() {}

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
