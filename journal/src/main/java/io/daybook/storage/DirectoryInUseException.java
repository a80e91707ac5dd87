package io.daybook.storage;

import java.io.IOException;
import java.util.OptionalLong;

/** A directory is locked by another engine. */
public final class DirectoryInUseException extends IOException {
    private static final long serialVersionUID = 1L;
    private final transient OptionalLong holder;

    /**
     * With what is known of the holder.
     *
     * @param directory its path
     * @param holder process id of the holder, where it is known
     */
    public DirectoryInUseException(String directory, OptionalLong holder) {
        super(directory + " is in use by "
                + (holder.isPresent() ? "process " + holder.getAsLong() : "a process that left no id"));
        this.holder = holder;
    }

    /** Process id of the holder, where it is known. */
    public OptionalLong holder() {
        return holder;
    }
}
