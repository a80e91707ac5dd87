package io.daybook.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.daybook.storage.NoSpaceException;
import io.daybook.storage.SimStorage;
import io.daybook.storage.StorageFault;
import io.daybook.testing.QuietLog;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
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
