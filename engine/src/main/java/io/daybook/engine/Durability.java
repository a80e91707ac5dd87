package io.daybook.engine;

/** What the completion of a change promises. */
public enum Durability {
    /** On the device: survives the end of the process, of the operating system, and of power. */
    SYNC,
    /**
     * With the operating system: survives the end of the process; survives power loss only after {@link LedgerEngine#sync},
     * or after 64 MiB or a second, when the engine syncs by itself.
     */
    DEFERRED
}
