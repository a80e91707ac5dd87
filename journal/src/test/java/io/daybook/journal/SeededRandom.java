package io.daybook.journal;

import java.security.SecureRandom;
import java.util.SplittableRandom;

/** Gives the same numbers for the same seed, where the journal wants random ones: ids and nonces. */
final class SeededRandom extends SecureRandom {
    private static final long serialVersionUID = 1L;

    private final transient SplittableRandom random;

    SeededRandom(long seed) {
        this.random = new SplittableRandom(seed);
    }

    @Override
    public void nextBytes(byte[] bytes) {
        random.nextBytes(bytes);
    }

    @Override
    public long nextLong() {
        return random.nextLong();
    }
}
