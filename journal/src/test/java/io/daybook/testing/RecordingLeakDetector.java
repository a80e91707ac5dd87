package io.daybook.testing;

import io.netty.util.ResourceLeakDetector;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Predicate;

/**
 * Netty's leak detector, but it keeps its reports instead of logging them, and {@link LeakGate} fails the build with
 * them at the end of the run. Netty makes it when the system property {@code io.netty.customResourceLeakDetector} names this class.
 *
 * @param <T> the kind of resource watched
 */
public final class RecordingLeakDetector<T> extends ResourceLeakDetector<T> {

    private static final ConcurrentLinkedQueue<String> REPORTS = new ConcurrentLinkedQueue<>();
    private static volatile boolean installed;

    /**
     * Called by Netty.
     *
     * @param resourceType what is watched
     * @param samplingInterval how many allocations share one sample
     */
    public RecordingLeakDetector(Class<?> resourceType, int samplingInterval) {
        super(resourceType, samplingInterval);
        installed = true;
    }

    /**
     * Called by Netty, which looks for this form first and logs an error where it is missing.
     *
     * @param resourceType what is watched
     * @param samplingInterval how many allocations share one sample
     * @param maxActive without a meaning by now
     */
    public RecordingLeakDetector(Class<?> resourceType, int samplingInterval, long maxActive) {
        this(resourceType, samplingInterval);
    }

    @Override
    protected void reportTracedLeak(String resourceType, String records) {
        REPORTS.add(resourceType + " was not released before it was garbage-collected." + records);
    }

    @Override
    protected void reportUntracedLeak(String resourceType) {
        REPORTS.add(resourceType + " was not released before it was garbage-collected (no trace recorded).");
    }

    /** Whether Netty made a detector of this class, that is: whether leaks are seen at all. */
    static boolean installed() {
        return installed;
    }

    /** Takes out the reports that match. */
    static List<String> take(Predicate<String> which) {
        List<String> taken = new ArrayList<>();
        REPORTS.removeIf(report -> which.test(report) && taken.add(report));
        return taken;
    }
}
