package io.daybook.engine.processes;

import io.daybook.engine.Durability;
import io.daybook.engine.EngineConfig;
import java.nio.file.Path;
import java.time.Duration;

/**
 * What a child is told.
 *
 * @param store directory of the store
 * @param story what must be in it at least
 * @param seed of the changes to come
 * @param disk what the child stands on
 * @param segmentBytes size of a segment
 * @param inFlight changes that may be under way at a time
 * @param changes it ends by itself after so many
 * @param flushOneIn the index is written once in so many changes, besides when it has to be
 * @param check whether the store is checked before it is opened
 */
record Orders(
        Path store,
        Story story,
        long seed,
        Disk disk,
        long segmentBytes,
        int inFlight,
        long changes,
        int flushOneIn,
        boolean check) {

    /** How much can be relied on. */
    enum Disk {
        /** What completed is on the device. */
        SYNC,
        /** What completed survives the process. */
        DEFERRED,
        /** As SYNC, on a disk where syncs of segments do nothing: to see that this is found out. */
        IDLE_SYNC
    }

    Object[] arguments() {
        return new Object[] {store, "[" + story + "]", seed, disk, segmentBytes, inFlight, changes, flushOneIn, check};
    }

    static Orders parse(String[] arguments) {
        String story = arguments[1];
        return new Orders(
                Path.of(arguments[0]),
                Story.parse(story.substring(1, story.length() - 1)),
                Long.parseLong(arguments[2]),
                Disk.valueOf(arguments[3]),
                Long.parseLong(arguments[4]),
                Integer.parseInt(arguments[5]),
                Long.parseLong(arguments[6]),
                Integer.parseInt(arguments[7]),
                Boolean.parseBoolean(arguments[8]));
    }

    EngineConfig config() {
        return EngineConfig.builder(store)
                .name("crash")
                .memoryBudget(32 << 20)
                .segmentBytes(segmentBytes)
                .durability(disk == Disk.DEFERRED ? Durability.DEFERRED : Durability.SYNC)
                .stageDeadline(Duration.ofSeconds(20))
                .build();
    }
}
