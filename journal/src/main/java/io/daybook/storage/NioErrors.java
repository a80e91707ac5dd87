package io.daybook.storage;

import java.io.IOException;

/** Gives exceptions of the operating system a place and, if the disk is full, a type. */
final class NioErrors {
    private NioErrors() {}

    /** The error with its place in the message. */
    static IOException at(IOException error, String place) {
        return isNoSpace(error)
                ? new NoSpaceException(place + ": " + error.getMessage(), error)
                : new IOException(place + ": " + error.getMessage(), error);
    }

    /** The error itself, whose type and path callers may want, unless the disk is full. */
    static IOException orNoSpace(IOException error, String place) {
        return isNoSpace(error) ? new NoSpaceException(place + ": " + error.getMessage(), error) : error;
    }

    /** The JDK passes on the text of the system (ENOSPC, EDQUOT), never its number. */
    static boolean isNoSpace(IOException error) {
        String message = error.getMessage();
        return message != null
                && (message.contains("No space left on device") || message.contains("Disk quota exceeded"));
    }

    /** EINVAL: the arguments of the call, among them the alignment of a direct write. */
    static boolean isInvalid(IOException error) {
        String message = error.getMessage();
        return message != null && message.contains("Invalid argument");
    }
}
