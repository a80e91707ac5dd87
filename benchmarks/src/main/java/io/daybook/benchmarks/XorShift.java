package io.daybook.benchmarks;

/** A random number in a nanosecond. <b>Confined to one thread.</b> */
public final class XorShift {
    private long state;

    public XorShift(long seed) {
        state = seed * 0x9E3779B97F4A7C15L | 1;
    }

    public long next() {
        long x = state;
        x ^= x << 13;
        x ^= x >>> 7;
        x ^= x << 17;
        state = x;
        return x * 0x2545F4914F6CDD1DL >>> 1;
    }
}
