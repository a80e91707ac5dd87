package io.daybook.journal;

/**
 * Told of every frame, in order, on the completion thread. Its methods may run user code; what they throw fails the journal.
 */
public interface FrameSink {

    /**
     * The frame's records count: they are durable, or written in a deferred journal. The frame may be read until this returns.
     *
     * @param frame whose records to apply, then whose listeners to tell
     */
    void committed(Frame frame);

    /**
     * The frame's outcome is unknown and stays so.
     *
     * @param frame whose listeners to tell
     * @param cause the first failure of the journal
     */
    void failed(Frame frame, Throwable cause);

    /**
     * The durable position moved on, or the journal failed; after all frames up to there were told.
     *
     * @param durableLsn everything up to here is on the device
     */
    void advanced(long durableLsn);
}
