package io.daybook.journal;

import static org.assertj.core.api.Assertions.assertThat;

import io.daybook.storage.Power;
import io.daybook.storage.SimStorage;
import io.daybook.testing.Golden;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * The bytes of version 1 of a store that has lived: segments were dropped, so that there is a table of ledgers and a file in its
 * second life, and its process was killed, so that there is a copy. What is written today is the same, and what was written then
 * is read; the engine's tests open it too.
 */
class StoreFormatGoldenTest {
    private static final String GOLDEN = "store-v1/";
    private static final int ENTRY_BYTES = 5000;
    /** Where the entries begin that were not dropped. */
    private static final long TRIM_BOUND = 6;

    private static final long GENERATION = 1L << 32;
    private static final byte[] METADATA = {1, 2, 3, 4};
    private static final List<String> FILES = List.of(
            JournalRig.segmentFile(3),
            JournalRig.segmentFile(4),
            JournalRig.segmentFile(5),
            JournalRig.segmentFile(6),
            JournalRig.segmentFile(8),
            "manifest-1",
            "manifest-2");

    private JournalRig rig;

    private SimStorage written() throws IOException {
        SimStorage disk = SimStorage.create(1);
        rig = new JournalRig(
                        disk,
                        Golden.counter(),
                        JournalRig.options().segmentBlocks(8).build())
                .open();
        rig.journal.footers(this::footer);
        while (rig.journal.reclaim().sealed().size() < 2) {
            append();
        }
        List<Long> dropped = rig.journal.reclaim().sealed().stream()
                .map(SegmentReclaim.Sealed::id)
                .toList();
        assertThat(rig.journal.reclaim().drop(dropped, rig.journal.completedLsn(), states()))
                .isTrue();
        while (rig.journal.reclaim().sealed().size() < 2) {
            append();
        }
        // Nothing behind the last frames says that they are durable.
        rig.append(ENTRY_BYTES);
        rig.commit();
        rig.append(ENTRY_BYTES);
        rig.commit();
        SimStorage after = disk.crash(Power.KILL);
        rig.forget();
        JournalRig next = new JournalRig(after, Golden.counter(0x2233445566778800L), rig.options).recover();
        next.opening.close();
        assertThat(next.recovered).isEqualTo(rig.issued.subList((int) TRIM_BOUND, rig.issued.size()));
        return after;
    }

    private void append() {
        rig.append(ENTRY_BYTES);
        rig.pump();
    }

    private List<SegmentFooter.Row> footer(long segmentId) {
        List<JournalRig.Rec> here = rig.committed.stream()
                .filter(rec -> rig.places.get(rec.lsn()).segmentId() == segmentId)
                .toList();
        return List.of(new SegmentFooter.Row(
                7,
                GENERATION,
                here.get(0).entryId(),
                here.get(here.size() - 1).entryId(),
                here.size(),
                (long) here.size() * ENTRY_BYTES,
                false,
                false));
    }

    /** As the engine encodes them, see the table of ledgers in the format: its tests read them. */
    private Map<Long, byte[]> states() {
        long last = rig.committed.size() - 1L;
        long entries = last - TRIM_BOUND + 1;
        Map<Long, byte[]> states = new TreeMap<>();
        states.put(
                7L,
                state(GENERATION, 0, -1, TRIM_BOUND, TRIM_BOUND, last, entries, entries * ENTRY_BYTES, last + 1)
                        .array());
        ByteBuffer fenced = state(GENERATION + 1, 1 | 2, 41, 40, -1, -1, 0, 0, 42);
        states.put(
                8L,
                ByteBuffer.allocate(fenced.capacity() + METADATA.length)
                        .put(fenced.array())
                        .put(METADATA)
                        .array());
        return states;
    }

    private static ByteBuffer state(long... numbers) {
        ByteBuffer state = ByteBuffer.allocate(numbers.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        state.asLongBuffer().put(numbers);
        return state;
    }

    @Test
    void whatIsWrittenIsTheGoldenBytes() throws IOException {
        SimStorage disk = written();
        List<String> files = disk.files().stream()
                .filter(file -> !file.contains(FreeFiles.PREFIX))
                .toList();
        assertThat(files).containsExactlyElementsOf(FILES);
        for (String file : files) {
            Golden.assertSame(GOLDEN + file, disk.content(file));
        }
    }

    @Test
    void theGoldenStoreIsRead() throws IOException {
        SimStorage old = SimStorage.create(2);
        old.directory(JournalRig.DIRECTORY, true);
        for (String file : FILES) {
            old.put(file, Golden.bytes(GOLDEN + file));
        }
        Map<Long, SegmentEntry> listed = new TreeMap<>();
        SegmentCatalog catalog = SegmentCatalog.load(old, true);
        catalog.segments().forEach(entry -> listed.put(entry.id(), entry));
        SegmentDirectory directory = new SegmentDirectory(old.directory(JournalRig.DIRECTORY, false), catalog.store());
        List<String> segments = new ArrayList<>();
        for (SegmentEntry entry : listed.values()) {
            try (var file = directory.open(entry)) {
                segments.add(entry.id() + " " + entry.kind() + " " + entry.state()
                        + (directory.isRecycled(file) ? " recycled" : "")
                        + (entry.footerBytes() > 0 ? " footer" : ""));
            }
        }
        assertThat(segments)
                .containsExactly(
                        "3 JOURNAL SEALED footer",
                        "4 JOURNAL SEALED footer",
                        "5 LEDGERS SEALED",
                        "6 JOURNAL SEALED recycled",
                        "8 COPIED SEALED");

        List<String> table = new ArrayList<>();
        JournalRig reader = new JournalRig(old, 1, JournalRig.options().build());
        JournalOpening opening = JournalOpening.recover(old, reader.directory, reader.random);
        opening.ledgers(
                (ledgerId, state) -> table.add(ledgerId + " " + HexFormat.of().formatHex(state)));
        opening.close();
        String minusOne = "ffffffffffffffff";
        assertThat(table)
                .containsExactly(
                        "7 " + number(GENERATION) + number(0) + minusOne + number(TRIM_BOUND) + number(TRIM_BOUND)
                                + number(6) + number(1) + number(ENTRY_BYTES) + number(7),
                        "8 " + number(GENERATION + 1) + number(3) + number(41) + number(40) + minusOne + minusOne
                                + number(0) + number(0) + number(42) + "01020304");

        JournalRig recovered = new JournalRig(old, 1, reader.options).recover();
        recovered.opening.close();
        List<String> records = new ArrayList<>();
        for (JournalRig.Rec rec : recovered.recovered) {
            records.add(rec.entryId() + " in " + recovered.places.get(rec.lsn()).segmentId());
            assertThat(rec.payload().getBytes(StandardCharsets.ISO_8859_1))
                    .isEqualTo(JournalRig.payload(rec.entryId() + 1, ENTRY_BYTES));
        }
        assertThat(records)
                .containsExactly(
                        "6 in 3", "7 in 3", "8 in 3", "9 in 4", "10 in 4", "11 in 4", "12 in 6", "13 in 6", "14 in 8");
    }

    private static String number(long value) {
        return HexFormat.of()
                .formatHex(ByteBuffer.allocate(Long.BYTES)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(value)
                        .array());
    }
}
