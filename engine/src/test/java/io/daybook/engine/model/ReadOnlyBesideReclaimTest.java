package io.daybook.engine.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.daybook.engine.EngineConfig;
import io.daybook.engine.LedgerEngine;
import io.daybook.engine.TestEngines;
import io.daybook.engine.lifecycle.Environment;
import io.daybook.journal.JournalException;
import io.daybook.storage.Power;
import io.daybook.storage.SimStorage;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.PrimitiveIterator;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/**
 * A read-only open beside a writer that gives segments back, and uses their files again, before each of the open's operations:
 * it opens, and shows all that lives. F17, RULES 34.
 */
class ReadOnlyBesideReclaimTest {
    private static final int ENTRIES = 220;
    private static final int ENTRY_BYTES = 700;
    private static final long TRIMMED = 1;
    private static final long WHOLE = 2;

    /** The open ends with a look at the manifest; a segment that goes during or behind it is a matter of reads. */
    private static final int LAST_LOOK_OPERATIONS = 8;

    private long nanos;
    private long lastReclaimEnd;
    private int compared;

    @Test
    void theOpenIsTriedAgainWhereverTheWriterComesBetween() throws IOException {
        SimStorage base = filled();
        int points = 0;
        boolean fired = true;
        while (fired) {
            points++;
            fired = openWithReclaimBefore(base, points);
        }
        System.out.println("read-only opens beside a reclaim: " + compared + " of " + points + " points compared");
        assertThat(compared).isGreaterThan(40).isGreaterThanOrEqualTo(points - 40);
    }

    @Test
    void damageWithoutAWriterIsRefused() throws IOException {
        SimStorage disk = filled();
        String segment = disk.files().stream()
                .filter(file -> file.contains("segment-"))
                .findFirst()
                .orElseThrow();
        disk.remove(segment);
        long before = disk.operations();
        assertThatThrownBy(() -> open(disk, true)).isInstanceOf(JournalException.class);
        assertThat(disk.operations() - before).as("it ends soon").isLessThan(1000);
        assertThat(disk.openFiles()).isEmpty();
    }

    /** Whether the open had so many operations. */
    private boolean openWithReclaimBefore(SimStorage base, int operation) throws IOException {
        SimStorage disk = base.crashClone(Power.KILL, 1);
        try (LedgerEngine writer = open(disk, false).engine()) {
            int[] left = {operation, operation};
            long[] bound = {ENTRIES / 2};
            disk.onOperation((number, op, path) -> {
                // Twice: in the first try, and so much later again.
                int at = left[0] > 0 ? 0 : 1;
                if (--left[at] == 0) {
                    disk.onOperation(null);
                    reclaim(disk, writer, bound[0]);
                    bound[0] = ENTRIES - 10;
                    if (at == 0) {
                        disk.onOperation((n, o, p) -> {
                            if (--left[1] == 0) {
                                disk.onOperation(null);
                                reclaim(disk, writer, bound[0]);
                            }
                        });
                    }
                }
            });
            try (LedgerEngine reader = open(disk, true).engine()) {
                disk.onOperation(null);
                boolean afterLastLook = disk.operations() - lastReclaimEnd <= LAST_LOOK_OPERATIONS;
                if (!afterLastLook) {
                    compare(reader, operation);
                    compared++;
                }
            } catch (IOException | RuntimeException e) {
                throw new AssertionError("before operation " + operation, e);
            }
            return left[0] <= 0;
        }
    }

    private void reclaim(SimStorage disk, LedgerEngine writer, long bound) {
        long before = segments(disk);
        CompletableFuture<Void> trimmed = writer.trimBefore(TRIMMED, bound);
        TestEngines pumped = engines;
        while (!trimmed.isDone()) {
            pumped.pump();
        }
        writer.flush();
        for (int i = 0; i < 20; i++) {
            nanos += 500_000_000;
            pumped.pump();
        }
        assertThat(segments(disk)).as("segments went").isLessThan(before);
        // Into the files of those that went.
        for (int i = 0; i < 120; i++) {
            append(pumped, 3, nextOfThird++);
        }
        lastReclaimEnd = disk.operations();
    }

    private TestEngines engines;
    private long nextOfThird;

    private static long segments(SimStorage disk) {
        return disk.files().stream().filter(file -> file.contains("/segment-")).count();
    }

    private static void compare(LedgerEngine reader, int operation) {
        for (long ledger : new long[] {TRIMMED, WHOLE}) {
            long next = ledger == TRIMMED ? reader.firstEntryId(ledger).orElseThrow() : 0;
            assertThat(next).isLessThanOrEqualTo(ENTRIES - 10);
            PrimitiveIterator.OfLong ids = reader.entries(ledger);
            while (ids.hasNext()) {
                assertThat(ids.nextLong()).as("operation " + operation).isEqualTo(next);
                ByteBuf read = reader.read(ledger, next);
                try {
                    assertThat(read).isEqualTo(Unpooled.wrappedBuffer(payload(ledger, next)));
                } finally {
                    read.release();
                }
                next++;
            }
            assertThat(next).as("ledger " + ledger + ", operation " + operation).isEqualTo(ENTRIES);
        }
    }

    /** A store whose first segments hold nothing but one ledger, and whose second ledger lies behind. */
    private SimStorage filled() throws IOException {
        SimStorage disk = SimStorage.create(1);
        TestEngines opened = open(disk, false);
        for (int i = 0; i < ENTRIES; i++) {
            append(opened, TRIMMED, i);
        }
        for (int i = 0; i < ENTRIES; i++) {
            append(opened, WHOLE, i);
        }
        opened.engine().close();
        return disk;
    }

    private static void append(TestEngines opened, long ledger, long entry) {
        CompletableFuture<Void> appended =
                opened.engine().append(ledger, entry, Unpooled.wrappedBuffer(payload(ledger, entry)));
        while (!appended.isDone()) {
            opened.pump();
        }
        appended.join();
    }

    private TestEngines open(SimStorage disk, boolean readOnly) throws IOException {
        TestEngines opened = TestEngines.open(
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
                        new MemoryIndexDouble(index -> index),
                        () -> nanos += 1000,
                        new SeededRandom(1),
                        false,
                        64,
                        1 << 20,
                        4));
        if (!readOnly) {
            engines = opened;
            nextOfThird = 0;
        }
        return opened;
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
