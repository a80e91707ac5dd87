package io.daybook.engine.model;

import java.util.EnumSet;
import java.util.SplittableRandom;

/**
 * What can go wrong in a run. Each seed has about half of these, drawn at its beginning: some mistakes show only where nothing
 * else goes wrong, others only where two things do.
 *
 * <p>What the model allows then, beside what it always allows:
 * <ul>
 *   <li>A read that meets a damaged entry throws {@code CorruptEntryException} as long as the damage is there; a read that the
 *       disk fails throws {@code EngineFailedException}, and the same read again goes well. Never other bytes, never "no such entry".
 *   <li>An open with damage goes well or is refused with file and offset; once the damage is undone it goes well, and everything is
 *       there. What is not durable as promised (a late error of a sync), or was damaged before a watermark covered it, may look
 *       like a torn tail: then the engine may go back to what it was opened with, not further.
 *   <li>A failed write or sync of journal or manifest fails the engine: changes are refused, reads go on.
 *   <li>With a full disk changes may be refused with {@code DiskFullException} until there is room, an open with an error that is
 *       not damage; without a restart they are accepted again two seconds after there is room.
 *   <li>Slow syncs, short calls, a second open, extra files and an index that is gone or old allow nothing.
 * </ul>
 */
enum Trouble {
    SHORT_CALLS,
    NO_BYTES_WRITTEN,
    INDEX_FULL,
    INDEX_FAILS,
    SYNC_FAILS,
    SYNC_FAILS_LATE,
    WRITE_FAILS,
    READ_FAILS,
    SECTOR_FAILS,
    NO_SPACE,
    DISK_SHRINKS,
    NO_DESCRIPTORS,
    ROT,
    SLOW_SYNC,
    SECOND_OPEN,
    FILE_GONE,
    EXTRA_FILES;

    static EnumSet<Trouble> draw(SplittableRandom random) {
        EnumSet<Trouble> drawn = EnumSet.noneOf(Trouble.class);
        for (Trouble each : values()) {
            if (random.nextBoolean()) {
                drawn.add(each);
            }
        }
        return drawn;
    }
}
