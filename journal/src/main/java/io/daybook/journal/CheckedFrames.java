package io.daybook.journal;

import java.io.IOException;

/** The whole frames of a segment, one after the other, up to the first place where none stands. <b>Confined to one thread.</b> */
interface CheckedFrames {
    /** Moves to the next frame; false at the end or at a fault. */
    boolean next() throws IOException;

    /** Puts a cursor before the frame's first record; valid until {@link #next}. */
    void rewind(Frame.Cursor cursor);

    /** Where the frame begins in its segment. */
    long offset();

    /** The LSN of its last record. */
    long lastLsn();

    /** Why it stopped; null if it reached the end. */
    String fault();

    /** Where it stopped. */
    long faultOffset();
}
