package io.daybook.benchmarks.report;

/** Names of figures in a {@link Run}. */
public final class Figure {
    /** Entries, or reads, a second. */
    public static final String RATE = "rate";

    /** Payload bytes a second. */
    public static final String BYTES = "bytes";

    /** Nanoseconds that one thing took. */
    public static final String TIME = "time";

    /** Latency in nanoseconds. */
    public static final String P50 = "p50";

    /** Latency in nanoseconds. */
    public static final String P99 = "p99";

    /** Latency in nanoseconds. */
    public static final String P999 = "p99.9";

    /** Latency in nanoseconds. */
    public static final String MAX = "max";

    /** Delay that the store itself adds, without the device's syncs, in nanoseconds: at most, as it is counted in classes. */
    public static final String DELAY_P99 = "delay p99";

    /** The same. */
    public static final String DELAY_P999 = "delay p99.9";

    /** The same. */
    public static final String DELAY_MAX = "delay max";

    /** Nanoseconds from an append's intended start to its call: what the producer was late, for whatever reason. */
    public static final String CALL_P99 = "call p99";

    /** The same. */
    public static final String CALL_P999 = "call p99.9";

    /** The same. */
    public static final String CALL_MAX = "call max";

    /**
     * Nanoseconds from an append's intended start to the return of its call: what the call blocked included, which no delay of the
     * store does that begins when it has the entry.
     */
    public static final String LATE_P99 = "late p99";

    /** The same. */
    public static final String LATE_P999 = "late p99.9";

    /** The same. */
    public static final String LATE_MAX = "late max";

    /** Processor time of the process in nanoseconds an entry. */
    public static final String CPU = "cpu";

    /** Java heap in bytes an entry, all threads. */
    public static final String HEAP = "heap";

    /** Java heap in bytes an entry, producers. */
    public static final String HEAP_PRODUCERS = "heap producers";

    /**
     * Bytes written to the block device, a payload byte, from the opened store to the closed one: of the whole machine, the file
     * system's own journal included.
     */
    public static final String DEVICE = "device";

    /** The same while the store was opened, in bytes: files that are written before they are used. */
    public static final String PREWRITTEN = "prewritten";

    /** Bytes of memory of the process, heap and native, at the end of the measured time. */
    public static final String MEMORY = "memory";

    private Figure() {}

    /** Whether a figure is nanoseconds. */
    public static boolean isNanos(String figure) {
        return switch (figure) {
            case TIME,
                    P50,
                    P99,
                    P999,
                    MAX,
                    DELAY_P99,
                    DELAY_P999,
                    DELAY_MAX,
                    CALL_P99,
                    CALL_P999,
                    CALL_MAX,
                    LATE_P99,
                    LATE_P999,
                    LATE_MAX,
                    CPU -> true;
            default -> false;
        };
    }
}
