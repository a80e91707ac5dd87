package io.daybook.engine.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.daybook.engine.Durability;
import io.daybook.engine.EngineHealth;
import io.daybook.engine.LedgerEngine;
import io.daybook.engine.TestEngines;
import io.daybook.engine.lifecycle.Environment;
import io.daybook.engine.scrub.Scrubber;
import io.daybook.storage.SimStorage;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How fast the scrub reads, by a clock that is moved and by what the disk was asked for. */
class ScrubRateTest {
    private static final long MILLI = 1_000_000;
    private static final long SECOND = 1000 * MILLI;
    private static final int ENTRY_BYTES = 60_000;
    private static final int ENTRIES = 400;
    private static final long STORE_BYTES_MIN = 20 << 20;
    /** What one step may ask the disk for at most: a buffer that the next ones go on from, headers and footers. */
    private static final long STEP_BYTES_MAX = (1 << 20) + (128 << 10);

    private static final Pattern READ = Pattern.compile("#\\d+ READ journal/segment-\\S+ \\d+\\+(\\d+)");

    private final SimStorage disk = SimStorage.create(1);
    private final IndexDouble index = new MemoryIndexDouble(plain -> plain);
    private long now = 5 * SECOND;
    private TestEngines engines;
    private LedgerEngine engine;

    private void open() throws IOException {
        Environment environment = new Environment(
                disk,
                disk.directory("journal", true),
                index,
                () -> now,
                new SeededRandom(1),
                false,
                10_000,
                1 << 30,
                4);
        engines = TestEngines.openToScrub(
                Subject.smallest(Durability.SYNC, 64 << 10)
                        .segmentBytes(1 << 20)
                        .diskReserveBytes(0)
                        .build(),
                environment);
        engine = engines.engine();
    }

    private CompletableFuture<Long> append() {
        return engine.append(1, Unpooled.wrappedBuffer(new byte[ENTRY_BYTES]));
    }

    @BeforeEach
    void makeStore() throws IOException {
        open();
        for (int i = 0; i < ENTRIES; i++) {
            CompletableFuture<Long> appended = append();
            engines.pump();
            appended.join();
        }
        engine.close();
        open();
        disk.tracing(true);
    }

    @AfterEach
    void close() {
        assertThat(engine.health().status()).isEqualTo(EngineHealth.Status.GREEN);
        engine.close();
    }

    /** Lets a time pass and calls the scrub at its end; bytes that it has read of segments. */
    private long after(long nanos) {
        now += nanos;
        int before = disk.trace().size();
        engines.scrubWhenDue();
        List<String> trace = disk.trace();
        long bytes = 0;
        for (String line : trace.subList(before, trace.size())) {
            Matcher read = READ.matcher(line);
            bytes += read.matches() ? Long.parseLong(read.group(1)) : 0;
        }
        return bytes;
    }

    /** Calls it so often, each time after so long; bytes read, of which no call reads more than a step may. */
    private long run(long times, long nanos) {
        long sum = 0;
        for (long i = 0; i < times; i++) {
            long bytes = after(nanos);
            assertThat(bytes).as("in one call").isLessThanOrEqualTo(STEP_BYTES_MAX);
            sum += bytes;
        }
        return sum;
    }

    private static long bound(long seconds) {
        return seconds * Scrubber.BYTES_PER_SECOND + STEP_BYTES_MAX;
    }

    @Test
    void itReadsItsBytesASecondHoweverOftenItIsCalled() {
        for (long millis : new long[] {1, 10, 100, 250}) {
            assertThat(run(4000 / millis, millis * MILLI))
                    .as("in 4 seconds, each %s ms", millis)
                    .isBetween(bound(4) / 2, bound(4));
        }
    }

    @Test
    void whatItCouldHaveReadWhileNobodyCalledItIsNotReadLater() {
        after(0);
        // Asleep for a day, then called without a pause: no more than of a second.
        assertThat(after(24 * 3600 * SECOND)).isLessThanOrEqualTo(STEP_BYTES_MAX);
        assertThat(run(1000, 0)).isLessThanOrEqualTo(bound(1));
        assertThat(run(2000, MILLI)).isLessThanOrEqualTo(bound(2));
    }

    @Test
    void whileAppendsAreUnderWayItReadsOnceInTenSeconds() {
        after(0);
        run(500, MILLI);
        CompletableFuture<Long> underWay = append();
        long sum = 0;
        long last = now;
        int steps = 0;
        for (int i = 0; i < 1000; i++) {
            long bytes = after(100 * MILLI);
            if (bytes > 0) {
                assertThat(now - last).as("between steps").isGreaterThanOrEqualTo(9 * SECOND);
                last = now;
                steps++;
            }
            sum += bytes;
        }
        assertThat(steps).isBetween(9, 11);
        assertThat(sum).isLessThanOrEqualTo(10 * (Scrubber.BYTES_PER_SECOND + STEP_BYTES_MAX));
        engines.pump();
        underWay.join();
        assertThat(run(40, 100 * MILLI)).as("when they are done").isBetween(bound(4) / 2, bound(5));
    }

    @Test
    void aPassReadsAllOfItOnceAndTheNextOneBeginsAnHourLater() {
        long sum = 0;
        long began = now;
        while (now - began < 200 * SECOND) {
            sum += after(100 * MILLI);
        }
        assertThat(sum).isBetween(STORE_BYTES_MIN, 2 * (long) ENTRIES * ENTRY_BYTES);
        while (now - began < 3500 * SECOND) {
            assertThat(after(SECOND)).isZero();
        }
        assertThat(run(200, SECOND)).isGreaterThanOrEqualTo(STORE_BYTES_MIN);
    }
}
