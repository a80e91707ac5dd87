package io.daybook.engine;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * A reading that costs much: taken once a minute, and so seldom that it takes at most a twentieth of the time; the last one is
 * given meanwhile. <b>Confined to one thread at a time.</b>
 */
final class SeldomReading implements LongSupplier {
    private static final long INTERVAL_NANOS = TimeUnit.MINUTES.toNanos(1);
    private static final int SHARE = 20;

    private final LongSupplier reading;
    private final LongSupplier nanoTime;
    private boolean taken;
    private long nextNanos;
    private long last = -1;

    SeldomReading(LongSupplier reading, LongSupplier nanoTime) {
        this.reading = reading;
        this.nanoTime = nanoTime;
    }

    /** The value; one that cannot be had is tried again with the same pauses. */
    @Override
    public long getAsLong() {
        long began = nanoTime.getAsLong();
        if (!taken || began - nextNanos >= 0) {
            taken = true;
            try {
                last = reading.getAsLong();
            } finally {
                long ended = nanoTime.getAsLong();
                nextNanos = ended + Math.max(INTERVAL_NANOS, SHARE * (ended - began));
            }
        }
        return last;
    }
}
