package io.daybook.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.daybook.storage.NoSpaceException;
import io.daybook.storage.SimStorage;
import io.daybook.storage.StorageFault;
import io.daybook.testing.QuietLog;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** After a failed change of the manifest there is no other: a second one behind a torn first would make damage of both copies. */
@ExtendWith(QuietLog.class)
class ManifestFailureTest {

    /** A sector of one copy that the device cannot read: the other one is there for that, and both are whole again behind it. */
    @Test
    void aCopyThatCannotBeReadIsMadeAnewFromTheOther() throws Exception {
        for (String name : Manifest.NAMES) {
            SimStorage disk = SimStorage.create(1);
            JournalRig rig = JournalRig.open(disk, 1);
            for (int i = 0; i < 30; i++) {
                rig.append(5000);
                rig.pump();
            }
            rig.close();
            byte[] before = disk.content(name);
            disk.failAt(disk.operations() + 1, StorageFault.EIO_READ, true, name::equals);
            List<String> places = new ArrayList<>();
            assertThat(JournalTools.checkManifest(disk, (file, segment, offset, end, what) -> places.add(file + what)))
                    .isTrue();
            assertThat(places).hasSize(1).first().asString().contains(name).contains("cannot be read");
            assertThat(JournalRig.readOnly(disk)).isEqualTo(rig.committed);
            assertThat(JournalRig.recovered(disk)).isEqualTo(rig.committed);
            disk.clearFaults();
            assertThat(JournalTools.checkManifest(disk, (file, segment, offset, end, what) -> places.add(file + what)))
                    .isTrue();
            assertThat(places).hasSize(1);
            assertThat(disk.content(name)).as("written anew").isNotEqualTo(before);
        }
    }

    /**
     * A write that failed, or a power loss, may spoil a sector of one copy with records that were durable long since. What stands
     * before it is the past: believed while the other copy cannot be read, it would have newer segments missing or deleted.
     */
    @Test
    void aCopyThatEndsEarlyIsNotBelievedWhileTheOtherCannotBeRead() throws Exception {
        for (StorageFault fault : List.of(StorageFault.EIO_READ, StorageFault.TOO_MANY_FILES)) {
            for (int spoiled = 0; spoiled < Manifest.NAMES.length; spoiled++) {
                String other = Manifest.NAMES[1 - spoiled];
                SimStorage disk = SimStorage.create(1);
                JournalRig rig = JournalRig.open(disk, 1);
                for (int i = 0; i < 30; i++) {
                    rig.append(5000);
                    rig.pump();
                }
                rig.close();
                Manifest.Copy copy = Manifest.read(disk, Manifest.NAMES[spoiled]);
                byte[] content = disk.content(Manifest.NAMES[spoiled]);
                int begin = content.length;
                int ends = 0;
                for (int i = copy.entries().size() - 1; i > 0; i--) {
                    begin -=
                            Manifest.RECORD_HEADER_BYTES + copy.entries().get(i).payload().length;
                    disk.put(Manifest.NAMES[spoiled], Arrays.copyOf(Arrays.copyOf(content, begin), content.length));
                    List<String> files =
                            disk.directory(JournalRig.DIRECTORY, false).list();
                    disk.failAt(disk.operations() + 1, fault, true, other::equals);
                    assertThatThrownBy(() -> JournalRig.recovered(disk))
                            .as("%s of %s, the other one cut at %d", fault, other, begin)
                            .isInstanceOf(IOException.class)
                            .isNotInstanceOf(JournalException.class);
                    assertThatThrownBy(() -> JournalRig.readOnly(disk))
                            .isInstanceOf(IOException.class)
                            .isNotInstanceOf(JournalException.class);
                    disk.clearFaults();
                    assertThat(disk.directory(JournalRig.DIRECTORY, false).list())
                            .isEqualTo(files);
                    ends++;
                }
                assertThat(ends).isGreaterThan(10);
                assertThat(JournalRig.recovered(disk)).isEqualTo(rig.committed);
            }
        }
    }

    /**
     * A salvage takes the copy that can be read up to its fault: it knows what was given back, which the headers of files that
     * are still there do not. For what is newer than that copy it takes the headers.
     */
    @Test
    void aSalvageTakesTheCopyThatCanBeReadUpToItsFault() throws Exception {
        for (int spoiled = 0; spoiled < Manifest.NAMES.length; spoiled++) {
            String other = Manifest.NAMES[1 - spoiled];
            SimStorage disk = SimStorage.create(1);
            JournalRig rig = JournalRig.open(disk, 1);
            for (int i = 0; i < 20; i++) {
                rig.append(5000);
                rig.pump();
            }
            SegmentReclaim.Sealed dropped = rig.journal.reclaim().sealed().get(0);
            byte[] file = disk.content(JournalRig.segmentFile(dropped.id()));
            assertThat(rig.journal.reclaim().drop(List.of(dropped.id()), dropped.lastLsn(), Map.of()))
                    .isTrue();
            int known = disk.content(Manifest.NAMES[spoiled]).length;
            for (int i = 0; i < 40; i++) {
                rig.append(5000);
                rig.pump();
            }
            rig.close();
            disk.put(JournalRig.segmentFile(dropped.id()), file);
            List<Long> living = rig.committed.stream()
                    .map(JournalRig.Rec::lsn)
                    .filter(lsn -> lsn > dropped.lastLsn())
                    .toList();
            byte[] content = disk.content(Manifest.NAMES[spoiled]);
            for (int end : new int[] {content.length - 1, (content.length + known) / 2, known}) {
                byte[] spoilt = content.clone();
                for (int i = end; i < spoilt.length; i++) {
                    spoilt[i] ^= 0x55;
                }
                disk.put(Manifest.NAMES[spoiled], spoilt);
                disk.failAt(disk.operations() + 1, StorageFault.EIO_READ, true, other::equals);
                List<String> notes = new ArrayList<>();
                assertThat(salvaged(disk, notes)).as("cut at %d", end).isEqualTo(living);
                assertThat(notes).singleElement().asString().contains(Manifest.NAMES);
                disk.clearFaults();
                // The other one is whole.
                assertThat(salvaged(disk, notes)).isEqualTo(living);
                assertThat(notes).hasSize(1);
                // Another try may open it.
                disk.failAt(disk.operations() + 1, StorageFault.TOO_MANY_FILES, true, other::equals);
                assertThatThrownBy(() -> salvaged(disk, notes)).isInstanceOf(FileSystemException.class);
                disk.clearFaults();
            }
            // Of none is anything left.
            disk.put(Manifest.NAMES[spoiled], new byte[content.length]);
            disk.failAt(disk.operations() + 1, StorageFault.EIO_READ, true, other::equals);
            List<String> notes = new ArrayList<>();
            assertThat(salvaged(disk, notes))
                    .isEqualTo(rig.committed.stream().map(JournalRig.Rec::lsn).toList());
            assertThat(notes).singleElement().asString().contains("headers of the segment files were taken for it");
        }
    }

    private static List<Long> salvaged(SimStorage disk, List<String> notes) throws IOException {
        List<Long> lsns = new ArrayList<>();
        try (JournalSalvage salvage = JournalSalvage.open(disk, disk.directory(JournalRig.DIRECTORY, false))) {
            salvage.replay(
                    0,
                    record -> {},
                    record -> {
                        if (record.type() == RecordType.ENTRY) {
                            lsns.add(record.lsn());
                        }
                    },
                    (done, total) -> {});
            notes.addAll(salvage.notes());
        }
        return lsns;
    }

    @Test
    void thatNoCopyCanBeReadIsNoDamage() throws Exception {
        SimStorage disk = SimStorage.create(1);
        JournalRig rig = JournalRig.open(disk, 1);
        rig.append(100);
        rig.pump();
        rig.close();
        disk.failAt(disk.operations() + 1, StorageFault.EIO_READ, true, name -> name.startsWith("manifest"));
        assertThatThrownBy(() -> JournalRig.recovered(disk))
                .isInstanceOf(IOException.class)
                .isNotInstanceOf(JournalException.class);
        disk.clearFaults();
        assertThat(JournalRig.recovered(disk)).isEqualTo(rig.committed);
    }

    @Test
    void aChangeThatFailedIsTheLast() throws Exception {
        for (int step = 1; step <= 4; step++) {
            SimStorage disk = SimStorage.create(step);
            SegmentCatalog catalog = SegmentCatalog.create(disk, new SecureRandom());
            catalog.put(SegmentEntry.open(catalog.allocateSegmentId(), 1));
            long failing = disk.operations() + step;
            disk.onOperation((number, operation, path) -> {
                if (number == failing) {
                    throw new IOException("fails: " + operation + " " + path);
                }
            });
            assertThatThrownBy(() -> catalog.put(SegmentEntry.open(catalog.allocateSegmentId(), 2)))
                    .as("step %d", step)
                    .isInstanceOf(IOException.class);
            assertThatThrownBy(() -> catalog.put(SegmentEntry.open(catalog.allocateSegmentId(), 3)))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("after one failed");
            assertThatThrownBy(() -> catalog.closed(java.util.List.of(), 9)).isInstanceOf(IOException.class);
            catalog.close();
            assertThat(SegmentCatalog.load(disk, true).segment(1)).isNotNull();
        }
    }

    /** A cut may spoil the block that it ends in: at each moment one copy is whole and not touched. */
    @Test
    void aChangeWithoutRoomIsUndoneInOneCopyBehindTheOther() throws Exception {
        SimStorage disk = SimStorage.create(1);
        SegmentCatalog catalog = SegmentCatalog.create(disk, new SecureRandom());
        catalog.put(SegmentEntry.open(catalog.allocateSegmentId(), 1));
        disk.failAt(disk.operations() + 1, StorageFault.NO_SPACE_WRITE, false, Manifest.NAMES[1]::equals);
        List<String> done = new ArrayList<>();
        disk.onOperation((number, operation, path) -> done.add(operation + " " + path));
        assertThatThrownBy(() -> catalog.put(SegmentEntry.open(catalog.allocateSegmentId(), 2)))
                .isInstanceOf(NoSpaceException.class);
        disk.onOperation(null);
        assertThat(done)
                .containsExactly(
                        "WRITE manifest-1",
                        "SYNC manifest-1",
                        "WRITE manifest-2",
                        "TRUNCATE manifest-2",
                        "SYNC manifest-2",
                        "TRUNCATE manifest-1",
                        "SYNC manifest-1");
        catalog.close();
    }
}
