package io.daybook.storage;

import java.io.Closeable;
import java.io.IOException;

/** Exclusive use of a directory, by one engine of one process, until it is closed. <b>Thread-safe.</b> */
public interface DirectoryLock extends Closeable {

    /** Gives the directory back; a second call does nothing. */
    @Override
    void close() throws IOException;
}
