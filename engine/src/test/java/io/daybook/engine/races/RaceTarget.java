package io.daybook.engine.races;

import java.util.SplittableRandom;

/** One opened store that threads use while another one closes it. <b>Thread-safe.</b> */
interface RaceTarget {

    /** What a call on a closed target says. */
    final class ClosedException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        ClosedException(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /** What a thread does, over and over. */
    enum Action {
        SCRAPE,
        READ,
        SCAN,
        APPEND,
        FLUSH,
        COMPACT,
        DELETE
    }

    /**
     * Does something once.
     *
     * @throws ClosedException if the target is closed; a scrape: if it shows nothing of the target
     * @throws Exception anything else is a failure
     */
    void run(Action action, SplittableRandom random) throws Exception;

    /** Closes, and checks what the close promises. */
    void close() throws Exception;
}
