package io.daybook.lease;

import static org.assertj.core.api.Assertions.assertThat;

import io.daybook.lease.Guard.Mistake;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Many threads use a fake native handle while it is ended and freed, over and over. Covers rule 39 and scenario A1. */
@Timeout(120)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LeaseStressTest {

    private static final int THREADS = 4;
    private static final int ROUNDS = 400;

    private final ExecutorService pool = Executors.newFixedThreadPool(THREADS);

    @AfterAll
    void stopPool() {
        pool.shutdownNow();
    }

    /** Stays freed, so that looking at the end of a use is enough to notice. */
    private static final class FakeHandle {
        volatile boolean freed;
        final LongAdder uses = new LongAdder();
        final LongAdder usesAfterFree = new LongAdder();

        void use() {
            if (ThreadLocalRandom.current().nextInt(8) == 0) {
                Thread.yield();
            }
            uses.increment();
            if (freed) {
                usesAfterFree.increment();
            }
        }
    }

    private record InUse(FakeHandle handle, Runnable release) {
        void finish() {
            handle.use();
            release.run();
        }
    }

    @Test
    void leaseNeverLetsAHandleBeFreedInUse() throws Exception {
        assertThat(usesAfterFree(() -> Guard.of(new Lease("stress")), ROUNDS)).isZero();
    }

    @Test
    void leaseWithOneStripeNeverLetsAHandleBeFreedInUse() throws Exception {
        assertThat(usesAfterFree(() -> Guard.of(Lease.compact("stress")), ROUNDS))
                .isZero();
    }

    @Test
    void debugLeaseNeverLetsAHandleBeFreedInUse() throws Exception {
        assertThat(usesAfterFree(() -> Guard.of(Lease.debug("stress")), ROUNDS / 4))
                .isZero();
    }

    @Test
    void modelWithoutMistakePasses() throws Exception {
        assertThat(usesAfterFree(() -> new Guard.Model(Mistake.NONE), ROUNDS)).isZero();
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void thisTestFindsASeededMistake(Mistake mistake) throws Exception {
        long found = 0;
        for (int i = 0; i < 50 && found == 0; i++) {
            found = usesAfterFree(() -> new Guard.Model(mistake), 100);
        }
        assertThat(found).as("uses after free found with %s", mistake).isPositive();
    }

    private long usesAfterFree(Supplier<Guard> guards, int rounds) throws Exception {
        long usesAfterFree = 0;
        for (int round = 0; round < rounds; round++) {
            usesAfterFree += playRound(guards.get());
        }
        return usesAfterFree;
    }

    private long playRound(Guard guard) throws Exception {
        FakeHandle handle = new FakeHandle();
        ConcurrentLinkedQueue<InUse> handedOver = new ConcurrentLinkedQueue<>();
        List<Future<?>> workers = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            workers.add(pool.submit(() -> work(guard, handle, handedOver)));
        }
        while (handle.uses.sum() < 20) {
            Thread.yield();
        }
        assertThat(guard.end()).isTrue();
        handle.freed = true;
        for (Future<?> worker : workers) {
            worker.get(30, TimeUnit.SECONDS);
        }
        return handle.usesAfterFree.sum();
    }

    /** Goes on trying after the refusal, until the handle is freed: an acquire that fails disturbs the end most. */
    private static void work(Guard guard, FakeHandle handle, ConcurrentLinkedQueue<InUse> handedOver) {
        while (!handle.freed) {
            Runnable release = guard.tryAcquire();
            if (release != null) {
                handedOver.add(new InUse(handle, release));
            }
            // Holds change threads: what one took another uses and gives back.
            InUse next = handedOver.poll();
            if (next != null) {
                next.finish();
            } else {
                Thread.yield();
            }
        }
        for (InUse rest = handedOver.poll(); rest != null; rest = handedOver.poll()) {
            rest.finish();
        }
    }
}
