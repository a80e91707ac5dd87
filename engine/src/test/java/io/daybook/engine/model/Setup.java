package io.daybook.engine.model;

import io.daybook.engine.Durability;
import io.daybook.engine.EngineConfig;
import java.time.Duration;
import java.util.EnumSet;
import java.util.SplittableRandom;

/**
 * What a seed draws before its first operation.
 *
 * @param troubles what can go wrong
 * @param crashesAt at these operations it crashes, whatever else
 * @param waits whether appends wait for room
 * @param small whether there is little room for them
 * @param diskSeed of what a crash leaves
 */
record Setup(
        EnumSet<Trouble> troubles,
        CrashesAt crashesAt,
        Durability durability,
        boolean waits,
        boolean small,
        Subject.Tails tails,
        long diskSeed) {

    /** One in the second quarter of the operations, one in the last but a bit. */
    record CrashesAt(int first, int second) {
        boolean contains(int operation) {
            return operation == first || operation == second;
        }
    }

    static Setup draw(long seed, Mix mix) {
        SplittableRandom random = new SplittableRandom(seed);
        EnumSet<Trouble> drawn = Trouble.draw(random);
        EnumSet<Trouble> troubles = mix.faults ? drawn : EnumSet.noneOf(Trouble.class);
        int quarter = ModelRun.OPERATIONS / 4;
        CrashesAt crashesAt =
                new CrashesAt(quarter + random.nextInt(quarter), 5 * quarter / 2 + random.nextInt(quarter));
        Durability durability = random.nextInt(3) == 0 ? Durability.DEFERRED : Durability.SYNC;
        // With a full disk nothing but the clock of this machine would end a wait.
        boolean room = !troubles.contains(Trouble.NO_SPACE) && !troubles.contains(Trouble.DISK_SHRINKS);
        boolean waits = random.nextInt(4) != 0 && room;
        boolean small = random.nextBoolean();
        Subject.Tails tails = new Subject.Tails(
                new int[] {8, 64, 64, 300}[random.nextInt(4)],
                random.nextInt(3) == 0 ? 8 << 10 : 1 << 20,
                2 + random.nextInt(4));
        return new Setup(troubles, crashesAt, durability, waits, small, tails, random.nextLong());
    }

    EngineConfig.Builder settings() {
        return Subject.smallest(durability, ModelRun.ENTRY_BYTES_MAX)
                .inFlightBytesMax(small ? 16 << 10 : 48 << 10)
                .appendWaitMax(waits ? Duration.ofSeconds(30) : Duration.ZERO)
                .diskReserveBytes(0);
    }
}
