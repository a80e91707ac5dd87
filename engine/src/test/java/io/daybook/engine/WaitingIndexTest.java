package io.daybook.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.daybook.engine.lifecycle.EngineState;
import io.daybook.engine.lifecycle.Environment;
import io.daybook.engine.lifecycle.IndexStore;
import io.daybook.index.Checkpoint;
import io.daybook.index.IndexBatch;
import io.daybook.index.IndexException;
import io.daybook.index.LocationIndex;
import io.daybook.index.MemoryLocationIndex;
import io.daybook.storage.NoSpaceException;
import io.daybook.storage.SimStorage;
import io.daybook.testing.Await;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** An index that found no room to be opened for writing: what it says when it is tried again. */
@Timeout(60)
class WaitingIndexTest {
    private final Opening store = new Opening();

    /** Fails as it is told to. */
    private static final class Opening implements IndexStore {
        Exception failure = noRoom();
        int tries;
        LocationIndex opened = new MemoryLocationIndex();
        boolean damaged;

        @Override
        public LocationIndex open() throws IOException {
            tries++;
            if (failure instanceof IOException e) {
                throw e;
            }
            if (failure instanceof IndexException e) {
                throw e;
            }
            return opened;
        }

        @Override
        public LocationIndex openForReading() {
            return new MemoryLocationIndex();
        }

        @Override
        public LocationIndex openFresh() {
            throw new AssertionError("nothing is rebuilt");
        }

        @Override
        public LocationIndex replaceBy(LocationIndex fresh) {
            throw new AssertionError("nothing is rebuilt");
        }

        @Override
        public void markDamaged() {
            damaged = true;
        }
    }

    private static IndexException noRoom() {
        return new IndexException(IndexException.Kind.NO_SPACE, "open: No space left on device", null);
    }

    private LocationIndex waiting() throws IOException {
        SimStorage disk = SimStorage.create(1);
        SpaceKeeping space = new SpaceKeeping(new EngineState("test"), disk, disk.directory("journal", true), 0);
        LocationIndex index = new WaitingIndex.Store(store, space).open();
        assertThat(index).isInstanceOf(WaitingIndex.class);
        return index;
    }

    /** Of the next try to open it, which comes within a second or two. */
    private IndexException next(LocationIndex index) {
        int before = store.tries;
        long start = System.nanoTime();
        while (System.nanoTime() - start < 30_000_000_000L) {
            IndexException e = catchThrowableOfType(IndexException.class, index::newBatch);
            if (store.tries > before) {
                return e;
            }
            assertThat(e).as("no try yet: the answer of the last one").isNotNull();
            Thread.onSpinWait();
        }
        throw new AssertionError("nobody tried to open it");
    }

    @Test
    void whatIsBrokenIsNoFullDisk() throws IOException {
        LocationIndex index = waiting();
        IOException broken = new IOException("index/MANIFEST-000005: Input/output error");
        store.failure = broken;
        IndexException told = next(index);
        assertThat(told.kind()).isEqualTo(IndexException.Kind.FAILED);
        assertThat(told).hasCause(broken).hasMessageContaining("Input/output error");
        // Also who asks before the next try.
        IndexException again = catchThrowableOfType(IndexException.class, index::newBatch);
        assertThat(again.kind()).isEqualTo(IndexException.Kind.FAILED);
        index.close();
    }

    @Test
    void aFullDiskIsWaitedFor() throws IOException {
        LocationIndex index = waiting();
        boolean[] ready = new boolean[1];
        ((WaitingIndex) index).onReady(() -> ready[0] = true);
        store.failure = new NoSpaceException("index.old: No space left on device", null);
        assertThat(next(index).kind()).isEqualTo(IndexException.Kind.NO_SPACE);
        store.failure = null;
        assertThat(next(index)).isNull();
        assertThat(ready[0]).isTrue();
        try (IndexBatch batch = index.newBatch()) {
            index.write(batch);
        }
        index.close();
    }

    /** What a log that was set back meanwhile lacks has been dropped from the tails, or never was in them. */
    @Test
    void whatEndsElsewhereThanWhatWasReadIsDamaged() throws IOException {
        LocationIndex index = waiting();
        try (IndexBatch batch = store.opened.newBatch()) {
            batch.checkpoint(new Checkpoint(1, 2, 3, 0, 4));
            store.opened.write(batch);
        }
        store.failure = null;
        IndexException told = next(index);
        assertThat(told).as("not open for writing").isNotNull();
        assertThat(told.kind()).isEqualTo(IndexException.Kind.DAMAGED);
        assertThat(store.damaged).as("the next open builds it anew").isTrue();
        IndexException closed = catchThrowableOfType(IndexException.class, store.opened::checkpoint);
        assertThat(closed.kind()).isEqualTo(IndexException.Kind.CLOSED);
        assertThat(index.checkpoint()).as("still the one that is read").isEmpty();
        index.close();
    }

    /** The real one, which finds no room to be opened for writing until it is told to. */
    private record NoRoom(IndexStore store, AtomicBoolean room) implements IndexStore {
        @Override
        public LocationIndex open() throws IOException {
            if (!room.get()) {
                throw noRoom();
            }
            return store.open();
        }

        @Override
        public LocationIndex openForReading() throws IOException {
            return store.openForReading();
        }

        @Override
        public LocationIndex openFresh() {
            throw new AssertionError("nothing is rebuilt");
        }

        @Override
        public LocationIndex replaceBy(LocationIndex fresh) {
            throw new AssertionError("nothing is rebuilt");
        }
    }

    @Test
    void rowsOfADeletedLedgerWaitForRoomToo(@TempDir Path directory) throws Exception {
        try (LedgerEngine engine = RealStores.open(directory)) {
            engine.append(1, 0, Unpooled.copyLong(1)).join();
            engine.append(2, 0, Unpooled.copyLong(2)).join();
            engine.append(3, 0, Unpooled.copyLong(3)).join();
            engine.flush();
            // Gets into the index when the engine is closed, whose housekeeping has ended by then.
            engine.delete(1).join();
        }
        EngineConfig config = RealStores.small(directory).build();
        Environment real = EngineOpening.environment(config);
        AtomicBoolean room = new AtomicBoolean();
        try (LedgerEngine engine = DaybookEngine.open(
                config,
                new Environment(
                        real.root(),
                        real.journal(),
                        new NoRoom(real.index(), room),
                        real.clock(),
                        real.random(),
                        true,
                        real.tailEntries(),
                        real.tailJournalBytes(),
                        real.tailsMax()))) {
            // Longer than housekeeping waits between two looks.
            Thread.sleep(1500);
            assertThat(engine.health().failure()).isEmpty();
            engine.delete(2).join();
            assertThat(engine.exists(2)).isFalse();
            room.set(true);
            engine.flush();
            Await.until("health is green", () -> engine.health().status() == EngineHealth.Status.GREEN);
            assertThat(engine.ledgers().toArray()).containsExactly(3);
        }
    }
}
