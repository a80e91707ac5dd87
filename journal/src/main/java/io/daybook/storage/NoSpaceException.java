package io.daybook.storage;

import java.io.IOException;

/** The file system or a quota is full (ENOSPC, EDQUOT). */
public final class NoSpaceException extends IOException {
    private static final long serialVersionUID = 1L;

    /**
     * With the place and the cause.
     *
     * @param message what was tried, where
     * @param cause what the system said, may be null
     */
    public NoSpaceException(String message, Throwable cause) {
        super(message, cause);
    }
}
