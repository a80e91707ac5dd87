package io.daybook.engine;

import java.util.OptionalLong;

/** A directory of the store is in use by another engine, here or in another process. */
public final class DirectoryLockedException extends LedgerException {
    private static final long serialVersionUID = 1L;
    private final long pid;

    /**
     * With the holder.
     *
     * @param message which directory, who holds it
     * @param holder process id of the holder, where it is known
     * @param cause may be null
     */
    public DirectoryLockedException(String message, OptionalLong holder, Throwable cause) {
        super(message, cause);
        this.pid = holder.orElse(-1);
    }

    /** Returns the process id of the holder, where it is known. */
    public OptionalLong holder() {
        return pid < 0 ? OptionalLong.empty() : OptionalLong.of(pid);
    }
}
