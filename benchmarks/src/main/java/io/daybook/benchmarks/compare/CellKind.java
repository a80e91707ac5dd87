package io.daybook.benchmarks.compare;

import java.util.Locale;

/** What is measured. */
enum CellKind {
    /** Durable appends, closed loop: so many in flight all the time. */
    APPEND,
    /** Durable appends at a rate, open loop: latency counts from when an append was to begin. */
    RATE,
    /** Random reads of the entries appended last. */
    TAIL,
    /** Reads of whole ledgers in order, of a store that was opened anew. */
    SCAN,
    /** Random reads of a store that was opened anew, page cache warm. */
    RANDOM,
    /** Opening a store whose process was killed, until the first answer. */
    OPEN;

    /** The name in results and on the command line. */
    String key() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Whether runs of it read a store that another run filled and left. */
    boolean readsFilledStore() {
        return this == SCAN || this == RANDOM;
    }
}
