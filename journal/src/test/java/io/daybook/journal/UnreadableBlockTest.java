package io.daybook.journal;

import static org.assertj.core.api.Assertions.assertThat;

import io.daybook.journal.JournalRig.Rec;
import io.daybook.storage.ForwardingStorage;
import io.daybook.storage.Power;
import io.daybook.storage.SimStorage;
import io.daybook.storage.Storage;
import io.daybook.storage.StorageFile;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A device that cannot read one block (F8): what stands elsewhere comes out, and the place is named. */
class UnreadableBlockTest {
    private static final int BLOCK = JournalRig.BLOCK;

    private final SimStorage disk = SimStorage.create(1);

    /** With a block that gives an error whenever a read touches it. */
    private static Storage unreadable(Storage storage, String file, long block) {
        return new ForwardingStorage(storage) {
            @Override
            public StorageFile open(String name, Access access) throws IOException {
                StorageFile opened = super.open(name, access);
                return name.equals(file) ? unreadable(opened, block) : opened;
            }
        };
    }

    private static StorageFile unreadable(StorageFile file, long block) {
        return (StorageFile) Proxy.newProxyInstance(
                StorageFile.class.getClassLoader(), new Class<?>[] {StorageFile.class}, (self, method, arguments) -> {
                    if (method.getName().equals("readFully")) {
                        return readFully((StorageFile) self, (ByteBuffer) arguments[0], (long) arguments[1]);
                    }
                    if (method.getName().equals("readAt")) {
                        long from = (long) arguments[1];
                        long to = Math.min(file.size(), from + ((ByteBuffer) arguments[0]).remaining());
                        if (from < (block + 1) * BLOCK && to > block * BLOCK) {
                            throw new IOException("Input/output error");
                        }
                    }
                    try {
                        return method.invoke(file, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private static int readFully(StorageFile file, ByteBuffer target, long position) throws IOException {
        int total = 0;
        while (target.hasRemaining()) {
            int read = file.readAt(target, position + total);
            if (read < 0) {
                break;
            }
            total += read;
        }
        return total;
    }

    private List<Rec> written() throws IOException {
        JournalRig rig = JournalRig.open(disk, 1);
        for (int i = 0; i < 20; i++) {
            rig.append(5000);
            rig.pump();
        }
        rig.close();
        return rig.committed;
    }

    @Test
    void aSalvageReadsAllThatStandsElsewhere() throws IOException {
        List<Rec> written = written();
        for (int block = 0; block < 16; block++) {
            String file = SegmentFormat.name(2);
            Storage damaged = unreadable(disk.directory(JournalRig.DIRECTORY, false), file, block);
            List<Long> read = new ArrayList<>();
            try (JournalSalvage salvage = JournalSalvage.open(disk, damaged)) {
                List<JournalSalvage.Hole> holes =
                        salvage.replay(0, record -> {}, record -> note(record, read), (done, total) -> {});
                // The header's block costs a note, as the manifest has all that it says; the footer's nothing.
                boolean lost = block > 0 && block < 15;
                assertThat(holes).as("block %d", block).hasSize(lost ? 1 : 0);
                assertThat(read).as("block %d", block).hasSize(written.size() - (lost ? 1 : 0));
                assertThat(salvage.notes()).as("block %d", block).hasSize(block == 0 ? 1 : 0);
            }
        }
    }

    /** A place that a check told. */
    private record Told(long segmentId, long offset, long end, String what) {}

    private static JournalTools.Checked check(Storage root, Storage journal, List<Told> told) throws IOException {
        JournalTools.DamageListener listener = (file, segmentId, offset, end, what) -> {
            // The rig's footers tell of something else.
            if (!what.startsWith("footer says")) {
                told.add(new Told(segmentId, offset, end, what));
            }
        };
        return JournalTools.check(root, journal, listener, (done, total) -> {});
    }

    @Test
    void aCheckNamesEachAndGoesOnBehindIt() throws IOException {
        written();
        List<Told> none = new ArrayList<>();
        JournalTools.Checked whole = check(disk, disk.directory(JournalRig.DIRECTORY, false), none);
        assertThat(none).isEmpty();
        for (int block = 0; block < 16; block++) {
            Storage journal = disk.directory(JournalRig.DIRECTORY, false);
            // In two segments at once.
            Storage damaged = unreadable(unreadable(journal, SegmentFormat.name(2), block), SegmentFormat.name(1), 4);
            List<Told> told = new ArrayList<>();
            JournalTools.Checked checked = check(disk, damaged, told);
            assertThat(told).as("block %d", block).hasSize(2);
            long at = (long) block * BLOCK;
            for (Told place : told) {
                long from = place.segmentId() == 1 ? 4 * BLOCK : at;
                assertThat(place.offset()).as("block %d", block).isBetween(from - 2 * BLOCK, from + BLOCK - 1);
                assertThat(place.what())
                        .as("block %d", block)
                        .contains("the device cannot read bytes " + from + " to " + (from + BLOCK - 1))
                        .contains("Input/output error");
            }
            assertThat(told.stream().map(Told::segmentId)).containsExactly(1L, 2L);
            // A frame each; of the one without a header none is looked at, and none is lost with a footer.
            long frames = whole.frames() - checked.frames();
            assertThat(frames).as("block %d", block).isEqualTo(block == 0 ? 8 : block < 15 ? 2 : 1);
        }
    }

    /** A block that reads as zeros looks like the end of a segment that a crash left. */
    @Test
    void aCheckNamesOneInATailThatNothingCovers() throws IOException {
        JournalRig rig = JournalRig.open(disk, 1);
        for (int i = 0; i < 4; i++) {
            rig.append(3000);
            rig.commit();
        }
        SimStorage killed = disk.crash(Power.KILL);
        rig.forget();
        Storage journal = killed.directory(JournalRig.DIRECTORY, false);
        for (int block = 0; block <= 4; block++) {
            List<Told> told = new ArrayList<>();
            check(killed, unreadable(journal, SegmentFormat.name(1), block), told);
            assertThat(told).as("block %d", block).isNotEmpty();
            long from = (long) block * BLOCK;
            assertThat(told)
                    .as("block %d", block)
                    .filteredOn(place -> place.what().contains("the device cannot read bytes " + from + " to "))
                    .hasSize(1);
        }
    }

    private static void note(Frame.Cursor record, List<Long> lsns) {
        if (record.type() == RecordType.ENTRY) {
            lsns.add(record.lsn());
        }
    }
}
