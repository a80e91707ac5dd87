package io.daybook.engine;

import static io.daybook.engine.MetricScrapes.samples;
import static io.daybook.engine.MetricScrapes.scrape;
import static org.assertj.core.api.Assertions.assertThat;

import io.daybook.engine.lifecycle.Environment;
import io.daybook.engine.lifecycle.IndexStore;
import io.daybook.index.IndexException;
import io.daybook.index.LocationIndex;
import io.daybook.index.MemoryLocationIndex;
import io.daybook.journal.JournalClock;
import io.daybook.storage.Power;
import io.daybook.storage.SimStorage;
import io.prometheus.client.CollectorRegistry;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** An open that fails, at whichever step, leaves nothing of the engine in the registry and frees the store. */
@Timeout(120)
class FailedOpenMetricsTest {
    private static final int STEPS_MAX = 5_000;

    private final CollectorRegistry registry = new CollectorRegistry();

    /** Fails one operation of the disk after the other, until an open needs no more of them. */
    @Test
    void eachFailingOperationOfTheDisk() throws Exception {
        SimStorage used = usedStore();
        int failed = 0;
        for (int step = 1; ; step++) {
            assertThat(step).as("an open ends").isLessThan(STEPS_MAX);
            SimStorage disk = used.crashClone(Power.KILL, step);
            long failing = disk.operations() + step;
            disk.onOperation((number, operation, path) -> {
                if (number == failing) {
                    throw new IOException("step fails: " + operation + " " + path);
                }
            });
            boolean opened = openAndClose(disk, new Indexes(Integer.MAX_VALUE));
            if (!opened) {
                failed++;
                checkNothingIsLeft(disk);
            } else if (disk.operations() < failing) {
                break;
            }
        }
        assertThat(failed).as("operations whose failure fails the open").isGreaterThan(20);
    }

    @Test
    void eachFailingCallOfTheIndex() throws Exception {
        SimStorage used = usedStore();
        int failed = 0;
        for (int call = 1; ; call++) {
            assertThat(call).as("an open ends").isLessThan(STEPS_MAX);
            SimStorage disk = used.crashClone(Power.KILL, call);
            Indexes indexes = new Indexes(call);
            if (!openAndClose(disk, indexes)) {
                failed++;
                checkNothingIsLeft(disk);
            } else if (indexes.calls.get() < call) {
                break;
            }
        }
        assertThat(failed).as("calls whose failure fails the open").isPositive();
    }

    private void checkNothingIsLeft(SimStorage disk) throws IOException {
        assertThat(samples(registry, "engine")).isEmpty();
        assertThat(scrape(registry)).isEmpty();
        assertThat(disk.locks()).as("locks").isZero();
    }

    /** A store with records that the index does not have. */
    private static SimStorage usedStore() throws IOException {
        SimStorage disk = SimStorage.create(3);
        TestEngines opened = TestEngines.open(config(null), environment(disk, new Indexes(Integer.MAX_VALUE)));
        for (int i = 0; i < 100; i++) {
            opened.engine().append(i % 3, RealStores.bytes("entry " + i));
        }
        opened.pump();
        return disk.crash(Power.KILL);
    }

    private boolean openAndClose(SimStorage disk, Indexes indexes) {
        try {
            TestEngines.open(config(registry), environment(disk, indexes))
                    .engine()
                    .close();
        } catch (IOException | LedgerException e) {
            return false;
        }
        assertThat(scrape(registry)).isEmpty();
        return true;
    }

    private static EngineConfig config(CollectorRegistry registry) {
        EngineConfig.Builder builder = EngineConfig.builder(Path.of("sim"))
                .name("engine")
                .memoryBudget(16 << 20)
                .segmentBytes(1 << 20);
        return (registry == null ? builder : builder.metricsRegistry(registry)).build();
    }

    private static Environment environment(SimStorage disk, IndexStore indexes) throws IOException {
        return new Environment(
                disk,
                disk.directory("journal", true),
                indexes,
                JournalClock.SYSTEM,
                new SecureRandom(),
                false,
                4096,
                1 << 20,
                4);
    }

    /** An empty index at each open, one call of which fails. */
    private static final class Indexes implements IndexStore {
        private final int failing;
        private final AtomicInteger calls = new AtomicInteger();

        Indexes(int failing) {
            this.failing = failing;
        }

        private LocationIndex fresh() {
            count("open");
            LocationIndex index = new MemoryLocationIndex();
            return (LocationIndex) Proxy.newProxyInstance(
                    LocationIndex.class.getClassLoader(),
                    new Class<?>[] {LocationIndex.class},
                    (proxy, method, args) -> {
                        if (!method.getName().equals("close")) {
                            count(method.getName());
                        }
                        try {
                            return method.invoke(index, args);
                        } catch (InvocationTargetException e) {
                            throw e.getCause();
                        }
                    });
        }

        private void count(String what) {
            if (calls.incrementAndGet() == failing) {
                throw new IndexException(IndexException.Kind.FAILED, what + " fails", null);
            }
        }

        @Override
        public LocationIndex open() {
            return fresh();
        }

        @Override
        public LocationIndex openFresh() {
            return fresh();
        }

        @Override
        public LocationIndex replaceBy(LocationIndex closed) {
            closed.close();
            return fresh();
        }
    }
}
