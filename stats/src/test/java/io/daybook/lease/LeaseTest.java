package io.daybook.lease;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class LeaseTest {

    private static final Duration AT_ONCE = Duration.ZERO;
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final Executor OWN_THREAD = task -> new Thread(task).start();

    private final Lease lease = new Lease("index");

    @Test
    void holdsAreCountedUntilGivenBack() {
        Hold first = lease.tryAcquire();
        try (Hold second = lease.tryAcquire()) {
            assertThat(second).isNotNull();
            assertThat(lease.holds()).isEqualTo(2);
        }
        assertThat(lease.holds()).isEqualTo(1);
        first.close();
        assertThat(lease.holds()).isZero();
        assertThat(lease.isEnding()).isFalse();
        assertThat(lease.isEnded()).isFalse();
    }

    @Test
    void endRefusesNewHoldsForEver() {
        EndReport report = lease.end(AT_ONCE);

        assertThat(report.drained()).isTrue();
        assertThat(report.holds()).isZero();
        assertThat(report.holders()).isEmpty();
        assertThat(lease.tryAcquire()).isNull();
        assertThat(lease.isEnding()).isTrue();
        assertThat(lease.isEnded()).isTrue();
        assertThat(lease.holds()).isZero();
    }

    @Test
    void endRunsEndingsOnceInReverseOrderBeforeItWaits() {
        List<String> ran = new ArrayList<>();
        Hold hold = lease.tryAcquire();
        lease.onEnd("first", () -> ran.add("first"));
        lease.onEnd("second", () -> {
            assertThat(lease.tryAcquire())
                    .as("new holds are refused before the first ending")
                    .isNull();
            assertThat(lease.isEnded()).isFalse();
            ran.add("second");
        });
        lease.onEnd("third", () -> ran.add("third"));

        assertThat(lease.end(AT_ONCE).drained()).isFalse();
        assertThat(ran).containsExactly("third", "second", "first");
        hold.close();
        assertThat(lease.end(AT_ONCE).drained()).isTrue();
        assertThat(ran).hasSize(3);
    }

    /** Else who has to let go would be told only after it was waited for. */
    @Test
    void endingsMayLetGoOfWhatTheEndWaitsFor() {
        Hold hold = lease.tryAcquire();
        lease.onEnd("lets go", hold::close);
        assertThat(lease.end(LONG).drained()).isTrue();
    }

    @Test
    void failingEndingIsReportedAndTheOthersRun() {
        List<String> ran = new ArrayList<>();
        lease.onEnd("good", () -> ran.add("good"));
        lease.onEnd("bad", () -> {
            throw new IllegalStateException("no registry");
        });
        lease.onEnd("worse", () -> {
            throw new StackOverflowError();
        });

        EndReport report = lease.end(AT_ONCE);

        assertThat(ran).containsExactly("good");
        assertThat(report.drained()).isTrue();
        assertThat(report.failures()).extracting(EndReport.Failure::ending).containsExactly("worse", "bad");
        assertThat(report.toString()).contains("drained", "bad", "no registry");
        assertThat(lease.end(AT_ONCE).failures()).isEqualTo(report.failures());
    }

    @Test
    void endingCannotBeRegisteredOnceTheEndHasBegun() {
        lease.end(AT_ONCE);

        assertThatThrownBy(() -> lease.onEnd("gauges", () -> {
                    throw new AssertionError("must never run");
                }))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("gauges")
                .hasMessageContaining("index");
    }

    @Test
    void endGivesUpAtItsDeadlineWhenTheCallerItselfHolds() {
        Hold hold = lease.tryAcquire();

        EndReport report = lease.end(Duration.ofMillis(30));

        assertThat(report.drained()).isFalse();
        assertThat(report.holds()).isEqualTo(1);
        assertThat(report.nanos()).isBetween(30_000_000L, 30_000_000_000L);
        assertThat(report.holders())
                .singleElement()
                .asString()
                .contains("1 hold", Thread.currentThread().getName());
        hold.close();
        assertThat(lease.isEnded()).isTrue();
    }

    @Test
    void releaseByAnotherThreadWakesTheEnd() throws Exception {
        Hold hold = lease.tryAcquire();
        CompletableFuture<EndReport> end = CompletableFuture.supplyAsync(() -> lease.end(LONG), OWN_THREAD);
        while (!lease.isEnding()) {
            Thread.onSpinWait();
        }
        assertThat(lease.isEnded()).isFalse();

        Thread other = new Thread(hold::close);
        other.start();
        other.join();

        EndReport report = end.get(20, TimeUnit.SECONDS);
        assertThat(report.drained()).isTrue();
        assertThat(report.nanos()).isLessThan(LONG.toNanos());
    }

    @Test
    void everyConcurrentCallerWaitsForEndingsAndHolds() throws Exception {
        CountDownLatch inEnding = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        lease.onEnd("slow", () -> {
            inEnding.countDown();
            await(release);
        });
        CompletableFuture<EndReport> first = CompletableFuture.supplyAsync(() -> lease.end(LONG), OWN_THREAD);
        await(inEnding);

        assertThat(lease.end(Duration.ofMillis(5)).drained())
                .as("no hold is left, but an ending still runs")
                .isFalse();
        AtomicReference<EndReport> second = new AtomicReference<>();
        Thread waiting = new Thread(() -> second.set(lease.end(LONG)));
        waiting.start();
        assertThat(second.get()).isNull();
        release.countDown();

        assertThat(first.get(20, TimeUnit.SECONDS).drained()).isTrue();
        waiting.join();
        assertThat(second.get().drained()).isTrue();
    }

    @Test
    void endFromInsideAnEndingDoesNotWait() {
        AtomicReference<EndReport> inner = new AtomicReference<>();
        lease.onEnd("reentrant", () -> inner.set(lease.end(LONG)));

        assertThat(lease.end(LONG).drained()).isTrue();
        assertThat(inner.get().drained()).isFalse();
        assertThat(inner.get().nanos()).isLessThan(LONG.toNanos());
    }

    @Test
    void interruptNeitherEndsTheWaitNorGetsLost() {
        Hold hold = lease.tryAcquire();
        Thread.currentThread().interrupt();

        EndReport report = lease.end(Duration.ofMillis(30));

        assertThat(Thread.interrupted()).isTrue();
        assertThat(report.nanos()).isGreaterThanOrEqualTo(30_000_000L);
        hold.close();
    }

    @Test
    void tooManyReleasesAreRefusedAndHarmless() {
        Hold hold = lease.tryAcquire();
        hold.close();
        assertThatThrownBy(hold::close)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("index");

        Hold real = lease.tryAcquire();
        assertThat(lease.end(AT_ONCE).drained()).isFalse();
        real.close();
        assertThat(lease.isEnded()).isTrue();
    }

    @Test
    void debugLeaseNamesEachHolderWithItsStack() throws Exception {
        Lease debug = Lease.debug("segment 7");
        AtomicReference<Hold> taken = new AtomicReference<>();
        Thread holder = new Thread(() -> taken.set(leakyReader(debug)), "reader-3");
        holder.start();
        holder.join();

        EndReport report = debug.end(AT_ONCE);

        assertThat(report.holders()).singleElement().asString().contains("reader-3", "leakyReader");
        assertThat(report.toString()).contains("segment 7", "not drained", "leakyReader");
        taken.get().close();
        assertThat(debug.end(AT_ONCE).drained()).isTrue();
    }

    @Test
    void debugLeaseRefusesASecondReleaseEvenWhenOthersHold() {
        Lease debug = Lease.debug("index");
        Hold mine = debug.tryAcquire();
        Hold other = debug.tryAcquire();
        mine.close();

        assertThatThrownBy(mine::close)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("twice");
        assertThat(debug.holds()).isEqualTo(1);
        other.close();
    }

    @Test
    void reportNamesWhereTheHolderIsNow() throws Exception {
        CountDownLatch holding = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        Thread holder = new Thread(
                () -> {
                    try (Hold hold = lease.tryAcquire()) {
                        assertThat(hold).isNotNull();
                        holding.countDown();
                        stuckInNativeCode(release);
                    }
                },
                "compactor");
        holder.start();
        await(holding);

        EndReport report = lease.end(AT_ONCE);

        assertThat(report.holders()).singleElement().asString().contains("compactor");
        release.countDown();
        holder.join();
        assertThat(lease.end(LONG).drained()).isTrue();
    }

    @Test
    void generationsRise() {
        Lease next = new Lease("index");
        assertThat(next.generation()).isGreaterThan(lease.generation());
        assertThat(next.name()).isEqualTo("index");
        assertThat(next.toString()).contains("index", Long.toString(next.generation()));
        next.end(Duration.ofSeconds(Long.MAX_VALUE));
    }

    private static Hold leakyReader(Lease lease) {
        return lease.tryAcquire();
    }

    private static void stuckInNativeCode(CountDownLatch until) {
        await(until);
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
