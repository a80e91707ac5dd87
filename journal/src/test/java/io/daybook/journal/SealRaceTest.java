package io.daybook.journal;

import static org.assertj.core.api.Assertions.assertThat;

import io.daybook.storage.SimStorage;
import java.lang.reflect.Field;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A segment is sealed while the committer writes the last frame of it. */
class SealRaceTest {
    private static final int LEDGER = 7;
    private static final int FRAME_BLOCKS = 3;

    private final List<String> damages = new ArrayList<>();

    /** Lets another thread commit whenever somebody looks which segments there are, once. */
    private static final class Interrupted extends ArrayDeque<Segment> {
        private static final long serialVersionUID = 1;
        private final transient Journal journal;
        private boolean armed;

        Interrupted(Collection<Segment> segments, Journal journal) {
            super(segments);
            this.journal = journal;
        }

        @Override
        public Iterator<Segment> iterator() {
            if (armed && sealing()) {
                armed = false;
                Thread committer = new Thread(journal::commitOnce, "committer");
                committer.start();
                try {
                    committer.join();
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
            }
            return super.iterator();
        }

        private static boolean sealing() {
            return StackWalker.getInstance()
                    .walk(frames ->
                            frames.anyMatch(frame -> frame.getMethodName().equals("successorWritten")));
        }
    }

    /** Else its footer lacks them, and the segment is dropped as if nothing of them lived. */
    @Test
    void aFooterHoldsWhatWasWrittenMeanwhileToo() throws Exception {
        SimStorage disk = SimStorage.create(1);
        JournalRig rig = JournalRig.open(disk, 1);
        rig.journal.footers(segment -> List.of(row(rig, segment)));
        Interrupted segments = interrupted(rig.journal);
        Intake intake = (Intake) field(rig.journal, "intake").get(rig.journal);
        rig.append(9000);
        Segment first = intake.activeSegment();
        // Until the next frame is the last one that fits.
        while (first.end + 2L * FRAME_BLOCKS * JournalRig.BLOCK <= first.capacity) {
            rig.pump();
            rig.append(9000);
        }
        rig.append(9000);
        assertThat(intake.activeSegment())
                .as("the last frame of the first one is not written")
                .isNotSameAs(first);
        segments.armed = true;
        rig.journal.housekeepOnce();
        assertThat(segments.armed).as("somebody has asked").isFalse();
        rig.pump();
        assertThat(rig.journal.reclaim().sealed()).isNotEmpty();
        rig.close();
        JournalTools.check(
                disk,
                disk.directory(JournalRig.DIRECTORY, false),
                (where, segmentId, offset, end, what) -> damages.add(what),
                (done, total) -> {});
        assertThat(damages).isEmpty();
    }

    /** What was applied of a segment, as an engine tells it. */
    private static SegmentFooter.Row row(JournalRig rig, long segment) {
        long entries = 0;
        long bytes = 0;
        long first = Long.MAX_VALUE;
        long last = -1;
        for (JournalRig.Rec record : rig.committed) {
            JournalRig.Place place = rig.places.get(record.lsn());
            if (place.segmentId() == segment) {
                entries++;
                bytes += place.bytes();
                first = Math.min(first, record.entryId());
                last = Math.max(last, record.entryId());
            }
        }
        return new SegmentFooter.Row(LEDGER, JournalOpening.LSN_STEP, first, last, entries, bytes, false, false);
    }

    private static Interrupted interrupted(Journal journal) throws ReflectiveOperationException {
        Object lifecycle = field(journal, "lifecycle").get(journal);
        Field unsealed = field(lifecycle, "unsealed");
        @SuppressWarnings("unchecked")
        Interrupted segments = new Interrupted((Collection<Segment>) unsealed.get(lifecycle), journal);
        unsealed.set(lifecycle, segments);
        return segments;
    }

    private static Field field(Object object, String name) throws NoSuchFieldException {
        Field field = object.getClass().getDeclaredField(name);
        field.setAccessible(true);
        return field;
    }
}
