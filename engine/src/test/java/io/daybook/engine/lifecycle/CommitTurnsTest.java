package io.daybook.engine.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** No worker wakes by time here: a signal that is lost is a test that hangs. */
@Timeout(20)
class CommitTurnsTest {
    private static final long FOREVER_NANOS = TimeUnit.HOURS.toNanos(1);

    private static final long ENDED_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final CommitTurns turns = new CommitTurns();
    private final ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
    private final List<Worker> workers = new ArrayList<>();

    // What a journal is to them. Guarded by this.
    private final Deque<Long> pending = new ArrayDeque<>();
    private final Deque<Long> untold = new ArrayDeque<>();

    private final AtomicInteger committing = new AtomicInteger();
    private final AtomicInteger telling = new AtomicInteger();
    private volatile boolean mayChange = true;
    private volatile LongConsumer callback = number -> {};
    private volatile Runnable whenNothingWaits = () -> {};
    private volatile Runnable whenAllIsTold = () -> {};

    private final class Load implements CommitTurns.Work {
        @Override
        public boolean commit() {
            assertThat(committing.incrementAndGet()).isEqualTo(1);
            List<Long> group = new ArrayList<>();
            synchronized (CommitTurnsTest.this) {
                group.addAll(pending);
                pending.clear();
            }
            if (!group.isEmpty()) {
                enqueue(group);
            }
            assertThat(committing.decrementAndGet()).isZero();
            return !group.isEmpty();
        }

        @Override
        public boolean tell() {
            assertThat(telling.incrementAndGet()).isEqualTo(1);
            Long next;
            synchronized (CommitTurnsTest.this) {
                next = untold.pollFirst();
            }
            if (next != null) {
                callback.accept(next);
            } else {
                once(whenAllIsTold, () -> whenAllIsTold = () -> {});
            }
            assertThat(telling.decrementAndGet()).isZero();
            return next != null;
        }

        @Override
        public boolean waits() {
            boolean waits;
            synchronized (CommitTurnsTest.this) {
                waits = !pending.isEmpty();
            }
            if (!waits) {
                once(whenNothingWaits, () -> whenNothingWaits = () -> {});
            }
            return waits;
        }

        @Override
        public boolean isUntold() {
            synchronized (CommitTurnsTest.this) {
                return !untold.isEmpty();
            }
        }

        @Override
        public boolean mayChange() {
            return mayChange;
        }
    }

    private static void once(Runnable what, Runnable forget) {
        forget.run();
        what.run();
    }

    private void enqueue(List<Long> group) {
        synchronized (this) {
            untold.addAll(group);
        }
        turns.teller().signal();
    }

    private void append(long number) {
        synchronized (this) {
            pending.addLast(number);
        }
        turns.committer().signal();
    }

    private void start() {
        for (int i = 0; i < 2; i++) {
            int number = i;
            workers.add(new Worker(
                    "turn-" + i, turns.wakeup(i), () -> turns.step(number), () -> FOREVER_NANOS, this::failed));
        }
        turns.start(new Load(), workers.get(0), workers.get(1));
        workers.forEach(Worker::start);
    }

    /** One that goes on after it fails may fail at each step, with a stack each time. */
    private void failed(Throwable e) {
        failures.add(e);
        workers.forEach(Worker::stop);
    }

    @AfterEach
    void stop() {
        workers.forEach(Worker::stop);
        workers.forEach(worker -> assertThat(worker.awaitEnd(ENDED_NANOS)).isTrue());
        assertThat(failures).isEmpty();
    }

    /** Two wake-ups an entry with one in flight, each of which takes long where others want the processors too. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 100})
    @Timeout(120)
    void allIsToldOnceAndInOrder(int inFlight) throws InterruptedException {
        long count = 30_000;
        Semaphore room = new Semaphore(inFlight);
        long[] told = new long[1];
        CountDownLatch done = new CountDownLatch(1);
        callback = number -> {
            // Plain: whoever tells sees what the one before wrote.
            assertThat(number).isEqualTo(told[0]);
            told[0]++;
            if (told[0] == count) {
                done.countDown();
            }
            room.release();
        };
        start();
        for (long number = 0; number < count && failures.isEmpty(); number++) {
            room.acquire();
            append(number);
        }
        assertThat(failures).isEmpty();
        done.await();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aCallbackThatWaitsKeepsNoCommitFromBeginning(boolean change) throws InterruptedException {
        mayChange = change;
        CountDownLatch leave = new CountDownLatch(1);
        CountDownLatch last = new CountDownLatch(1);
        callback = number -> {
            if (number == 0) {
                awaitOrFail(leave);
            } else if (number == 3) {
                last.countDown();
            }
        };
        start();
        awaitAsleep();
        append(0);
        for (int number = 1; number <= 3; number++) {
            append(number);
            awaitUntold(number);
        }
        leave.countDown();
        last.await();
    }

    /** Between the look for more and the change: its signal went to the thread that tells from now on; the other one sleeps. */
    @Test
    void whatComesWhilePartsAreChangedIsCommitted() throws InterruptedException {
        CountDownLatch second = new CountDownLatch(1);
        CountDownLatch told = new CountDownLatch(2);
        callback = number -> {
            if (number == 0) {
                awaitUntold(1);
                second.countDown();
            }
            told.countDown();
        };
        start();
        awaitAsleep();
        // At the first look: nothing waits yet.
        whenNothingWaits = () -> append(1);
        append(0);
        second.await();
        told.await();
    }

    /** Between the last look and the end of telling, by a thread that is none of the two: the parts are changed back then. */
    @Test
    void whatIsEnqueuedWhileTellingEndsIsTold() throws InterruptedException {
        CountDownLatch told = new CountDownLatch(2);
        callback = number -> told.countDown();
        start();
        // Else the first look of the one who tells, before anything came, is what this happens at.
        awaitAsleep();
        whenAllIsTold = () -> {
            Thread other = new Thread(() -> enqueue(List.of(1L)));
            other.start();
            try {
                other.join();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        };
        append(0);
        told.await();
    }

    @Test
    void whereCommitsAreDueByTimeTheSameOneCommits() throws InterruptedException {
        mayChange = false;
        CountDownLatch told = new CountDownLatch(1000);
        callback = number -> told.countDown();
        start();
        for (int number = 0; number < 1000; number++) {
            append(number);
            assertThat(turns.commits(0)).isTrue();
        }
        told.await();
    }

    /** Waits until so many are committed and not told; the test's timeout ends it. */
    private void awaitUntold(int count) {
        while (true) {
            synchronized (this) {
                if (untold.size() >= count) {
                    return;
                }
            }
            rest();
        }
    }

    private static void rest() {
        LockSupport.parkNanos(100_000);
        if (Thread.interrupted()) {
            throw new IllegalStateException("the time is over");
        }
    }

    private void awaitAsleep() {
        while (workers.stream().anyMatch(worker -> !worker.describe().contains("Wakeup.sleep"))) {
            rest();
        }
    }

    private static void awaitOrFail(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
