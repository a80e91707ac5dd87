package io.daybook.engine;

import io.daybook.engine.lifecycle.Environment;
import io.daybook.engine.lifecycle.IndexStore;
import io.daybook.engine.scrub.Scrubber;
import io.daybook.index.LocationIndex;
import io.daybook.index.RocksLocationIndex;
import io.daybook.stats.EngineMetrics;
import java.io.IOException;

/** An engine on an environment of the test's choice, for tests outside of this package. */
public final class TestEngines {
    private final DaybookEngine engine;
    private final RocksLocationIndex index;
    private final EngineMetrics metrics;

    private final Scrubber scrubber;

    private TestEngines(DaybookEngine engine, RocksLocationIndex index, EngineMetrics metrics, Scrubber scrubber) {
        this.engine = engine;
        this.index = index;
        this.metrics = metrics;
        this.scrubber = scrubber;
    }

    /** Opens an engine; failures of the disk come as they are, not translated. */
    public static TestEngines open(EngineConfig config, Environment environment) throws IOException {
        return open(config, environment, (what, done, total) -> {});
    }

    /** The same, telling how far it is. */
    public static TestEngines open(EngineConfig config, Environment environment, StoreTools.Progress progress)
            throws IOException {
        return new TestEngines(DaybookEngine.open(config, environment, progress), null, null, null);
    }

    /** Opens an engine and keeps its scrubber, to call it when the test says. */
    public static TestEngines openToScrub(EngineConfig config, Environment environment) throws IOException {
        EngineAssembly parts = new EngineAssembly(config, environment, (what, done, total) -> {});
        return new TestEngines(parts.open(), null, null, parts.scrubber);
    }

    /**
     * Opens an engine on the real disk as users do, and keeps its index and metrics, to call what the engine calls by itself
     * only.
     */
    public static TestEngines openKeepingParts(EngineConfig config) throws IOException {
        Environment real = EngineOpening.environment(config);
        Keeping keeping = new Keeping(real.index());
        Environment environment = new Environment(
                real.root(),
                real.journal(),
                keeping,
                real.clock(),
                real.random(),
                real.threads(),
                real.tailEntries(),
                real.tailJournalBytes(),
                real.tailsMax());
        EngineAssembly parts = new EngineAssembly(config, environment, (what, done, total) -> {});
        DaybookEngine engine = parts.open();
        return new TestEngines(engine, (RocksLocationIndex) keeping.last, parts.metrics, parts.scrubber);
    }

    /** What the verification says of a store on an environment of the test's choice. */
    public static StoreTools.Verification verify(
            EngineConfig reading, Environment environment, StoreTools.Progress progress) throws IOException {
        return StoreTools.verify(reading, environment, progress);
    }

    /** The same of the deep one. */
    public static StoreTools.Verification verifyDeep(
            EngineConfig reading, Environment environment, StoreTools.Progress progress) throws IOException {
        return StoreTools.verifyDeep(reading, environment, progress);
    }

    /** Returns the engine. */
    public LedgerEngine engine() {
        return engine;
    }

    /** Returns the index, null if it was not kept. */
    public RocksLocationIndex index() {
        return index;
    }

    /** Returns the metrics, null if they were not kept. */
    public EngineMetrics metrics() {
        return metrics;
    }

    /** Returns the records that the open replayed. */
    public long replayedRecords() {
        return engine.replayedRecords();
    }

    /** Reads about so many bytes of sealed segments again, on this thread; how many it read, 0: a pass has ended. */
    public long scrubOnce(long bytesMax) {
        return engine.scrubOnce(bytesMax);
    }

    /** Reads a little of sealed segments again if it is time for it, on this thread. */
    public void scrubWhenDue() {
        scrubber.scrubWhenDue();
    }

    /** Does all work there is, on this thread; whether there was any. */
    public boolean pump() {
        return engine.pump();
    }

    /** Remembers the index that was opened last. */
    private static final class Keeping implements IndexStore {
        private final IndexStore store;
        private LocationIndex last;

        Keeping(IndexStore store) {
            this.store = store;
        }

        @Override
        public LocationIndex open() throws IOException {
            last = store.open();
            return last;
        }

        @Override
        public LocationIndex openFresh() throws IOException {
            last = store.openFresh();
            return last;
        }

        @Override
        public LocationIndex replaceBy(LocationIndex fresh) throws IOException {
            last = store.replaceBy(fresh);
            return last;
        }

        @Override
        public void markDamaged() throws IOException {
            store.markDamaged();
        }
    }
}
