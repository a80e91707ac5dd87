package io.daybook.engine.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.daybook.engine.AppendCallback;
import io.daybook.engine.Durability;
import io.daybook.engine.EngineFailedException;
import io.daybook.engine.LedgerEngine;
import io.daybook.engine.TestEngines;
import io.daybook.engine.WriteBatch;
import io.daybook.engine.lifecycle.Environment;
import io.daybook.index.IndexException;
import io.daybook.index.Location;
import io.daybook.index.LocationIndex;
import io.daybook.storage.SimStorage;
import io.daybook.testing.OwnThread;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.prometheus.client.CollectorRegistry;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A frame's records are applied and told some at a time. */
@Timeout(60)
class CommitInPartsTest {
    private static final ByteBuf ENTRY = Unpooled.unreleasableBuffer(Unpooled.wrappedBuffer(new byte[8]));
    private static final String APPENDED = "daybook_append_entries_total";

    private final SimStorage disk = SimStorage.create(1);
    private final CollectorRegistry registry = new CollectorRegistry();
    private volatile boolean broken;
    private final IndexDouble index = new MemoryIndexDouble(this::breakable);
    private final TestEngines engines = open(Durability.SYNC, disk, index, "parts");
    private final LedgerEngine engine = engines.engine();

    private LocationIndex breakable(LocationIndex right) {
        return new MutantIndex(right) {
            @Override
            public Location find(long ledgerId, long generation, long entryId) {
                if (broken) {
                    throw new IndexException(IndexException.Kind.FAILED, "on purpose", null);
                }
                return super.find(ledgerId, generation, entryId);
            }
        };
    }

    /** Without threads: all that is accepted before {@link TestEngines#pump} is one frame. */
    private TestEngines open(Durability durability, SimStorage on, IndexDouble with, String name) {
        try {
            return TestEngines.open(
                    Subject.smallest(durability, 64 << 10)
                            .segmentBytes(1 << 20)
                            .name(name)
                            .metricsRegistry(registry)
                            .diskReserveBytes(0)
                            .build(),
                    new Environment(
                            on,
                            on.directory("journal", true),
                            with,
                            () -> 1,
                            new SeededRandom(1),
                            false,
                            1024,
                            1 << 20,
                            4));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @AfterEach
    void close() {
        engine.close();
        assertThat(disk.openFiles()).isEmpty();
    }

    private double appended() {
        return registry.getSampleValue(APPENDED, new String[] {"engine"}, new String[] {"parts"});
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 63, 64, 65, 127, 128, 129, 500})
    void eachIsToldOnceInOrderAndSeesItself(int count) {
        List<Long> told = new ArrayList<>();
        List<Object> odd = new ArrayList<>();
        AppendCallback callback = (ledgerId, entryId, failure, context) -> {
            told.add(entryId);
            if (failure != null || engine.lastEntryId(1).orElse(-1) < entryId) {
                odd.add(failure == null ? "entry " + entryId + " is not to be seen" : failure);
            }
        };
        for (int i = 0; i < count; i++) {
            engine.append(1, i, ENTRY, callback, null);
        }
        engines.pump();
        assertThat(odd).isEmpty();
        assertThat(told).hasSize(count).isSorted().doesNotHaveDuplicates();
        assertThat(appended()).isEqualTo(count);
    }

    @Test
    void thoseBehindAreToldLaterThanTheFirstIs() {
        long[] seen = new long[1];
        engine.append(1, 0, ENTRY, (ledgerId, entryId, failure, context) -> seen[0] = engine.entryCount(1), null);
        for (int i = 1; i < 500; i++) {
            engine.append(1, i, ENTRY);
        }
        engines.pump();
        assertThat(seen[0]).isBetween(1L, 499L);
        assertThat(engine.entryCount(1)).isEqualTo(500);
    }

    /** Who was told that the call returned sees it, also from a callback, which does not wait for the rest of its frame. */
    @Test
    void whereAnAppendIsVisibleOnceItReturnedAFrameIsAppliedWhole() {
        SimStorage other = SimStorage.create(2);
        TestEngines deferred =
                open(Durability.DEFERRED, other, new MemoryIndexDouble(UnaryOperator.identity()), "deferred");
        long[] seen = new long[1];
        try (LedgerEngine opened = deferred.engine()) {
            opened.append(1, 0, ENTRY, (ledgerId, entryId, failure, context) -> seen[0] = opened.entryCount(1), null);
            for (int i = 1; i < 500; i++) {
                opened.append(1, i, ENTRY);
            }
            deferred.pump();
        }
        assertThat(seen[0]).isEqualTo(500);
        assertThat(other.openFiles()).isEmpty();
    }

    @Test
    void aBatchIsAppliedWhole() {
        List<Object> seen = new ArrayList<>();
        engine.append(
                1,
                0,
                ENTRY,
                (ledgerId, entryId, failure, context) -> {
                    // By another thread: a reader waits for the end of a batch.
                    try {
                        seen.add(CompletableFuture.supplyAsync(() -> engine.lastEntryId(2), OwnThread.EACH)
                                .get(10, TimeUnit.SECONDS));
                    } catch (TimeoutException e) {
                        seen.add("a reader waits for the rest of the batch");
                    } catch (Exception e) {
                        seen.add(e);
                    }
                },
                null);
        WriteBatch batch = new WriteBatch();
        for (int i = 0; i < 300; i++) {
            batch.append(2, i, ENTRY);
        }
        engine.write(batch);
        engines.pump();
        assertThat(seen).containsExactly(OptionalLong.of(299));
    }

    /** The record that fails is the 71st, of 100. */
    @Test
    void whatFailsLaterFailsNothingThatWasTold() {
        engine.append(2, 0, ENTRY);
        engine.putMetadata(1, ENTRY);
        engines.pump();
        engine.flush();
        double before = appended();
        List<Object> told = new ArrayList<>();
        AppendCallback callback =
                (ledgerId, entryId, failure, context) -> told.add(failure == null ? entryId : failure);
        CompletableFuture<Long> first = engine.awaitEntry(1, 10);
        CompletableFuture<Long> beside = engine.awaitEntry(1, 66);
        CompletableFuture<Long> behind = engine.awaitEntry(1, 90);
        for (int i = 0; i < 70; i++) {
            engine.append(1, i, ENTRY, callback, null);
        }
        // Was there, so it is looked up.
        engine.append(2, 0, ENTRY, callback, null);
        for (int i = 70; i < 99; i++) {
            engine.append(1, i, ENTRY, callback, null);
        }
        broken = true;
        engines.pump();
        broken = false;

        assertThat(told).hasSize(100);
        long succeeded = told.stream().filter(Long.class::isInstance).count();
        assertThat(succeeded).isBetween(1L, 70L);
        for (int i = 0; i < 100; i++) {
            if (i < succeeded) {
                assertThat(told.get(i)).isEqualTo((long) i);
            } else {
                assertThat(told.get(i)).isInstanceOf(EngineFailedException.class);
            }
        }
        assertThat(appended() - before).isEqualTo(succeeded);
        assertThat(first).isCompletedWithValue(11L);
        // It was applied before the one that failed, so it is there.
        assertThat(beside).isCompletedWithValue(67L);
        assertThatThrownBy(behind::join).hasCauseInstanceOf(EngineFailedException.class);
    }
}
