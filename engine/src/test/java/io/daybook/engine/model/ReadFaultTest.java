package io.daybook.engine.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.daybook.engine.EngineConfig;
import io.daybook.engine.EngineFailedException;
import io.daybook.engine.EngineHealth;
import io.daybook.engine.EntryCursor;
import io.daybook.engine.LedgerEngine;
import io.daybook.engine.NoSuchEntryException;
import io.daybook.engine.TestEngines;
import io.daybook.engine.lifecycle.Environment;
import io.daybook.index.IndexException;
import io.daybook.storage.SimStorage;
import io.daybook.storage.StorageFault;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** F8: a read that the disk fails is an error of that read and of nothing else. */
class ReadFaultTest {
    private static final int ENTRIES = 5;

    private final SimStorage disk = SimStorage.create(1);
    private final MemoryIndexDouble index = new MemoryIndexDouble(plain -> plain);
    private LedgerEngine engine;

    private TestEngines open() throws IOException {
        EngineConfig config = EngineConfig.builder(Path.of("/sim"))
                .memoryBudget(EngineConfig.MEMORY_BUDGET_MIN)
                .segmentBytes(EngineConfig.SEGMENT_BYTES_MIN)
                .build();
        return TestEngines.open(
                config,
                new Environment(
                        disk,
                        disk.directory("journal", true),
                        index,
                        () -> 0,
                        new SeededRandom(1),
                        false,
                        64,
                        1 << 20,
                        4));
    }

    @BeforeEach
    void fillAndReopen() throws IOException {
        TestEngines first = open();
        for (int i = 0; i < ENTRIES; i++) {
            CompletableFuture<Void> appended =
                    first.engine().append(7, i, Unpooled.wrappedBuffer(new byte[] {(byte) i}));
            first.pump();
            appended.join();
        }
        first.engine().close();
        engine = open().engine();
    }

    @AfterEach
    void close() {
        engine.close();
        assertThat(disk.openFiles()).isEmpty();
    }

    @Test
    void aReadFailsOnceAndGoesWellThen() {
        disk.failAt(0, StorageFault.EIO_READ, false);
        assertThatThrownBy(() -> engine.read(7, 2))
                .isInstanceOf(EngineFailedException.class)
                .hasMessageContaining("ledger 7, entry 2")
                .hasMessageContaining("segment-0000000001.journal");
        ByteBuf read = engine.read(7, 2);
        assertThat(read.getByte(read.readerIndex())).isEqualTo((byte) 2);
        read.release();
        assertThat(engine.health().status()).as("%s", engine.health()).isNotEqualTo(EngineHealth.Status.RED);
        assertThat(engine.append(7, Unpooled.EMPTY_BUFFER)).isNotCompletedExceptionally();
    }

    /** What the index cannot say is not "not there" (I5). */
    @Test
    void anIndexThatFailsALookupIsNoMissingEntry() {
        index.failReads(IndexException.Kind.FAILED);
        assertThatThrownBy(() -> engine.read(7, 2))
                .isInstanceOf(EngineFailedException.class)
                .hasMessageContaining("ledger 7, entry 2");
        assertThatThrownBy(() -> engine.readLast(7)).isInstanceOf(EngineFailedException.class);
        try (EntryCursor cursor = engine.scan(7, 0, Long.MAX_VALUE - 1)) {
            assertThatThrownBy(cursor::next).isInstanceOf(EngineFailedException.class);
            index.failReads(null);
            assertThat(cursor.next()).isTrue();
            assertThat(cursor.entryId()).isZero();
        }
        engine.read(7, 2).release();
        assertThatThrownBy(() -> engine.read(7, ENTRIES)).isInstanceOf(NoSuchEntryException.class);
    }

    /** Which entry a cursor could not read it tries again: nothing that is there is left out. */
    @Test
    void aCursorTriesAgain() {
        try (EntryCursor cursor = engine.scan(7, 0, Long.MAX_VALUE - 1)) {
            for (int i = 0; i < ENTRIES; i++) {
                if (i != 1) {
                    disk.failAt(0, StorageFault.EIO_READ, false);
                    int times = 0;
                    while (times < 3 && !met(cursor)) {
                        times++;
                    }
                    assertThat(times).isLessThan(3);
                } else {
                    assertThat(cursor.next()).isTrue();
                }
                assertThat(cursor.entryId()).isEqualTo(i);
                assertThat(cursor.entry().getByte(cursor.entry().readerIndex())).isEqualTo((byte) i);
            }
            disk.clearFaults();
            assertThat(cursor.next()).isFalse();
        }
        assertThat(disk.faultsFired()).isPositive();
    }

    private static boolean met(EntryCursor cursor) {
        try {
            return cursor.next();
        } catch (EngineFailedException e) {
            assertThatThrownBy(cursor::entry).isInstanceOf(java.util.NoSuchElementException.class);
            return false;
        }
    }
}
