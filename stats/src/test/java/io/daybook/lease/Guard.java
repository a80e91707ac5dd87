package io.daybook.lease;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLongArray;

/** What the stress test drives: the lease itself, or a small model of it that can be given one of the classic mistakes. */
interface Guard {

    /** Returns what gives the hold back, or null if refused. */
    Runnable tryAcquire();

    /** Returns true once nobody holds and nobody can any more. */
    boolean end();

    static Guard of(Lease lease) {
        return new Guard() {
            @Override
            public Runnable tryAcquire() {
                Hold hold = lease.tryAcquire();
                return hold == null ? null : hold::close;
            }

            @Override
            public boolean end() {
                return lease.end(Duration.ofSeconds(30)).drained();
            }
        };
    }

    /** Mistakes that the stress can meet; {@link LeaseInterleavingTest} has more, and needs no luck. */
    enum Mistake {
        NONE,
        CHECK_THEN_INCREMENT
    }

    /** The algorithm of the lease with yields at its seams, so that two processors are enough to meet the bad orders. */
    final class Model implements Guard {

        private static final int STRIPES = 4;

        private final Mistake mistake;
        private final AtomicLongArray stripes = new AtomicLongArray(STRIPES);
        private volatile boolean ending;

        Model(Mistake mistake) {
            this.mistake = mistake;
        }

        @Override
        public Runnable tryAcquire() {
            int stripe = ThreadLocalRandom.current().nextInt(STRIPES);
            if (mistake == Mistake.CHECK_THEN_INCREMENT) {
                if (ending) {
                    return null;
                }
                seam();
                stripes.incrementAndGet(stripe);
                return () -> release(stripe);
            }
            stripes.incrementAndGet(stripe);
            seam();
            if (ending) {
                release(stripe);
                return null;
            }
            return () -> release(stripe);
        }

        private void release(int stripe) {
            stripes.decrementAndGet(stripe);
        }

        @Override
        public boolean end() {
            ending = true;
            awaitZero();
            return true;
        }

        private void awaitZero() {
            long sum;
            do {
                sum = 0;
                for (int i = 0; i < STRIPES; i++) {
                    sum += stripes.get(i);
                    seam();
                }
            } while (sum != 0);
        }

        private static void seam() {
            if (ThreadLocalRandom.current().nextInt(4) == 0) {
                Thread.yield();
            }
        }
    }
}
