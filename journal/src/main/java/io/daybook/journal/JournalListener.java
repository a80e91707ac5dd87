package io.daybook.journal;

/** What a journal tells to whoever measures it. Called on its own threads; must be quick and must not throw. */
public interface JournalListener {

    /** Tells nobody. */
    JournalListener NONE = new JournalListener() {};

    /**
     * A group was written.
     *
     * @param frames in it
     * @param records in it
     * @param bytes written, padding and pre-written blocks included
     * @param nanos it took
     */
    default void written(int frames, int records, long bytes, long nanos) {}

    /**
     * A sync returned.
     *
     * @param nanos it took
     */
    default void synced(long nanos) {}

    /**
     * A reservation waited at the bound of bytes in flight, or for a segment.
     *
     * @param nanos it took
     */
    default void waited(long nanos) {}

    /**
     * The first failure.
     *
     * @param cause what failed
     */
    default void failed(Throwable cause) {}

    /**
     * The disk became too full for another segment, or has room again.
     *
     * @param full which
     */
    default void diskFull(boolean full) {}
}
