package io.daybook.engine.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.daybook.engine.EngineConfig;
import io.daybook.engine.EntryCursor;
import io.daybook.engine.LedgerEngine;
import io.daybook.engine.TestEngines;
import io.daybook.engine.ledger.LedgerState;
import io.daybook.engine.lifecycle.Environment;
import io.daybook.engine.lifecycle.StoreDirectory;
import io.daybook.index.LedgerRow;
import io.daybook.journal.JournalOpening;
import io.daybook.storage.SimStorage;
import io.daybook.storage.Storage;
import io.daybook.testing.Golden;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The bytes of version 1 that the engine adds to those of the journal, {@code STORE} and the states in a table of ledgers; and a
 * whole store as version 1 left it, with a table of ledgers, a recycled file and a copy, opened and read.
 */
class StoreFormatGoldenTest {
    /** Written and listed by the test of this name in the journal. */
    private static final String GOLDEN = "store-v1/";

    private static final List<Integer> SEGMENTS = List.of(3, 4, 5, 6, 8);
    private static final int ENTRY_BYTES = 5000;
    private static final long GENERATION = 1L << 32;
    private static final byte[] METADATA = {1, 2, 3, 4};

    private final SimStorage disk = SimStorage.create(1);
    private Storage journal;

    @BeforeEach
    void put() throws IOException {
        journal = disk.directory("journal", true);
    }

    private void putStore() throws IOException {
        disk.put("STORE", Golden.bytes("STORE-root-v1"));
        disk.put("journal/STORE", Golden.bytes("STORE-journal-v1"));
        for (String manifest : List.of("manifest-1", "manifest-2")) {
            disk.put(manifest, Golden.bytes(GOLDEN + manifest));
        }
        for (int segment : SEGMENTS) {
            String name = String.format("journal/segment-%010d.journal", segment);
            disk.put(name, Golden.bytes(GOLDEN + name));
        }
    }

    @Test
    void whatIsWrittenIntoStoreIsTheGoldenBytes() throws IOException {
        StoreDirectory directory = StoreDirectory.lock(disk, journal);
        directory.openJournal(Golden.counter()).close();
        directory.release();

        Golden.assertSame("STORE-root-v1", disk.content("STORE"));
        Golden.assertSame("STORE-journal-v1", disk.content("journal/STORE"));
    }

    @Test
    void theGoldenStatesAreReadAndWritten() throws IOException {
        putStore();
        Map<Long, byte[]> table = new TreeMap<>();
        JournalOpening opening = JournalOpening.readOnly(disk, journal, Golden.counter());
        opening.ledgers(table::put);
        opening.close();

        assertThat(table).containsOnlyKeys(7L, 8L);
        assertState(table.get(7L), new LedgerRow(7, GENERATION, false, -1, 6, 6, 6, 1, ENTRY_BYTES, 7, null));
        assertState(table.get(8L), new LedgerRow(8, GENERATION + 1, true, 41, 40, -1, -1, 0, 0, 42, METADATA));
    }

    private static void assertState(byte[] golden, LedgerRow row) {
        assertThat(LedgerState.encode(row)).isEqualTo(golden);
        assertThat(LedgerState.decode(row.ledgerId(), golden))
                .usingRecursiveComparison()
                .isEqualTo(row);
    }

    @Test
    void theGoldenStoreIsOpenedAndRead() throws IOException {
        putStore();
        assertThat(StoreDirectory.identityFaults(disk, journal)).isEmpty();
        MemoryIndexDouble index = new MemoryIndexDouble(opened -> opened);
        TestEngines engines = TestEngines.open(
                EngineConfig.builder(Path.of("golden")).diskReserveBytes(0).build(),
                new Environment(disk, journal, index, System::nanoTime, Golden.counter(1), false, 64, 1 << 20, 4));
        try (LedgerEngine engine = engines.engine()) {
            assertThat(engine.ledgers().toArray()).containsExactly(7, 8);
            assertThat(engine.entryCount(7)).isEqualTo(9);
            assertThat(engine.isFenced(7)).isFalse();
            assertThat(engine.lastAddConfirmed(7)).isEqualTo(-1);
            assertThat(engine.metadata(7)).isEmpty();
            try (EntryCursor cursor = engine.scan(7, 0, Long.MAX_VALUE - 1)) {
                for (long entryId = 6; entryId <= 14; entryId++) {
                    assertThat(cursor.next()).isTrue();
                    assertThat(cursor.entryId()).isEqualTo(entryId);
                    assertThat(ByteBufUtil.getBytes(cursor.entry())).isEqualTo(payload(entryId));
                }
                assertThat(cursor.next()).isFalse();
            }
            assertThat(engine.entryCount(8)).isZero();
            assertThat(engine.isFenced(8)).isTrue();
            assertThat(engine.lastAddConfirmed(8)).isEqualTo(41);
            ByteBuf metadata = engine.metadata(8).orElseThrow();
            assertThat(ByteBufUtil.getBytes(metadata)).isEqualTo(METADATA);
            metadata.release();
        }
    }

    /** As the journal's tests fill the entries of ledger 7. */
    private static byte[] payload(long entryId) {
        byte[] payload = new byte[ENTRY_BYTES];
        for (int i = 0; i < payload.length; i++) {
            payload[i] = (byte) ((entryId + 1) * 31 + i * 7 + (i >>> 8));
        }
        return payload;
    }
}
