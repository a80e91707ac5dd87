package io.daybook.journal;

/** Tells a thread that there is work for it. <b>Thread-safe.</b> */
@FunctionalInterface
public interface Signal {
    /** Wakes whoever does that work, or lets its next sleep return at once. */
    void signal();
}
