package io.daybook.engine.model;

import java.security.SecureRandom;
import java.security.SecureRandomSpi;
import java.util.SplittableRandom;

/** Random numbers that are the same for the same seed, for where the engine wants secure ones. */
final class SeededRandom extends SecureRandom {
    private static final long serialVersionUID = 1L;

    private final transient SplittableRandom numbers;

    SeededRandom(long seed) {
        super(new Unused(), null);
        this.numbers = new SplittableRandom(seed);
    }

    @Override
    public void nextBytes(byte[] bytes) {
        numbers.nextBytes(bytes);
    }

    @Override
    public long nextLong() {
        return numbers.nextLong();
    }

    @Override
    public int nextInt() {
        return numbers.nextInt();
    }

    /** Never asked. */
    private static final class Unused extends SecureRandomSpi {
        private static final long serialVersionUID = 1L;

        @Override
        protected void engineSetSeed(byte[] seed) {
            throw new UnsupportedOperationException();
        }

        @Override
        protected void engineNextBytes(byte[] bytes) {
            throw new UnsupportedOperationException();
        }

        @Override
        protected byte[] engineGenerateSeed(int count) {
            throw new UnsupportedOperationException();
        }
    }
}
