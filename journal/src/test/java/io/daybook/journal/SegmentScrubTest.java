package io.daybook.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.daybook.storage.Power;
import io.daybook.storage.SimStorage;
import io.daybook.storage.StorageFault;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a scrub takes for damage. */
class SegmentScrubTest {
    private final SimStorage disk = SimStorage.create(1);
    private final List<SegmentScrub.Found> damages = new ArrayList<>();
    private int passes;

    private final SegmentScrub.Listener listener = new SegmentScrub.Listener() {
        @Override
        public void damaged(SegmentScrub.Found found) {
            damages.add(found);
        }

        @Override
        public void passed() {
            passes++;
        }
    };

    private JournalRig written() throws IOException {
        JournalRig rig = JournalRig.open(disk, 1);
        while (rig.journal.reclaim().sealed().size() < 3) {
            rig.append(5000);
            rig.pump();
        }
        return rig;
    }

    private void pass(SegmentScrub scrub) {
        int before = passes;
        while (passes == before) {
            scrub.scrubOnce(1 << 20, listener);
        }
    }

    /** Every operation of a pass in turn: a process that has no descriptor left has no damage. */
    @Test
    void tooManyOpenFilesAreNoDamage() throws IOException {
        JournalRig rig = written();
        SegmentScrub scrub = rig.journal.scrub();
        long before = disk.operations();
        pass(scrub);
        long operations = disk.operations() - before;
        assertThat(operations).isGreaterThan(10);
        long fired = disk.faultsFired();
        for (int at = 0; at < operations; at++) {
            disk.failAt(disk.operations() + at, StorageFault.TOO_MANY_FILES, true);
            pass(scrub);
            disk.clearFaults();
        }
        assertThat(disk.faultsFired()).isGreaterThan(fired + operations / 2);
        pass(scrub);
        assertThat(damages).isEmpty();
        assertThat(scrub.marked()).isEmpty();
        rig.close();
    }

    @Test
    void aSectorThatCannotBeReadIsDamage() throws IOException {
        JournalRig rig = written();
        SegmentReclaim.Sealed sealed = rig.journal.reclaim().sealed().get(1);
        disk.spoil(JournalRig.DIRECTORY + "/" + SegmentFormat.name(sealed.id()), JournalRig.BLOCK, 512);
        SegmentScrub scrub = rig.journal.scrub();
        pass(scrub);
        assertThat(damages).extracting(SegmentScrub.Found::segmentId).containsOnly(sealed.id());
        assertThat(scrub.marked()).containsExactly(sealed.id());
        rig.close();
    }

    /** The mark must be there after a crash, or the segment could be dropped and its blocks used again. */
    @Test
    void aMarkThatCouldNotBeMadeIsMadeWithTheNextFinding() throws IOException {
        for (StorageFault fault : List.of(StorageFault.TOO_MANY_FILES, StorageFault.EIO_SYNC_DIRECTORY)) {
            SimStorage other = SimStorage.create(2);
            JournalRig rig = JournalRig.open(other, 1);
            while (rig.journal.reclaim().sealed().size() < 2) {
                rig.append(5000);
                rig.pump();
            }
            SegmentReclaim reclaim = rig.journal.reclaim();
            long segment = reclaim.sealed().get(0).id();
            other.failAt(other.operations() + 1, fault, true, path -> true);
            assertThatThrownBy(() -> reclaim.mark(segment)).isInstanceOf(IOException.class);
            assertThat(reclaim.isMarked(segment)).as("%s", fault).isTrue();
            other.clearFaults();
            reclaim.mark(segment);
            long before = other.operations();
            reclaim.mark(segment);
            assertThat(other.operations()).isEqualTo(before);
            SimStorage after = other.crash(Power.NOTHING);
            rig.forget();
            assertThat(after.directory(JournalRig.DIRECTORY, false).list())
                    .contains(SegmentFormat.damagedName(segment));
        }
    }
}
