package io.daybook.cli.contrast;

/** A store that threads use while another one closes it. Each call answers, or throws that the store is closed. */
interface SharedStore {

    /** What a call says on a closed store. */
    final class ClosedException extends Exception {
        private static final long serialVersionUID = 1L;

        ClosedException(Throwable cause) {
            super("the store is closed", cause, false, false);
        }
    }

    /** Reads the metrics, as a monitoring system does. */
    void scrape() throws ClosedException;

    /** Reads an entry, any number is good. */
    void read(int number) throws ClosedException;

    /** Goes over some entries from one on. */
    void iterate(int number) throws ClosedException;

    /** Writes an entry and has the files put in order. */
    void compact(int number) throws ClosedException;

    /** Closes it. */
    void close();
}
