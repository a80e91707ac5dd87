package io.daybook.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Gives exceptions of the operating system a place and, if the disk is full, a type. */
final class NioErrors {
    /** What the system calls a full disk in the language of this process: the JDK passes on its text, never its number. */
    private static final String NO_SPACE = textOfFullDevice();

    private NioErrors() {}

    private static String textOfFullDevice() {
        String english = "No space left on device";
        try (FileChannel full = FileChannel.open(Path.of("/dev/full"), StandardOpenOption.WRITE)) {
            full.write(ByteBuffer.allocate(1));
            return english;
        } catch (IOException e) {
            // A system without that device speaks English.
            boolean written = !(e instanceof FileSystemException) && e.getMessage() != null;
            return written ? e.getMessage() : english;
        }
    }

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

    /** ENOSPC, or EDQUOT in English. */
    static boolean isNoSpace(IOException error) {
        String message = error.getMessage();
        return message != null && (message.contains(NO_SPACE) || message.contains("Disk quota exceeded"));
    }

    /** EINVAL: the arguments of the call, among them the alignment of a direct write. */
    static boolean isInvalid(IOException error) {
        String message = error.getMessage();
        return message != null && message.contains("Invalid argument");
    }
}
