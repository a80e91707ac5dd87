package io.daybook.engine;

import static io.daybook.engine.MetricScrapes.await;
import static io.daybook.engine.MetricScrapes.awaitValue;
import static io.daybook.engine.MetricScrapes.scrape;
import static io.daybook.engine.MetricScrapes.value;
import static org.assertj.core.api.Assertions.assertThat;

import io.daybook.engine.lifecycle.Environment;
import io.daybook.engine.lifecycle.IndexStore;
import io.daybook.index.LocationIndex;
import io.daybook.index.MemoryLocationIndex;
import io.daybook.journal.JournalClock;
import io.daybook.storage.SimStorage;
import io.daybook.storage.Storage;
import io.prometheus.client.CollectorRegistry;
import java.io.IOException;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A figure that is slow, stuck or broken where it comes from disturbs neither a scrape, nor appends, nor the close. */
@Timeout(120)
class EngineSamplingTest {
    private static final String LIVE = "daybook_segment_live_bytes";
    private static final String FREE = "daybook_disk_free_bytes";

    private final CollectorRegistry registry = new CollectorRegistry();
    private final AtomicBoolean broken = new AtomicBoolean();
    private final AtomicBoolean stuck = new AtomicBoolean();
    private final CountDownLatch isStuck = new CountDownLatch(1);
    private final CountDownLatch release = new CountDownLatch(1);
    private final Set<String> readers = ConcurrentHashMap.newKeySet();
    private final AtomicLong freeBytesReads = new AtomicLong();

    @AfterEach
    void releaseReader() {
        release.countDown();
    }

    @Test
    void stuckReadingHoldsUpNothing() throws Exception {
        stuck.set(true);
        LedgerEngine engine = open();
        assertThat(isStuck.await(60, TimeUnit.SECONDS)).isTrue();

        engine.append(1, 0, RealStores.bytes("entry")).get(30, TimeUnit.SECONDS);
        for (int i = 0; i < 100; i++) {
            scrape(registry);
        }

        awaitValue(registry, "engine", "daybook_append_entries_total", 1);
        assertThat(value(registry, "engine", LIVE)).as("not known yet").isNull();
        ShutdownReport report = engine.shutdown();
        assertThat(report.state()).as(report.toString()).isEqualTo(ShutdownReport.State.CLEAN);
        assertThat(release.getCount()).as("the reading is still stuck").isEqualTo(1);
        assertThat(scrape(registry)).isEmpty();
    }

    @Test
    void brokenReadingIsCountedAndTheOthersAreShown() throws Exception {
        broken.set(true);
        try (LedgerEngine engine = open()) {
            engine.append(1, 0, RealStores.bytes("entry")).get(30, TimeUnit.SECONDS);
            await("a failure is counted", () -> value(registry, "engine", "daybook_sample_failures_total") > 0);
            await("the others are shown", () -> value(registry, "engine", FREE) != null);

            assertThat(value(registry, "engine", LIVE)).isNull();
            assertThat(engine.health().status()).isEqualTo(EngineHealth.Status.GREEN);
        }
        assertThat(scrape(registry)).isEmpty();
    }

    @Test
    void slowFiguresAreReadByAThreadOfTheirOwnAtMostOnceASecond() throws Exception {
        long start = System.nanoTime();
        try (LedgerEngine engine = open()) {
            await("values are shown", () -> value(registry, "engine", FREE) != null);
            for (int i = 0; i < 2_000; i++) {
                scrape(registry);
                engine.append(1, RealStores.bytes("entry")).get(30, TimeUnit.SECONDS);
            }
            await("a later reading is shown", () -> value(registry, "engine", "daybook_segment_bytes") > 0);
        }
        long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start);

        assertThat(freeBytesReads.get()).isBetween(1L, seconds + 2);
        assertThat(readers).containsExactly("daybook-engine-stats");
    }

    private LedgerEngine open() throws IOException {
        SimStorage disk = SimStorage.create(1);
        LocationIndex index = observed(LocationIndex.class, new MemoryLocationIndex(), this::beforeIndex);
        Storage journal = observed(Storage.class, disk.directory("journal", true), this::beforeStorage);
        EngineConfig config = EngineConfig.builder(Path.of("sim"))
                .name("engine")
                .metricsRegistry(registry)
                .memoryBudget(16 << 20)
                .segmentBytes(4 << 20)
                .build();
        return TestEngines.open(
                        config,
                        new Environment(
                                disk,
                                journal,
                                new OneIndex(index),
                                JournalClock.SYSTEM,
                                new SecureRandom(),
                                true,
                                4096,
                                1 << 20,
                                4))
                .engine();
    }

    private void beforeIndex(Method method) throws Exception {
        if (method.getName().equals("liveBytes")) {
            readers.add(Thread.currentThread().getName());
            if (broken.get()) {
                throw new IllegalStateException("broken");
            }
            if (stuck.get()) {
                isStuck.countDown();
                release.await();
            }
        }
    }

    private void beforeStorage(Method method) {
        // The free space is looked at by others too, to refuse appends in time.
        if (method.getName().equals("freeBytes")
                && Thread.currentThread().getName().endsWith("-stats")) {
            freeBytesReads.incrementAndGet();
        }
    }

    /** Sees calls before they are made. */
    @FunctionalInterface
    private interface Observer {
        void before(Method method) throws Exception;
    }

    private static <T> T observed(Class<T> type, T target, Observer observer) {
        InvocationHandler handler = (proxy, method, arguments) -> {
            observer.before(method);
            try {
                return method.invoke(target, arguments);
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        };
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
    }

    private record OneIndex(LocationIndex index) implements IndexStore {
        @Override
        public LocationIndex open() {
            return index;
        }

        @Override
        public LocationIndex openFresh() {
            throw new AssertionError("not asked for here");
        }

        @Override
        public LocationIndex replaceBy(LocationIndex fresh) {
            throw new AssertionError("not asked for here");
        }
    }
}
