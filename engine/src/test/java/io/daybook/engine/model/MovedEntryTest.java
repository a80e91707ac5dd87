package io.daybook.engine.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.daybook.engine.Durability;
import io.daybook.engine.LedgerEngine;
import io.daybook.engine.NoSuchEntryException;
import io.daybook.engine.TestEngines;
import io.daybook.engine.lifecycle.Environment;
import io.daybook.storage.SimStorage;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What a reader has found is given back, and its file used again, before it reads: it looks once more. The moment between the two
 * is where memory is taken for the entry.
 */
class MovedEntryTest {
    private static final int ENTRIES = 14;
    private static final int ENTRY_BYTES = 13_000;
    private static final byte REPLACED = 99;

    private final SimStorage disk = SimStorage.create(1);
    private final IndexDouble index = new MemoryIndexDouble(plain -> plain);
    private LedgerEngine engine;
    private Runnable beforeRead = () -> {};
    private TestEngines engines;

    /** One that does something before it gives memory that is not on the heap. */
    private ByteBufAllocator allocator() {
        ByteBufAllocator right = UnpooledByteBufAllocator.DEFAULT;
        return (ByteBufAllocator) Proxy.newProxyInstance(
                ByteBufAllocator.class.getClassLoader(),
                new Class<?>[] {ByteBufAllocator.class},
                (proxy, method, arguments) -> {
                    if (method.getName().equals("directBuffer")) {
                        Runnable now = beforeRead;
                        beforeRead = () -> {};
                        now.run();
                    }
                    return method.invoke(right, arguments);
                });
    }

    private LedgerEngine open() throws IOException {
        Environment environment = new Environment(
                disk, disk.directory("journal", true), index, () -> 1, new SeededRandom(1), false, 64, 1 << 20, 4);
        engines = TestEngines.open(
                Subject.smallest(Durability.SYNC, 16 << 10)
                        .allocator(allocator())
                        .diskReserveBytes(0)
                        .build(),
                environment);
        return engines.engine();
    }

    private void done(CompletableFuture<?> change) {
        engines.pump();
        change.join();
    }

    private void append(long ledger, long entry, byte first) {
        byte[] bytes = new byte[ENTRY_BYTES];
        bytes[0] = first;
        done(engine.append(ledger, entry, Unpooled.wrappedBuffer(bytes)));
    }

    private long freeFiles() {
        return disk.files().stream()
                .filter(file -> file.startsWith("journal/free-"))
                .count();
    }

    /** Puts what was decided into the index, and gives back what nothing lives in. */
    private void giveBack() {
        engine.flush();
        engines.pump();
        assertThat(freeFiles()).isPositive();
    }

    @BeforeEach
    void fillAndReopen() throws IOException {
        engine = open();
        for (int i = 0; i < ENTRIES; i++) {
            append(1, i, (byte) i);
        }
        engine.close();
        // Nothing of it is in memory any more.
        engine = open();
    }

    @AfterEach
    void close() {
        engine.close();
        assertThat(disk.openFiles()).isEmpty();
    }

    @Test
    void whatWasTrimmedMeanwhileIsMissingAndNotDamaged() {
        beforeRead = () -> {
            done(engine.trimBefore(1, 12));
            giveBack();
        };
        assertThatThrownBy(() -> engine.read(1, 2)).isInstanceOf(NoSuchEntryException.class);
        assertThat(engine.health().reasons()).isEmpty();
    }

    @Test
    void whatStandsElsewhereMeanwhileIsReadThere() {
        beforeRead = () -> {
            done(engine.delete(1));
            append(1, 2, REPLACED);
            giveBack();
            // The first of the files that came back has another life.
            for (int i = 0; i < 6; i++) {
                append(2, i, (byte) 0);
            }
        };
        ByteBuf read = engine.read(1, 2);
        assertThat(read.readableBytes()).isEqualTo(ENTRY_BYTES);
        assertThat(read.getByte(read.readerIndex())).isEqualTo(REPLACED);
        read.release();
        assertThat(engine.health().reasons()).isEmpty();
    }
}
