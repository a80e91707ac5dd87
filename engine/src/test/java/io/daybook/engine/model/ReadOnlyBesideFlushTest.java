package io.daybook.engine.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.daybook.engine.EngineConfig;
import io.daybook.engine.LedgerEngine;
import io.daybook.engine.TestEngines;
import io.daybook.engine.lifecycle.Environment;
import io.daybook.engine.lifecycle.IndexStore;
import io.daybook.index.LocationIndex;
import io.daybook.index.MemoryLocationIndex;
import io.daybook.storage.Power;
import io.daybook.storage.SimStorage;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.PrimitiveIterator;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A read-only open beside a writer that flushes its index, or gives segments back, between operations of the open: the index is
 * used, as it is that of the store wherever the writer is by now, and a prefix of what was appended is shown. F17, RULES 28
 * and 34.
 */
class ReadOnlyBesideFlushTest {
    private static final int ENTRIES = 100;
    private static final int ENTRY_BYTES = 700;
    private static final long TRIMMED = 1;
    private static final long EVEN = 2;
    private static final long ODD = 3;

    /** What the writer appends beside a few tries, and less than half of what a rebuild replays. */
    private static final long REPLAYED_MAX = 140;

    /** Far more than is appended beside an open that ends. */
    private static final long APPENDED_MAX = 5_000;

    /** The open ends with a look at the manifest; a segment that goes during or behind it is a matter of reads. */
    private static final int LAST_LOOK_OPERATIONS = 8;

    private SimStorage base;
    private MemoryLocationIndex index = new MemoryLocationIndex();
    private TestEngines writer;
    private long nanos;
    /** Appended to the two ledgers in turn. */
    private long appended;

    private long trimBound;
    private long lastReclaimEnd;
    private long replayedMost;

    /** What the writer does between two operations of a reader. */
    @FunctionalInterface
    private interface Deed {
        void on(SimStorage disk);
    }

    /** A store of which the index holds all. */
    @BeforeEach
    void fill() throws IOException {
        base = SimStorage.create(1);
        writer = open(base, false);
        for (int i = 0; i < ENTRIES; i++) {
            append(TRIMMED, i);
        }
        for (int i = 0; i < 2 * ENTRIES; i++) {
            appendNext();
        }
        writer.engine().close();
    }

    @Test
    void anIndexThatIsFlushedBeforeAnyOperationOfTheOpenIsUsed() throws IOException {
        int points = atEveryPoint(disk -> flushMore(), false);
        System.out.println(
                "read-only opens beside a flush: " + points + " points, at most " + replayedMost + " records replayed");
        assertThat(points).isGreaterThan(20);
    }

    @Test
    void anIndexThatIsFlushedBeforeEachOperationOfTheOpenIsUsed() throws IOException {
        int points = atEveryPoint(disk -> flushMore(), true);
        System.out.println("read-only opens beside flushes from " + points + " points on, at most " + replayedMost
                + " records replayed");
        assertThat(points).isGreaterThan(20);
    }

    @Test
    void anIndexOlderThanWhatIsGivenBackMeanwhileIsOpenedAgain() throws IOException {
        int points = atEveryPoint(this::reclaim, false);
        System.out.println("read-only opens beside a flush and a reclaim: " + points + " points, at most "
                + replayedMost + " records replayed");
        assertThat(points).isGreaterThan(20);
    }

    /** How many operations the open has. */
    private int atEveryPoint(Deed deed, boolean again) throws IOException {
        MemoryLocationIndex filled = index;
        for (int point = 1; ; point++) {
            index = filled.snapshot();
            appended = 2 * ENTRIES;
            trimBound = 0;
            lastReclaimEnd = Long.MIN_VALUE / 2;
            SimStorage disk = base.crashClone(Power.KILL, 1);
            writer = open(disk, false);
            try (LedgerEngine writing = writer.engine()) {
                if (!openWith(deed, disk, point, again)) {
                    return point - 1;
                }
                assertThat(writing.entryCount(EVEN) + writing.entryCount(ODD)).isEqualTo(appended);
            } catch (IOException | RuntimeException e) {
                throw new AssertionError("before operation " + point, e);
            }
        }
    }

    /** Whether the open had so many operations. */
    private boolean openWith(Deed deed, SimStorage disk, int point, boolean again) throws IOException {
        long before = appended;
        hook(deed, disk, point, again);
        TestEngines opened = open(disk, true);
        disk.onOperation(null);
        try (LedgerEngine reader = opened.engine()) {
            String at = "before operation " + point;
            assertThat(opened.replayedRecords()).as(at).isLessThan(REPLAYED_MAX);
            replayedMost = Math.max(replayedMost, opened.replayedRecords());
            if (disk.operations() - lastReclaimEnd > LAST_LOOK_OPERATIONS) {
                compare(reader, before, at);
            }
            return appended > before;
        }
    }

    private void hook(Deed deed, SimStorage disk, int operationsBefore, boolean again) {
        int[] left = {operationsBefore};
        disk.onOperation((number, op, path) -> {
            if (--left[0] == 0) {
                disk.onOperation(null);
                deed.on(disk);
                if (again) {
                    hook(deed, disk, 1, true);
                }
            }
        });
    }

    private void flushMore() {
        assertThat(appended).as("an open that does not end").isLessThan(APPENDED_MAX);
        appendNext();
        appendNext();
        appendNext();
        writer.engine().flush();
    }

    private void reclaim(SimStorage disk) {
        long before = segments(disk);
        trimBound = ENTRIES - 10;
        finish(writer.engine().trimBefore(TRIMMED, trimBound));
        writer.engine().flush();
        for (int i = 0; i < 20; i++) {
            nanos += 500_000_000;
            writer.pump();
        }
        assertThat(segments(disk)).as("segments went").isLessThan(before);
        // Into the files of those that went.
        for (int i = 0; i < 60; i++) {
            appendNext();
        }
        lastReclaimEnd = disk.operations();
    }

    private static long segments(SimStorage disk) {
        return disk.files().stream().filter(file -> file.contains("/segment-")).count();
    }

    /** A prefix of what was appended, with all that was there before the open. */
    private void compare(LedgerEngine reader, long before, String at) {
        long first = reader.firstEntryId(TRIMMED).orElseThrow();
        assertThat(first).as(at).isIn(0L, trimBound);
        compare(reader, TRIMMED, first, ENTRIES, at);
        long even = reader.entryCount(EVEN);
        long odd = reader.entryCount(ODD);
        assertThat(even - odd).as(at).isBetween(0L, 1L);
        assertThat(even + odd).as(at).isBetween(before, appended);
        compare(reader, EVEN, 0, even, at);
        compare(reader, ODD, 0, odd, at);
    }

    private static void compare(LedgerEngine reader, long ledger, long from, long to, String at) {
        long next = from;
        PrimitiveIterator.OfLong ids = reader.entries(ledger);
        while (ids.hasNext()) {
            assertThat(ids.nextLong()).as(at).isEqualTo(next);
            ByteBuf read = reader.read(ledger, next);
            try {
                assertThat(read).as(at).isEqualTo(Unpooled.wrappedBuffer(payload(ledger, next)));
            } finally {
                read.release();
            }
            next++;
        }
        assertThat(next).as("ledger " + ledger + ", " + at).isEqualTo(to);
    }

    private void appendNext() {
        append(appended % 2 == 0 ? EVEN : ODD, appended / 2);
        appended++;
    }

    private void append(long ledger, long entry) {
        finish(writer.engine().append(ledger, entry, Unpooled.wrappedBuffer(payload(ledger, entry))));
    }

    private void finish(CompletableFuture<Void> future) {
        while (!future.isDone()) {
            writer.pump();
        }
        future.join();
    }

    /** What the writer has written is what a reader finds at the moment of its open, and from then on. */
    private final class SharedIndex implements IndexStore {
        private final boolean readOnly;

        SharedIndex(boolean readOnly) {
            this.readOnly = readOnly;
        }

        @Override
        public LocationIndex open() {
            if (readOnly) {
                return index.snapshot();
            }
            index = index.reopen();
            return index;
        }

        @Override
        public LocationIndex openFresh() {
            throw new AssertionError("nothing is rebuilt here");
        }

        @Override
        public LocationIndex replaceBy(LocationIndex fresh) {
            throw new AssertionError("nothing is rebuilt here");
        }
    }

    private TestEngines open(SimStorage disk, boolean readOnly) throws IOException {
        return TestEngines.open(
                EngineConfig.builder(Path.of("/store"))
                        .memoryBudget(EngineConfig.MEMORY_BUDGET_MIN)
                        .segmentBytes(EngineConfig.SEGMENT_BYTES_MIN)
                        .entryBytesMax(4096)
                        .inFlightBytesMax(48 << 10)
                        .diskReserveBytes(0)
                        .readOnly(readOnly)
                        .build(),
                new Environment(
                        disk,
                        disk.directory("journal", !readOnly),
                        new SharedIndex(readOnly),
                        () -> nanos += 1000,
                        new SeededRandom(1),
                        false,
                        64,
                        1 << 20,
                        4));
    }

    private static byte[] payload(long ledger, long entry) {
        byte[] unit = (ledger + "/" + entry + ";").getBytes(StandardCharsets.US_ASCII);
        byte[] payload = new byte[ENTRY_BYTES];
        for (int i = 0; i < payload.length; i++) {
            payload[i] = unit[i % unit.length];
        }
        return payload;
    }
}
