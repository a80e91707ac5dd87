package io.daybook.journal;

import static org.assertj.core.api.Assertions.assertThat;

import io.daybook.storage.CountingStorage;
import io.daybook.storage.Power;
import io.daybook.storage.SimStorage;
import io.daybook.storage.Storage;
import io.daybook.storage.StorageFile;
import io.daybook.testing.QuietLog;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A replay by contents hands out what the frames hold, whatever becomes of the contents. */
@ExtendWith(QuietLog.class)
class SegmentContentsTest {
    private final SimStorage disk = SimStorage.create(1);

    private static final RecordType[] OTHERS = {
        RecordType.METADATA,
        RecordType.FENCE,
        RecordType.LAST_ADD_CONFIRMED,
        RecordType.TRUNCATE,
        RecordType.TRIM,
        RecordType.DELETE
    };

    /** Records of all types, in batches and alone, of many ledgers, some in turn, with ids of any size. */
    private JournalRig filled(long seed, int records) throws IOException {
        SplittableRandom random = new SplittableRandom(seed);
        JournalRig rig = JournalRig.open(disk, seed);
        long[] ledgers = random.longs(60, 0, Long.MAX_VALUE).toArray();
        for (int i = 0; i < records; i++) {
            long ledger = ledgers[random.nextInt(4) == 0 ? random.nextInt(ledgers.length) : i % 7];
            int kind = random.nextInt(12);
            if (kind == 0) {
                several(rig, random, ledger);
            } else if (kind == 1) {
                Ticket abandoned = new Ticket();
                rig.reserve(abandoned, RecordFormat.bytes(30), 1);
                abandoned.abandon();
            } else {
                long entry = random.nextInt(3) > 0 ? i : random.nextLong(Long.MAX_VALUE);
                int bytes = random.nextBoolean() ? 50 : random.nextInt(200);
                rig.append(ledger, entry, JournalRig.payload(i, bytes));
            }
            if (random.nextInt(5) == 0) {
                rig.pump();
            }
        }
        rig.pump();
        return rig;
    }

    /** All but the last of a batch say that they are continued. */
    private static void several(JournalRig rig, SplittableRandom random, long ledger) {
        int count = 1 + random.nextInt(4);
        byte[] metadata = JournalRig.payload(ledger, random.nextInt(60));
        Ticket ticket = new Ticket();
        rig.reserve(ticket, count * RecordFormat.bytes(metadata.length), count);
        for (int i = 0; i < count; i++) {
            RecordType type = random.nextBoolean() ? RecordType.ENTRY : RecordType.METADATA;
            long entry = type == RecordType.ENTRY ? random.nextInt(1000) : 0;
            ticket.fill(type, ledger, entry, metadata, i < count - 1);
        }
        ticket.done();
        RecordType one = OTHERS[random.nextInt(OTHERS.length)];
        byte[] payload = one == RecordType.METADATA ? metadata : new byte[0];
        long id = one == RecordType.TRUNCATE ? random.nextLong(-1, 99) : 0;
        Ticket other = new Ticket();
        rig.reserve(other, RecordFormat.bytes(payload.length), 1);
        other.fill(one, ledger, id, payload, false);
        other.done();
    }

    private List<SegmentEntry> withContents() throws IOException {
        List<SegmentEntry> found = new ArrayList<>();
        SegmentDirectory segments = new SegmentDirectory(
                disk.directory(JournalRig.DIRECTORY, false),
                SegmentCatalog.load(disk, true).store());
        for (SegmentEntry entry : SegmentCatalog.load(disk, true).segments()) {
            if (entry.footerBytes() > 0) {
                try (StorageFile file = segments.open(entry)) {
                    if (SegmentContents.read(file, entry, "") != null) {
                        found.add(entry);
                    }
                }
            }
        }
        return found;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void theySayWhatTheFramesHold(long seed) throws IOException {
        filled(seed, 1500).close();
        List<SegmentEntry> entries = withContents();
        assertThat(entries).hasSizeGreaterThan(2);
        // The rig compares both ways of reading.
        assertThat(JournalRig.recovered(disk)).hasSizeGreaterThan(1000);
    }

    /** The segments that were open are read once, by recovery, which notes what they hold. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void soDoThoseOfSegmentsThatACrashLeft(long seed) throws IOException {
        filled(seed, 700).forget();
        CountingStorage crashed = CountingStorage.over(disk.crash(Power.KILL));
        JournalRig rig = new JournalRig(crashed, 9, JournalRig.options().build());
        JournalOpening opening = JournalOpening.recover(crashed, rig.directory, rig.random);
        long before = crashed.readBytes();
        List<String> byContents = replay(opening, true);
        long once = crashed.readBytes() - before;
        List<String> byFrames = replay(opening, false);
        long again = crashed.readBytes() - before - once;
        opening.close();
        assertThat(byContents).isEqualTo(byFrames).isNotEmpty();
        assertThat(once).as("bytes read for headers, of %d", again).isLessThan(again / 2);
    }

    private static List<String> replay(JournalOpening opening, boolean headersSuffice) throws IOException {
        List<String> records = new ArrayList<>();
        opening.replay(
                0,
                frame -> {
                    while (frame.next()) {
                        records.add(JournalRig.header(frame));
                    }
                },
                (done, total) -> {},
                new JournalOpening.Reading(headersSuffice, false));
        return records;
    }

    private List<String> byContents() throws IOException {
        JournalRig rig = new JournalRig(disk, 5, JournalRig.options().build());
        JournalOpening opening = JournalOpening.readOnly(disk, rig.directory, rig.random);
        List<String> records = replay(opening, true);
        opening.close();
        return records;
    }

    /** Derived bytes may rot: the frames say the same. */
    @Test
    void aFlippedBitInThemChangesNothing() throws IOException {
        filled(1, 300).close();
        List<String> right = byContents();
        SegmentEntry entry = withContents().get(0);
        String name = JournalRig.segmentFile(entry.id());
        byte[] file = disk.content(name);
        for (int bit = (int) entry.validEnd() * Byte.SIZE; bit < file.length * Byte.SIZE; bit += 7) {
            byte[] flipped = file.clone();
            flipped[bit / Byte.SIZE] ^= (byte) (1 << bit % Byte.SIZE);
            disk.put(name, flipped);
            assertThat(byContents()).as("bit %d", bit).isEqualTo(right);
        }
    }

    @Test
    void aDamagedFrameIsNotReadForThem() throws IOException {
        filled(1, 300).close();
        List<String> right = byContents();
        SegmentEntry entry = withContents().get(0);
        String name = JournalRig.segmentFile(entry.id());
        byte[] file = disk.content(name);
        file[JournalRig.BLOCK + 100] ^= 1;
        disk.put(name, file);
        assertThat(byContents()).isEqualTo(right);
    }

    /** Contents with a good checksum that end early, or say what cannot be, are left for the frames at that place. */
    @Test
    void whereTheyEndOrCannotBeTheFramesGoOn() throws IOException {
        filled(2, 300).close();
        SegmentEntry entry = withContents().get(0);
        SegmentDirectory segments = new SegmentDirectory(
                disk.directory(JournalRig.DIRECTORY, false),
                SegmentCatalog.load(disk, true).store());
        try (StorageFile file = segments.open(entry)) {
            ByteBuffer contents = SegmentContents.read(file, entry, "");
            List<String> right = read(file, entry, contents);
            int frames = contents.getInt(SegmentContents.FRAMES_OFFSET);
            assertThat(frames).isGreaterThan(5);
            for (int kept = 0; kept < frames; kept++) {
                contents.putInt(SegmentContents.FRAMES_OFFSET, kept);
                assertThat(read(file, entry, contents)).as("%d frames", kept).isEqualTo(right);
            }
            contents.putInt(SegmentContents.FRAMES_OFFSET, Integer.MAX_VALUE);
            assertThat(read(file, entry, contents)).isEqualTo(right);
            contents.putInt(SegmentContents.FRAMES_OFFSET, frames);
            for (int limit = SegmentContents.HEADER_BYTES; limit < contents.capacity(); limit++) {
                ByteBuffer cut = contents.duplicate().order(ByteOrder.LITTLE_ENDIAN);
                assertThat(read(file, entry, cut.limit(limit)))
                        .as("%d bytes", limit)
                        .isEqualTo(right);
            }
        }
    }

    private List<String> read(StorageFile file, SegmentEntry entry, ByteBuffer contents) throws IOException {
        ContentsReader reader = new ContentsReader();
        reader.start(
                contents,
                entry,
                JournalRig.BLOCK,
                (from, lsn) -> new FrameScan(file, entry, JournalRig.BLOCK, from, entry.validEnd(), lsn));
        List<String> records = new ArrayList<>();
        Frame.Cursor cursor = new Frame.Cursor();
        while (reader.next()) {
            reader.rewind(cursor);
            while (cursor.next()) {
                records.add(JournalRig.header(cursor));
            }
        }
        assertThat(reader.fault()).isNull();
        return records;
    }

    @Test
    void junkWithAGoodChecksumIsRefusedOrRead() throws IOException {
        filled(3, 300).close();
        SegmentEntry entry = withContents().get(0);
        SegmentDirectory segments = new SegmentDirectory(
                disk.directory(JournalRig.DIRECTORY, false),
                SegmentCatalog.load(disk, true).store());
        SplittableRandom random = new SplittableRandom(1);
        try (StorageFile file = segments.open(entry)) {
            ByteBuffer contents = SegmentContents.read(file, entry, "");
            ContentsReader reader = new ContentsReader();
            for (int round = 0; round < 20_000; round++) {
                ByteBuffer bad = ByteBuffer.wrap(contents.array().clone()).order(ByteOrder.LITTLE_ENDIAN);
                for (int i = random.nextInt(4); i >= 0; i--) {
                    int at = random.nextInt(SegmentContents.HEADER_BYTES, bad.limit());
                    bad.put(at, (byte) random.nextInt());
                }
                reader.start(
                        bad,
                        entry,
                        JournalRig.BLOCK,
                        (from, lsn) ->
                                new FrameScan(file, entry, JournalRig.BLOCK, entry.validEnd(), entry.validEnd(), 0));
                Frame.Cursor cursor = new Frame.Cursor();
                while (reader.next()) {
                    reader.rewind(cursor);
                    while (cursor.next()) {
                        assertThat(cursor.offset() + RecordFormat.bytes(cursor.payloadBytes()))
                                .isBetween(0L, entry.validEnd());
                        assertThat(RecordFormat.idFault(cursor.type(), cursor.ledgerId(), cursor.entryId()))
                                .isNull();
                    }
                }
            }
        }
    }

    /** One byte a record where ledgers take turns and lengths stay. */
    @Test
    void theyAreSmall() throws IOException {
        JournalRig rig = JournalRig.open(disk, 1);
        for (int i = 0; i < 2000; i++) {
            rig.append(i % 20, i / 20, JournalRig.payload(i, 60));
            if (i % 20 == 0) {
                rig.pump();
            }
        }
        rig.pump();
        rig.close();
        List<SegmentEntry> entries = withContents();
        assertThat(entries).isNotEmpty();
        long bytes = 0;
        for (SegmentEntry entry : entries) {
            bytes += entry.footerBytes() - SegmentFooter.bytes(1) - SegmentContents.HEADER_BYTES;
        }
        System.out.printf("contents: %.2f bytes an entry, %d segments%n", bytes / 2000.0, entries.size());
        assertThat(bytes).isLessThan(2 * 2000);
    }

    @Test
    void whatIsTooLargeIsGivenUp() throws IOException {
        JournalRig rig = JournalRig.open(disk, 1, JournalRig.options().segmentBlocks(128));
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < 18_000; i++) {
            rig.append(random.nextLong(Long.MAX_VALUE), random.nextLong(Long.MAX_VALUE), new byte[0]);
            if (i % 50 == 0) {
                rig.pump();
            }
        }
        rig.pump();
        rig.close();
        List<SegmentEntry> sealed = SegmentCatalog.load(disk, true).segments();
        assertThat(sealed).hasSizeGreaterThan(1).allMatch(entry -> entry.footerBytes() > 0);
        assertThat(withContents()).hasSizeLessThan(sealed.size());
        assertThat(JournalRig.recovered(disk)).hasSize(18_000);
    }

    /** Also what it takes to know ledgers apart counts, and is let go. */
    @Test
    void ledgersCountAndAreForgotten() throws Exception {
        JournalRig rig = JournalRig.open(disk, 1, JournalRig.options().segmentBlocks(256));
        for (int i = 0; i < 20_000; i++) {
            rig.append(i, 0, new byte[0]);
            if (i % 50 == 0) {
                rig.pump();
            }
        }
        rig.pump();
        rig.close();
        List<SegmentEntry> sealed = SegmentCatalog.load(disk, true).segments();
        assertThat(sealed).hasSizeGreaterThan(1).allMatch(entry -> entry.footerBytes() > 0);
        // Five bytes each would fit.
        assertThat(withContents()).hasSizeLessThan(sealed.size());
        assertThat(JournalRig.recovered(disk)).hasSize(20_000);
    }

    @Test
    void aCheckNamesContentsThatAreDamagedOrDiffer() throws IOException {
        filled(1, 300).close();
        SegmentEntry entry = withContents().get(0);
        String name = JournalRig.segmentFile(entry.id());
        byte[] file = disk.content(name);
        assertThat(checked(entry)).isEmpty();
        byte[] rotten = file.clone();
        rotten[file.length - 1] ^= 1;
        disk.put(name, rotten);
        assertThat(checked(entry)).singleElement().asString().contains("contents are damaged");
        ByteBuffer lying = ByteBuffer.wrap(file.clone()).order(ByteOrder.LITTLE_ENDIAN);
        int contents = (int) (entry.validEnd() + SegmentFooter.bytes(1));
        lying.putInt(contents + SegmentContents.FRAMES_OFFSET, 1);
        ByteBuffer covered = lying.duplicate().position(contents + SegmentContents.COVERED_OFFSET);
        lying.putInt(
                contents + SegmentContents.CRC_OFFSET, new RecordChecksum().bytes(entry.nonce(), contents, covered));
        disk.put(name, lying.array());
        assertThat(checked(entry)).singleElement().asString().contains("contents differ from the frames");
    }

    private List<String> checked(SegmentEntry entry) throws IOException {
        List<String> damages = new ArrayList<>();
        Storage journal = disk.directory(JournalRig.DIRECTORY, false);
        SegmentDirectory segments =
                new SegmentDirectory(journal, SegmentCatalog.load(disk, true).store());
        SegmentCheck check = new SegmentCheck(
                segments, (path, segmentId, offset, until, what) -> damages.add(path + " at " + offset + ": " + what));
        check.check(entry);
        damages.removeIf(what -> what.contains("footer says"));
        return damages;
    }
}
