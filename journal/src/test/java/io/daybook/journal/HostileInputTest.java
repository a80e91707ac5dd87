package io.daybook.journal;

import static org.assertj.core.api.Assertions.assertThat;

import io.daybook.journal.JournalRig.Rec;
import io.daybook.storage.Power;
import io.daybook.storage.SimStorage;
import io.daybook.storage.Storage;
import io.daybook.storage.StorageFile;
import io.daybook.testing.QuietLog;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Bytes that nobody wrote in good faith: decoders refuse them and throw nothing but {@link JournalException}. */
@ExtendWith(QuietLog.class)
class HostileInputTest {
    private static final int BLOCK = JournalRig.BLOCK;

    private final SimStorage disk = SimStorage.create(1);

    /** Changes some bytes, or puts numbers that are trouble where numbers may stand. */
    private static void mutate(ByteBuffer bytes, int from, int to, SplittableRandom random) {
        long[] trouble = {0, -1, 1, Integer.MAX_VALUE, Integer.MIN_VALUE, Long.MAX_VALUE, Long.MIN_VALUE, 1L << 32};
        for (int i = random.nextInt(4); i >= 0; i--) {
            int at = from + random.nextInt(to - from);
            switch (random.nextInt(3)) {
                case 0 -> bytes.put(at, (byte) random.nextInt());
                case 1 -> {
                    if (at + 4 <= to) {
                        bytes.putInt(at, (int) trouble[random.nextInt(trouble.length)]);
                    }
                }
                default -> {
                    if (at + 8 <= to) {
                        bytes.putLong(at, trouble[random.nextInt(trouble.length)]);
                    }
                }
            }
        }
    }

    @Test
    void framesWithValidChecksumsAndSenselessFieldsAreRefused() throws IOException {
        JournalRig rig = JournalRig.open(disk, 1);
        for (int i = 0; i < 4; i++) {
            rig.append(100);
            rig.append(2000);
            rig.commit();
        }
        rig.close();
        SegmentEntry entry = SegmentCatalog.load(disk, true).segment(1);
        byte[] content = disk.content(JournalRig.segmentFile(1));
        // Without its footer: its contents would say what the frames held before.
        content[(int) entry.validEnd()] = 0;
        Storage directory = disk.directory(JournalRig.DIRECTORY, false);
        SplittableRandom random = new SplittableRandom(1);
        int refused = 0;
        for (int round = 0; round < 4000; round++) {
            ByteBuffer file = ByteBuffer.wrap(content.clone()).order(ByteOrder.LITTLE_ENDIAN);
            int at = BLOCK * (1 + random.nextInt(4));
            mutate(file, at + FrameFormat.BYTES_OFFSET, at + FrameFormat.HEADER_BYTES + 60, random);
            sealRecord(file, at + FrameFormat.HEADER_BYTES, entry);
            ByteBuffer header = file.duplicate().limit(at + FrameFormat.HEADER_BYTES);
            header.position(at + FrameFormat.BYTES_OFFSET);
            file.putInt(at + FrameFormat.CRC_OFFSET, new RecordChecksum().bytes(entry.nonce(), at, header));
            disk.put(JournalRig.segmentFile(1), file.array());
            try (StorageFile opened = directory.open(SegmentFormat.name(1), Storage.Access.READ)) {
                FrameScan scan = new FrameScan(opened, entry, BLOCK, BLOCK, entry.validEnd(), 0);
                Frame.Cursor cursor = new Frame.Cursor();
                while (scan.next()) {
                    scan.rewind(cursor);
                    while (cursor.next()) {
                        assertThat(cursor.type()).isNotNull();
                        assertThat(cursor.payload()).hasSize(cursor.payloadBytes());
                    }
                }
                refused += scan.fault() == null ? 0 : 1;
                FrameScan.findProof(opened, entry, BLOCK, BLOCK, random.nextLong());
            } catch (RuntimeException | Error e) {
                throw new AssertionError("round " + round, e);
            }
            try {
                JournalRig.recovered(disk.crashClone(Power.KILL, round));
            } catch (JournalException e) {
                assertThat(e.offset()).isNotNegative();
            } catch (RuntimeException | Error e) {
                throw new AssertionError("round " + round, e);
            }
        }
        assertThat(refused).isGreaterThan(1000);
    }

    private static void sealRecord(ByteBuffer file, int at, SegmentEntry entry) {
        int word = file.getInt(at + RecordFormat.WORD_OFFSET);
        int end = at + RecordFormat.HEADER_BYTES + RecordFormat.payloadBytes(word);
        if (end <= file.limit()) {
            ByteBuffer payload = file.duplicate().limit(end).position(at + RecordFormat.HEADER_BYTES);
            file.putInt(
                    at,
                    new RecordChecksum()
                            .record(
                                    entry.nonce(),
                                    at,
                                    word,
                                    file.getLong(at + RecordFormat.LEDGER_OFFSET),
                                    file.getLong(at + RecordFormat.ENTRY_OFFSET),
                                    payload));
        }
    }

    @Test
    void manifestsWithValidChecksumsAndSenselessRecordsAreRefused() throws IOException {
        JournalRig rig = JournalRig.open(disk, 1);
        rig.appendAcknowledged(9, 3000);
        rig.pump();
        rig.close();
        byte[] whole = disk.content("manifest-1");
        Manifest.Copy copy = Manifest.parse(ByteBuffer.wrap(whole), "manifest-1");
        SplittableRandom random = new SplittableRandom(2);
        for (int round = 0; round < 3000; round++) {
            List<Manifest.Entry> records = new ArrayList<>(copy.entries());
            int index = random.nextInt(records.size());
            Manifest.Entry old = records.get(index);
            byte[] payload =
                    Arrays.copyOf(old.payload(), random.nextInt(4) == 0 ? random.nextInt(80) : old.payload().length);
            if (payload.length > 0) {
                mutate(ByteBuffer.wrap(payload).order(ByteOrder.LITTLE_ENDIAN), 0, payload.length, random);
            }
            byte type = random.nextInt(4) == 0 ? (byte) random.nextInt(9) : old.type();
            records.set(index, new Manifest.Entry(old.sequence(), type, payload));
            if (random.nextInt(4) == 0) {
                records.remove(random.nextInt(records.size()));
            }
            ByteBuffer out = ByteBuffer.allocate(8192).order(ByteOrder.LITTLE_ENDIAN);
            out.put(Manifest.header(copy.store()));
            for (Manifest.Entry entry : records) {
                Manifest.encode(out, entry);
            }
            byte[] bytes = Arrays.copyOf(out.array(), out.position());
            SimStorage one = disk.crashClone(Power.KILL, round);
            one.put("manifest-1", bytes);
            one.put("manifest-2", bytes);
            try {
                JournalRig reopened = new JournalRig(one, 1, rig.options).recover();
                reopened.opening.incarnation();
                reopened.opening.close();
            } catch (JournalException e) {
                // Refused.
            } catch (RuntimeException | Error | IOException e) {
                throw new AssertionError("round " + round + ": " + records.get(Math.min(index, records.size() - 1)), e);
            }
        }
    }

    @Test
    void junkIsNoManifestNoFooterAndNoSegmentEntry() throws IOException {
        SplittableRandom random = new SplittableRandom(3);
        ByteBuffer footer =
                new SegmentFooter(List.of(new SegmentFooter.Row(1, 2, 3, 4, 5, 6, true, true)), 0).encode(17, BLOCK);
        ByteBuffer manifest = ByteBuffer.allocate(36 + 17).order(ByteOrder.LITTLE_ENDIAN);
        manifest.put(Manifest.header(new StoreId(1, 2)));
        Manifest.encode(manifest, new Manifest.Entry(1, Manifest.SNAPSHOT_END, new byte[0]));
        assertThat(SegmentFooter.decode(footer.duplicate(), 17, BLOCK).rows()).hasSize(1);
        assertThat(SegmentFooter.decode(footer.duplicate(), 18, BLOCK)).isNull();
        assertThat(SegmentFooter.decode(footer.duplicate(), 17, 2 * BLOCK)).isNull();
        for (int round = 0; round < 20_000; round++) {
            byte[] junk = new byte[random.nextInt(120)];
            random.nextBytes(junk);
            SegmentEntry.decode(ByteBuffer.wrap(junk).order(ByteOrder.LITTLE_ENDIAN));
            SegmentEntry.decode(ByteBuffer.wrap(Arrays.copyOf(junk, SegmentEntry.ENCODED_BYTES)));
            assertThat(SegmentFooter.decode(ByteBuffer.wrap(junk), 17, BLOCK)).isNull();
            assertThat(Manifest.parse(ByteBuffer.wrap(junk), "junk").store()).isNull();

            ByteBuffer bad = ByteBuffer.wrap(Arrays.copyOf(footer.array(), footer.limit()))
                    .order(ByteOrder.LITTLE_ENDIAN);
            mutate(bad, 0, bad.limit(), random);
            if (!Arrays.equals(bad.array(), footer.array())) {
                assertThat(SegmentFooter.decode(bad, 17, BLOCK)).isNull();
            }
            ByteBuffer copy = ByteBuffer.wrap(manifest.array().clone()).order(ByteOrder.LITTLE_ENDIAN);
            mutate(copy, 0, copy.limit(), random);
            if (!Arrays.equals(copy.array(), manifest.array())) {
                Manifest.Copy parsed = Manifest.parse(copy, "bad");
                assertThat(parsed.store() == null || parsed.entries().isEmpty()).isTrue();
            }
        }
    }

    @Test
    void aSegmentOfAnotherStoreInAPayloadIsNotTakenForFrames() throws IOException {
        SimStorage other = SimStorage.create(9);
        JournalRig strange = JournalRig.open(other, 99);
        strange.appendAcknowledged(8, 100);
        strange.close();
        byte[] stored = other.content(JournalRig.segmentFile(1));

        JournalRig rig =
                JournalRig.open(disk, 1, JournalRig.options().segmentBlocks(64).frameBytesMax(40 * BLOCK));
        rig.append(100);
        rig.commit();
        // So that the frames in the payload begin on block boundaries, as those of this journal do.
        int padding = BLOCK - FrameFormat.HEADER_BYTES - RecordFormat.HEADER_BYTES;
        byte[] payload = new byte[padding + stored.length];
        System.arraycopy(stored, 0, payload, padding, stored.length);
        rig.append(7, 500, payload);
        rig.commit();
        List<Rec> issued = List.copyOf(rig.issued);
        SimStorage killed = disk.crash(Power.KILL);
        rig.forget();
        assertThat(JournalRig.recovered(killed.crashClone(Power.KILL, 1))).isEqualTo(issued);

        // The frame that holds them is torn: nothing in it may count as proof, or as a frame.
        int frameAt = 2 * BLOCK;
        byte[] content = killed.content(JournalRig.segmentFile(1));
        ByteBuffer bytes = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(bytes.getInt(frameAt + 2 * BLOCK)).as("a frame stands there").isEqualTo(FrameFormat.MAGIC);
        killed.corrupt(JournalRig.segmentFile(1), frameAt + 8, 1);
        assertThat(JournalRig.recovered(killed)).isEqualTo(issued.subList(0, 1));
    }
}
