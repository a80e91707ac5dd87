package io.daybook.engine.model;

import io.daybook.storage.Power;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * What a crash leaves.
 *
 * @param power of the disk
 * @param draw which of several random choices; with {@link Power#NOTHING} 1: but all of the index, as its files are synced by
 *     themselves
 */
record Survival(Power power, int draw) {

    /** The process ends, nothing is lost; then each kind of power loss; eight of them random subsets, half of them torn. */
    static final List<Survival> ALL = all(4);

    static List<Survival> all(int draws) {
        List<Survival> all = new ArrayList<>(List.of(
                new Survival(Power.KILL, 0),
                new Survival(Power.NOTHING, 0),
                new Survival(Power.NOTHING, 1),
                new Survival(Power.ALL, 0),
                new Survival(Power.PREFIX, 0)));
        for (int draw = 0; draw < draws; draw++) {
            all.add(new Survival(Power.SHUFFLED, draw));
            all.add(new Survival(Power.TORN, draw));
        }
        return all;
    }

    /** Any of very many. */
    static Survival random(SplittableRandom random) {
        Power[] powers = {Power.KILL, Power.NOTHING, Power.ALL, Power.PREFIX, Power.SHUFFLED, Power.TORN};
        return new Survival(powers[random.nextInt(powers.length)], random.nextInt(1_000_000));
    }

    static Survival parse(String text) {
        String[] parts = text.split("-");
        return new Survival(Power.valueOf(parts[0]), parts.length == 1 ? 0 : Integer.parseInt(parts[1]));
    }

    boolean losesPower() {
        return power != Power.KILL;
    }

    /** How many of the batches that were not synced the index keeps. */
    int indexBatches(int unsynced, SplittableRandom random) {
        return switch (power) {
            case KILL, ALL -> unsynced;
            case NOTHING -> draw == 0 ? 0 : unsynced;
            default -> random.nextInt(unsynced + 1);
        };
    }

    @Override
    public String toString() {
        return draw == 0 ? power.name() : power + "-" + draw;
    }
}
