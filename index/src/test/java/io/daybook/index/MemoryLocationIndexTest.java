package io.daybook.index;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class MemoryLocationIndexTest extends LocationIndexContract {

    @Override
    protected LocationIndex open() {
        return new MemoryLocationIndex();
    }

    @Override
    protected LocationIndex reopen(LocationIndex old) {
        old.close();
        return ((MemoryLocationIndex) old).reopen();
    }

    private static void put(LocationIndex index, long entry) {
        try (IndexBatch batch = index.newBatch()) {
            batch.put(1, 1, entry, 1, 4096, 1);
            index.write(batch);
        }
    }

    @Test
    void crashKeepsWhatWasSyncedAndAPrefix() {
        MemoryLocationIndex memory = new MemoryLocationIndex();
        put(memory, 0);
        memory.sync();
        put(memory, 1);
        put(memory, 2);
        assertEquals(2, memory.unsyncedBatches());
        MemoryLocationIndex older = memory.snapshot();
        memory = memory.crash(1);
        assertNotNull(memory.find(1, 1, 0));
        assertNotNull(memory.find(1, 1, 1));
        assertNull(memory.find(1, 1, 2));
        put(older, 3);
        assertNull(memory.find(1, 1, 3));
        assertNotNull(older.find(1, 1, 2));
    }

    @Test
    void failsOnDemand() {
        MemoryLocationIndex memory = new MemoryLocationIndex();
        memory.failWrites(IndexException.Kind.NO_SPACE, 1, 2);
        put(memory, 0);
        IndexBatch batch = memory.newBatch();
        batch.put(1, 1, 1, 1, 4096, 1);
        assertThrows(IndexException.class, () -> memory.write(batch));
        assertThrows(IllegalStateException.class, () -> batch.put(1, 1, 2, 1, 4096, 1));
        assertThrows(IllegalStateException.class, () -> put(memory, 2));
        assertThrows(IndexException.class, () -> memory.write(batch));
        memory.write(batch);
        assertNotNull(memory.find(1, 1, 1));
        memory.failWrites(IndexException.Kind.FAILED, 0, 1);
        assertThrows(IndexException.class, () -> put(memory, 2));
        assertThrows(IndexException.class, () -> put(memory, 2));
        assertNotNull(memory.find(1, 1, 1));
        memory.failReads(IndexException.Kind.DAMAGED);
        assertThrows(IndexException.class, () -> memory.find(1, 1, 1));
    }
}
