package io.daybook.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;

/** Measures slices of load while it goes on, without stopping it. <b>Confined to one thread at a time.</b> */
final class LoadMeter {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final OperatingSystemMXBean SYSTEM =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    private final List<Producer> producers;
    private final Histogram[] slices;
    private Map<Long, Long> allocatedBefore = Map.of();
    private long cpuBefore;
    private long completedBefore;
    private long nanosBefore;

    LoadMeter(List<Producer> producers) {
        this.producers = producers;
        this.slices = new Histogram[producers.size()];
    }

    /** Begins a slice. */
    void begin() {
        takeLatencies();
        allocatedBefore = allocatedByThread();
        cpuBefore = SYSTEM.getProcessCpuTime();
        completedBefore = completed();
        nanosBefore = System.nanoTime();
    }

    /** Latencies of the slice that ended last; valid until the next one begins. */
    Histogram latencies() {
        return slices[0];
    }

    /** Ends the slice. */
    LoadStats end() {
        long nanos = System.nanoTime() - nanosBefore;
        long entries = completed() - completedBefore;
        long cpu = SYSTEM.getProcessCpuTime() - cpuBefore;
        Map<Long, Long> allocated = allocatedByThread();
        takeLatencies();
        Histogram latencies = slices[0];
        for (int i = 1; i < slices.length; i++) {
            latencies.add(slices[i]);
        }
        double divisor = Math.max(1, entries);
        return new LoadStats(
                entries,
                nanos,
                latencies.getValueAtPercentile(50),
                latencies.getValueAtPercentile(99),
                latencies.getValueAtPercentile(99.9),
                latencies.getMaxValue(),
                producerBytes(allocated) / divisor,
                heapBytes(allocated) / divisor,
                cpu / divisor);
    }

    private long completed() {
        long sum = 0;
        for (Producer producer : producers) {
            sum += producer.completedCount();
        }
        return sum;
    }

    private void takeLatencies() {
        for (int i = 0; i < slices.length; i++) {
            slices[i] = producers.get(i).takeLatencies(slices[i]);
        }
    }

    private long producerBytes(Map<Long, Long> allocated) {
        long sum = 0;
        for (Producer producer : producers) {
            Thread thread = producer.thread();
            sum += thread == null ? 0 : allocatedSince(allocated, thread.getId());
        }
        return sum;
    }

    private long heapBytes(Map<Long, Long> allocated) {
        long sum = 0;
        for (long id : allocated.keySet()) {
            sum += allocatedSince(allocated, id);
        }
        return sum;
    }

    private long allocatedSince(Map<Long, Long> allocated, long id) {
        return allocated.getOrDefault(id, 0L) - allocatedBefore.getOrDefault(id, 0L);
    }

    private static Map<Long, Long> allocatedByThread() {
        long[] ids = THREADS.getAllThreadIds();
        long[] bytes = THREADS.getThreadAllocatedBytes(ids);
        Map<Long, Long> byThread = new HashMap<>();
        for (int i = 0; i < ids.length; i++) {
            byThread.put(ids[i], Math.max(0, bytes[i]));
        }
        return byThread;
    }
}
