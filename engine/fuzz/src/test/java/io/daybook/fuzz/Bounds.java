package io.daybook.fuzz;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/** What an input may cost: heap by its target's bound; direct memory and time are bounded by whoever starts the JVM. */
final class Bounds {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private Bounds() {}

    static void run(Target target, byte[] input) throws Exception {
        long max = target.heapBytesMax(input.length);
        // Twice, as loading a class allocates as well.
        if (allocated(target, input) > max && allocated(target, input) > max) {
            long allocated = allocated(target, input);
            throw new AssertionError(
                    "allocated " + allocated + " bytes of heap for " + input.length + " bytes, more than " + max);
        }
    }

    private static long allocated(Target target, byte[] input) throws Exception {
        long before = THREADS.getCurrentThreadAllocatedBytes();
        target.run(input);
        return THREADS.getCurrentThreadAllocatedBytes() - before;
    }
}
