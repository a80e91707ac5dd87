package io.daybook.journal;

/** A monotonic clock in nanoseconds; the seam for simulated time. */
@FunctionalInterface
public interface JournalClock {

    /** The system's. */
    JournalClock SYSTEM = System::nanoTime;

    /** Returns a time that only differences of make sense. */
    long nanoTime();
}
