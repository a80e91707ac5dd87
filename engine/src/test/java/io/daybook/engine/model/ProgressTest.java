package io.daybook.engine.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.daybook.engine.Durability;
import io.daybook.engine.EngineConfig;
import io.daybook.engine.LedgerEngine;
import io.daybook.engine.StoreTools;
import io.daybook.engine.TestEngines;
import io.daybook.engine.lifecycle.Environment;
import io.daybook.storage.Power;
import io.daybook.storage.SimStorage;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What takes long says how far it is: to who asks for it, and where nobody does in the log. */
@Timeout(60)
class ProgressTest {
    private static final int ENTRIES = 40;
    private static final int ENTRY_BYTES = 13_000;

    private SimStorage disk = SimStorage.create(1);
    private final MemoryIndexDouble index = new MemoryIndexDouble(plain -> plain);
    private final EngineConfig.Builder settings =
            Subject.smallest(Durability.SYNC, 16 << 10).diskReserveBytes(0);

    private Environment environment() throws IOException {
        return new Environment(
                disk,
                disk.directory("journal", true),
                index,
                System::nanoTime,
                new SeededRandom(1),
                false,
                10_000,
                1 << 30,
                4);
    }

    /** Steps by task; each task only goes forward, never beyond its end. */
    private static final class Steps implements StoreTools.Progress {
        final Map<String, List<Long>> done = new LinkedHashMap<>();
        final Map<String, Long> total = new LinkedHashMap<>();

        @Override
        public void progress(String what, long now, long all) {
            assertThat(now).as("%s of %s of %s", what, now, all).isBetween(0L, all);
            List<Long> steps = done.computeIfAbsent(what, task -> new ArrayList<>());
            assertThat(steps).as("%s", what).allMatch(before -> before <= now);
            steps.add(now);
            total.put(what, all);
        }

        void ended(String what) {
            assertThat(done).containsKey(what);
            assertThat(done.get(what)).as(what).last().isEqualTo(total.get(what));
        }
    }

    @BeforeEach
    void makeStoreWithALongTail() throws IOException {
        TestEngines engines = TestEngines.open(settings.build(), environment());
        for (int i = 0; i < ENTRIES; i++) {
            CompletableFuture<Long> appended =
                    engines.engine().append(1 + i % 3, Unpooled.wrappedBuffer(new byte[ENTRY_BYTES]));
            engines.pump();
            appended.join();
        }
        SimStorage after = disk.crash(Power.KILL);
        engines.engine().close();
        disk = after;
        index.kill();
        // The index itself is in memory; a check of it begins with whether there is one.
        disk.directory("index", true);
    }

    @Test
    void anOpenTellsHowFarItsReplayIs() throws IOException {
        Steps steps = new Steps();
        TestEngines.open(settings.build(), environment(), steps).engine().close();
        steps.ended("replay");
        assertThat(steps.done.get("replay")).hasSizeGreaterThan(4);
        assertThat(steps.total.get("replay")).isGreaterThan((long) ENTRIES * ENTRY_BYTES / 2);
    }

    /** The log is written to each three seconds: the replay of a test takes so long where it is made to wait. */
    @Test
    void aLongReplayTellsInTheLog() throws IOException {
        List<String> told = new ArrayList<>();
        Handler handler = new Handler() {
            @Override
            public void publish(LogRecord logged) {
                if (logged.getMessage().contains("replayed,")) {
                    told.add(java.text.MessageFormat.format(logged.getMessage(), logged.getParameters()));
                }
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        Logger log = Logger.getLogger(LedgerEngine.class.getName());
        log.addHandler(handler);
        boolean[] waited = new boolean[1];
        try (LedgerEngine engine = TestEngines.open(settings.build(), environment(), (what, done, total) -> {
                    if (!waited[0]) {
                        waited[0] = true;
                        sleep();
                    }
                })
                .engine()) {
            assertThat(engine.entryCount(1)).isPositive();
        } finally {
            log.removeHandler(handler);
        }
        assertThat(told).hasSizeGreaterThanOrEqualTo(2);
        assertThat(told).allMatch(line -> line.matches("engine \\S+: \\d+ of \\d+ MiB replayed, \\d+ MiB/s"));
    }

    private static void sleep() {
        try {
            TimeUnit.MILLISECONDS.sleep(3_050);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aVerificationTellsHowFarItIs() throws IOException {
        TestEngines.open(settings.build(), environment()).engine().close();
        EngineConfig reading = settings.readOnly(true).build();
        Steps quick = new Steps();
        assertThat(TestEngines.verify(reading, environment(), quick).damages()).isEmpty();
        assertThat(quick.done.keySet()).containsExactly("segments", "ledgers");
        Steps deep = new Steps();
        assertThat(TestEngines.verifyDeep(reading, environment(), deep).damages())
                .isEmpty();
        assertThat(deep.done.keySet()).containsExactly("segments", "index", "replay", "ledgers");
        for (Steps each : List.of(quick, deep)) {
            each.done.keySet().forEach(each::ended);
            assertThat(each.done.get("segments")).hasSizeGreaterThan(4);
            assertThat(each.done.get("ledgers")).containsExactly(1L, 2L, 3L);
        }
    }
}
