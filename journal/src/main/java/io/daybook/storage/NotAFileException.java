package io.daybook.storage;

import java.nio.file.FileSystemException;

/** In the place of a file is something else, such as a directory. */
public final class NotAFileException extends FileSystemException {
    private static final long serialVersionUID = 1L;

    /**
     * With its place.
     *
     * @param file path of what is there
     */
    public NotAFileException(String file) {
        super(file, null, "not a regular file");
    }
}
