package io.daybook.storage;

/** How a {@link SimStorage} ends: what of that which was not synced is there after the reboot. */
public enum Power {
    /** The process is killed: nothing is lost, nothing becomes durable, files are closed and locks are gone (F11). */
    KILL,
    /** Power loss; only what was synced survives (F1). */
    NOTHING,
    /** Power loss; everything survives that no failed sync has dropped. */
    ALL,
    /** Power loss; everything up to some moment survives, of all files and directories alike. */
    PREFIX,
    /** Power loss; any 4096-byte blocks, truncations and names survive, in any order (F2, F4, F5). */
    SHUFFLED,
    /** Power loss; writes are torn at sectors of 512 or 4096 bytes, one perhaps half new or junk (F3, F4, F5). */
    TORN,
    /** One of the power losses, chosen by the seed. */
    ANY
}
