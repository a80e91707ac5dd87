package io.daybook.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.daybook.storage.SimStorage;
import io.daybook.storage.Storage;
import io.daybook.storage.StorageFault;
import io.daybook.storage.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whoever reads and checks ahead finds what one thread finds, and nobody is left behind. */
@Timeout(60)
class ScanAheadTest {
    private final SimStorage disk = SimStorage.create(1);

    /** Frames of less than a block, of nearly the memory of a scan, and of more than it. */
    private JournalRig filled() throws IOException {
        JournalRig rig = JournalRig.open(
                disk,
                1,
                JournalRig.options()
                        .segmentBlocks(1100)
                        .frameBytesMax(700 * JournalRig.BLOCK)
                        .inFlightBytesMax(8 << 20));
        for (int i = 0; i < 24; i++) {
            rig.append(100 + i);
            rig.append((1 << 20) - 50_000 * (i % 7));
            rig.append(3000);
            rig.commit();
        }
        rig.close();
        return rig;
    }

    private static List<Thread> scanners() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("daybook-scan-ahead"))
                .toList();
    }

    private SegmentDirectory directory;

    private List<SegmentEntry> sealed() throws IOException {
        SegmentCatalog catalog = SegmentCatalog.load(disk, true);
        directory = new SegmentDirectory(disk.directory("journal", false), catalog.store());
        List<SegmentEntry> sealed = new ArrayList<>(catalog.segments());
        sealed.removeIf(entry -> entry.state() != SegmentEntry.State.SEALED);
        assertThat(sealed).hasSizeGreaterThan(3);
        return sealed;
    }

    private ScanAhead ahead(StorageFile file, SegmentEntry entry) {
        return new ScanAhead(file, entry, JournalRig.BLOCK, ScanAhead.buffers());
    }

    /** Frames, with what their records say, and why it ended. */
    private static List<String> all(CheckedFrames frames) throws IOException {
        List<String> seen = new ArrayList<>();
        Frame.Cursor cursor = new Frame.Cursor();
        while (frames.next()) {
            seen.add("frame at " + frames.offset() + " up to " + frames.lastLsn());
            frames.rewind(cursor);
            while (cursor.next()) {
                seen.add(cursor.lsn() + " " + cursor.type() + " at " + cursor.offset() + " of "
                        + Arrays.hashCode(cursor.payload()));
            }
        }
        seen.add(frames.fault() + " at " + (frames.fault() == null ? 0 : frames.faultOffset()));
        return seen;
    }

    private static FrameScan scan(StorageFile file, SegmentEntry entry) {
        return new FrameScan(file, entry, JournalRig.BLOCK, JournalRig.BLOCK, entry.validEnd(), entry.firstLsn());
    }

    @Test
    void findsWhatOneThreadFinds() throws IOException {
        filled().close();
        for (SegmentEntry entry : sealed()) {
            try (StorageFile file = directory.open(entry);
                    ScanAhead ahead = ahead(file, entry)) {
                List<String> seen = all(ahead);
                assertThat(seen).hasSizeGreaterThan(3).isEqualTo(all(scan(file, entry)));
            }
        }
        assertThat(scanners()).isEmpty();
    }

    @Test
    void endsWhereOneThreadEndsOnDamage() throws IOException {
        filled().close();
        SplittableRandom random = new SplittableRandom(3);
        int faults = 0;
        for (SegmentEntry entry : sealed()) {
            for (int round = 0; round < 5; round++) {
                try (StorageFile file =
                        disk.directory("journal", false).open(SegmentFormat.name(entry.id()), Storage.Access.WRITE)) {
                    long at = JournalRig.BLOCK + random.nextLong(entry.validEnd() - JournalRig.BLOCK);
                    ByteBuffer one = ByteBuffer.allocate(1);
                    file.readFully(one, at);
                    byte was = one.get(0);
                    file.writeFully(ByteBuffer.wrap(new byte[] {(byte) (was ^ 4)}), at);
                    List<String> expected = all(scan(file, entry));
                    try (ScanAhead ahead = ahead(file, entry)) {
                        assertThat(all(ahead)).isEqualTo(expected);
                    }
                    faults += expected.get(expected.size() - 1).startsWith("null") ? 0 : 1;
                    file.writeFully(ByteBuffer.wrap(new byte[] {was}), at);
                }
            }
        }
        assertThat(faults).isGreaterThan(10);
        assertThat(scanners()).isEmpty();
    }

    @Test
    void mayBeClosedWhileItReads() throws IOException {
        filled().close();
        SegmentEntry entry = sealed().get(0);
        for (int round = 0; round < 50; round++) {
            try (StorageFile file = directory.open(entry);
                    ScanAhead ahead = ahead(file, entry)) {
                for (int i = 0; i < round % 3; i++) {
                    assertThat(ahead.next()).isTrue();
                }
            }
        }
        assertThat(scanners()).isEmpty();
        assertThat(disk.openFiles()).isEmpty();
    }

    @Test
    void aFailedReadIsThrownWhereItIsReached() throws IOException {
        filled().close();
        SegmentEntry entry = sealed().get(0);
        for (int read = 1; read <= 4; read++) {
            try (StorageFile file = directory.open(entry)) {
                disk.failAt(disk.operations() + read, StorageFault.EIO_READ, true);
                try (ScanAhead ahead = ahead(file, entry)) {
                    assertThatThrownBy(() -> all(ahead))
                            .isInstanceOf(IOException.class)
                            .hasMessageContaining("Input/output error");
                }
            }
            disk.clearFaults();
        }
        assertThat(scanners()).isEmpty();
    }

    @Test
    void anInterruptEndsNothing() throws IOException {
        filled().close();
        SegmentEntry entry = sealed().get(0);
        try (StorageFile file = directory.open(entry);
                ScanAhead ahead = ahead(file, entry)) {
            Thread.currentThread().interrupt();
            assertThat(all(ahead)).isEqualTo(all(scan(file, entry)));
        }
        assertThat(Thread.interrupted()).isTrue();
        assertThat(scanners()).isEmpty();
    }

    @Test
    void aReplayAheadHandsOutTheSame() throws IOException {
        JournalRig rig = filled();
        for (boolean ahead : new boolean[] {false, true}) {
            JournalRig again = new JournalRig(disk, 2, JournalRig.options().build());
            JournalOpening opening = JournalOpening.recover(disk, again.directory, again.random);
            long[] seen = new long[3];
            opening.replay(
                    0,
                    record -> {
                        while (record.next()) {
                            if (record.type() == RecordType.ENTRY) {
                                JournalRig.Rec issued = rig.issued.get((int) seen[0]++);
                                assertThat(record.lsn()).isEqualTo(issued.lsn());
                                assertThat(record.payload())
                                        .isEqualTo(issued.payload().getBytes(StandardCharsets.ISO_8859_1));
                            }
                        }
                    },
                    (done, total) -> {
                        seen[1] = done;
                        seen[2] = total;
                    },
                    new JournalOpening.Reading(false, ahead));
            opening.close();
            assertThat(seen[0]).isEqualTo(72);
            assertThat(seen[2]).as("enough for a second thread").isGreaterThan(16 << 20);
            assertThat(seen[1]).isEqualTo(seen[2]);
        }
        assertThat(scanners()).isEmpty();
    }
}
