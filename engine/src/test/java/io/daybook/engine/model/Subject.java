package io.daybook.engine.model;

import io.daybook.engine.Durability;
import io.daybook.engine.EngineConfig;
import io.daybook.engine.LedgerEngine;
import io.daybook.engine.TestEngines;
import io.daybook.engine.lifecycle.Environment;
import io.daybook.storage.SimStorage;
import io.daybook.storage.Storage;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.LongSupplier;

/** What is tested: an engine of one thread, the simulated disk and the index it stands on, and its clock. */
final class Subject {
    private static final Path NOWHERE = Path.of("/simulated");

    final Rig rig;
    final IndexDouble index;
    final EngineConfig config;
    /** The same to look only. */
    final EngineConfig reading;

    final boolean deferred;
    private final UnpooledByteBufAllocator allocator;
    private final Tails tails;

    SimStorage disk;
    /** Null: none is open. */
    LedgerEngine engine;

    private TestEngines handle;
    long nanos;

    /** How much the engine keeps in memory before it goes to the index. */
    record Tails(int entries, long journalBytes, int most) {}

    /**
     * Made before the first open.
     *
     * @param allocator of the engine alone, so that what it does not give back is seen
     * @param settings the rest of its configuration
     */
    Subject(
            Rig rig,
            IndexDouble index,
            SimStorage disk,
            UnpooledByteBufAllocator allocator,
            EngineConfig.Builder settings,
            Tails tails) {
        this.rig = rig;
        this.index = index;
        this.disk = disk;
        this.allocator = allocator;
        this.config = settings.allocator(allocator).build();
        this.reading = settings.readOnly(true).build();
        this.deferred = config.durability() == Durability.DEFERRED;
        this.tails = tails;
    }

    /** As small as an engine can be, so that little fills it. */
    static EngineConfig.Builder smallest(Durability durability, int entryBytesMax) {
        return EngineConfig.builder(NOWHERE)
                .durability(durability)
                .memoryBudget(EngineConfig.MEMORY_BUDGET_MIN)
                .segmentBytes(EngineConfig.SEGMENT_BYTES_MIN)
                .entryBytesMax(entryBytesMax);
    }

    /**
     * What an engine stands on.
     *
     * @param create whether a directory that is not there is made
     * @param seed of its random numbers; asked for when the directories are there
     */
    Environment environment(boolean create, LongSupplier seed) throws IOException {
        Storage root = rig.disk().apply(disk);
        Storage journal = rig.disk().apply((SimStorage) disk.directory("journal", create));
        return new Environment(
                root,
                journal,
                index,
                () -> nanos,
                new SeededRandom(seed.getAsLong()),
                false,
                tails.entries(),
                tails.journalBytes(),
                tails.most());
    }

    void open(LongSupplier seed) throws IOException {
        handle = TestEngines.open(config, environment(true, seed));
        engine = rig.engine().apply(handle.engine());
    }

    /** Does all work there is. */
    void pump() {
        handle.pump();
    }

    /** Forgets an engine that is closed or dead. */
    void forget() {
        engine = null;
        handle = null;
    }

    /** What a closed engine has left open on the disk, null: nothing. */
    String leftOpen() {
        return disk.openFiles().isEmpty() && disk.locks() == 0
                ? null
                : "left open: " + disk.openFiles() + ", " + disk.locks() + " locks";
    }

    /** What a closed engine has not given back, null: nothing. */
    String unreleased() {
        long used = allocator.metric().usedDirectMemory() + allocator.metric().usedHeapMemory();
        return used == 0 ? null : used + " bytes of buffers were not released";
    }
}
