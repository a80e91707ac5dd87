package io.daybook.engine.model;

import java.util.Optional;

/** Looks for a fault with the model, for those outside of this package. */
public final class ModelFinder {
    /** One seed in so many runs once more with many restarts. */
    private static final int RESTLESS_EACH = 4;

    private ModelFinder() {}

    /**
     * Runs seeds until one finds something.
     *
     * @param seeds from 0 to below this
     * @return which one, in which mix, found what; empty: none did
     */
    public static Optional<String> find(int seeds) {
        for (long seed = 0; seed < seeds; seed++) {
            Optional<String> found = find(seed, Rig.plain());
            if (found.isEmpty() && seed % RESTLESS_EACH == RESTLESS_EACH - 1) {
                found = find(seed, Rig.plain().withMix(Mix.RESTLESS));
            }
            if (found.isPresent()) {
                return found;
            }
        }
        return Optional.empty();
    }

    /** Runs one seed in one mix, as {@link #find(int)} names them: {@code "807 RESTLESS"}. */
    public static Optional<String> again(String seedAndMix) {
        String[] words = seedAndMix.split(" ");
        return find(Long.parseLong(words[0]), Rig.plain().withMix(Mix.valueOf(words[1])));
    }

    private static Optional<String> find(long seed, Rig rig) {
        try {
            new ModelRun(seed, rig, Kept.upTo(ModelRun.OPERATIONS), new Totals(), null).run();
            return Optional.empty();
        } catch (LinkageError e) {
            throw e;
        } catch (Throwable e) {
            return Optional.of("seed " + seed + " " + rig.mix() + ": " + e.getMessage());
        }
    }
}
