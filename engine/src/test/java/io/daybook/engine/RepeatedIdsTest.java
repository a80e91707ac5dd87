package io.daybook.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.PrimitiveIterator;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Few ids that are written again and again hide no id that was written before them and is not in the index yet. */
@Timeout(120)
class RepeatedIdsTest {
    private static final ByteBuf ENTRY = Unpooled.unreleasableBuffer(Unpooled.wrappedBuffer(new byte[10]));
    private static final long FAR = 1_000_000;
    private static final long[] IDS =
            LongStream.concat(LongStream.range(1000, 1100), LongStream.of(FAR)).toArray();

    @TempDir
    Path directory;

    private final List<Long> met = new ArrayList<>();

    @BeforeEach
    void clear() {
        met.clear();
    }

    /** More writes than an iterator collects at a time, all in one tail. */
    private LedgerEngine open() {
        LedgerEngine engine = RealStores.open(directory);
        engine.append(1, FAR, ENTRY).join();
        for (int round = 0; round < 90; round++) {
            for (long entryId = 1000; entryId < 1100; entryId++) {
                engine.append(1, entryId, ENTRY);
            }
            engine.sync().join();
        }
        return engine;
    }

    @Test
    void aScanMeetsAll() {
        try (LedgerEngine engine = open();
                EntryCursor cursor = engine.scan(1, 0, Long.MAX_VALUE - 1)) {
            while (cursor.next()) {
                met.add(cursor.entryId());
            }
        }
        assertThat(met).containsExactly(LongStream.of(IDS).boxed().toArray(Long[]::new));
    }

    @Test
    void soDoesAnIteratorOfIds() {
        try (LedgerEngine engine = open()) {
            PrimitiveIterator.OfLong ids = engine.entries(1);
            while (ids.hasNext()) {
                met.add(ids.nextLong());
            }
        }
        assertThat(met).containsExactly(LongStream.of(IDS).boxed().toArray(Long[]::new));
    }

    @Test
    void aTruncationCountsAll() {
        try (LedgerEngine engine = open()) {
            engine.append(1, 0, ENTRY).join();
            assertThat(engine.entryCount(1)).isEqualTo(IDS.length + 1);
            engine.truncateAfter(1, 100).join();
            assertThat(engine.entryCount(1)).isEqualTo(1);
            assertThat(engine.lastEntryId(1)).hasValue(0);
        }
    }
}
