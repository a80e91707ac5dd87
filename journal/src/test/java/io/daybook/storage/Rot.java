package io.daybook.storage;

/** How the bytes of a file go bad while nobody writes them (F9). */
public enum Rot {
    /** One bit is another. */
    BIT_FLIP(1),
    /** A sector reads as zeros. */
    ZEROED_SECTOR(512),
    /** A block was written over with what belongs elsewhere, on this file or another one. */
    MISDIRECTED_WRITE(4096),
    /** A sector holds what it held before the last sync that changed it: that write was lost. */
    STALE_SECTOR(512);

    final int bytes;

    Rot(int bytes) {
        this.bytes = bytes;
    }
}
