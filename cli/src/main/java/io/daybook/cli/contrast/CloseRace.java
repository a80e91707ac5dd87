package io.daybook.cli.contrast;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Threads scrape, read, iterate and compact a store while it is closed under them, and go on calling for a while. May end the
 * JVM: with a {@linkplain Kind#BARE bare} store it is meant to. <b>Confined to one thread.</b>
 */
public final class CloseRace {
    private static final int CALLS_AFTER_CLOSE = 100;
    private static final int OPEN_MILLIS_MAX = 20;
    private static final long HANG_MILLIS = 30_000;
    /** Leaves the processor to the thread that closes. */
    private static final long PAUSE_NANOS = 50_000;

    /** What is closed. */
    public enum Kind {
        /** RocksDB behind a flag. */
        BARE(BareStore::new),
        /** An engine. */
        DAYBOOK(DaybookStore::new);

        private final Function<Path, SharedStore> open;

        Kind(Function<Path, SharedStore> open) {
            this.open = open;
        }
    }

    /** One kind of call. */
    @FunctionalInterface
    private interface Call {
        void on(SharedStore store, int number) throws SharedStore.ClosedException;
    }

    private static final List<Call> THREADS = List.of(
            (store, number) -> store.scrape(),
            (store, number) -> store.scrape(),
            SharedStore::read,
            SharedStore::iterate,
            SharedStore::compact);

    private final SplittableRandom random = new SplittableRandom();
    private final LongAdder answered = new LongAdder();
    private final LongAdder refused = new LongAdder();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();

    /** Nothing was called. */
    public CloseRace() {}

    /**
     * Opens and closes a store so many times.
     *
     * @param kind what is opened
     * @param directory of the store
     * @param rounds how many times
     * @param told after each round
     * @throws IllegalStateException a call hangs, or said something else than that the store is closed
     * @throws InterruptedException if the thread was interrupted
     */
    public void run(Kind kind, Path directory, int rounds, Consumer<CloseRace> told) throws InterruptedException {
        for (int round = 0; round < rounds; round++) {
            round(kind.open.apply(directory));
            Throwable failed = failure.get();
            if (failed != null) {
                throw new IllegalStateException("a call failed otherwise than as closed: " + failed, failed);
            }
            told.accept(this);
        }
    }

    /**
     * Returns how many calls were answered.
     *
     * @return a sum over all rounds
     */
    public long answered() {
        return answered.sum();
    }

    /**
     * Returns how many calls were told that the store is closed.
     *
     * @return a sum over all rounds
     */
    public long refused() {
        return refused.sum();
    }

    private void round(SharedStore store) throws InterruptedException {
        CountDownLatch started = new CountDownLatch(THREADS.size());
        CountDownLatch closed = new CountDownLatch(1);
        List<Thread> threads = new ArrayList<>();
        for (Call call : THREADS) {
            SplittableRandom numbers = random.split();
            Thread thread = new Thread(() -> use(store, call, numbers, started, closed), "daybook-race");
            thread.setDaemon(true);
            thread.start();
            threads.add(thread);
        }
        started.await();
        Thread.sleep(random.nextInt(OPEN_MILLIS_MAX + 1));
        store.close();
        closed.countDown();
        for (Thread thread : threads) {
            thread.join(HANG_MILLIS);
            if (thread.isAlive()) {
                throw new IllegalStateException("a call hangs: " + List.of(thread.getStackTrace()));
            }
        }
    }

    private void use(
            SharedStore store, Call call, SplittableRandom numbers, CountDownLatch started, CountDownLatch closed) {
        started.countDown();
        try {
            int left = CALLS_AFTER_CLOSE;
            while (left > 0) {
                boolean over = closed.getCount() == 0;
                try {
                    call.on(store, numbers.nextInt(Integer.MAX_VALUE));
                    answered.increment();
                } catch (SharedStore.ClosedException e) {
                    refused.increment();
                    LockSupport.parkNanos(PAUSE_NANOS);
                }
                left -= over ? 1 : 0;
            }
        } catch (Throwable e) {
            failure.compareAndSet(null, e);
        }
    }
}
