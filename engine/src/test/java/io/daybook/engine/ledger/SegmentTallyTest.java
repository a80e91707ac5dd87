package io.daybook.engine.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import io.daybook.engine.ledger.SegmentTally.LiveKey;
import io.daybook.journal.SegmentFooter;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SegmentTallyTest {
    private final SegmentTally tally = new SegmentTally();
    private final Ledger ledger = new Ledger(7, 1, 1);
    private final Ledger other = new Ledger(8, 2, 2);

    /** Nobody asks for the rows of a segment that was sealed before this open: kept, they would stay as long as the engine. */
    @Test
    void rowsOfReplayedSegmentsAreNotKept() {
        for (long segmentId = 1; segmentId <= 3; segmentId++) {
            tally.entry(ledger, segmentId, segmentId, 10);
            tally.state(other, segmentId, true);
        }
        tally.endReplay();
        tally.entry(ledger, 4, 4, 20);
        for (long segmentId = 1; segmentId <= 3; segmentId++) {
            assertThat(tally.take(segmentId)).isEmpty();
        }
        assertThat(tally.take(4)).containsExactly(new SegmentFooter.Row(7, 1, 4, 4, 1, 20, false, false));
    }

    @Test
    void liveBytesOfReplayedSegmentsCount() {
        tally.entry(ledger, 1, 0, 10);
        tally.entry(other, 1, 0, 3);
        tally.entry(ledger, 2, 1, 20);
        assertThat(tally.takeLiveBytes())
                .isEqualTo(Map.of(new LiveKey(1, ledger), 10L, new LiveKey(1, other), 3L, new LiveKey(2, ledger), 20L));
        tally.entry(ledger, 2, 2, 5);
        tally.gone(1, ledger, 10);
        tally.endReplay();
        tally.gone(2, ledger, 20);
        tally.entry(ledger, 3, 3, 7);
        assertThat(tally.takeLiveBytes())
                .isEqualTo(
                        Map.of(new LiveKey(1, ledger), -10L, new LiveKey(2, ledger), -15L, new LiveKey(3, ledger), 7L));
    }

    @Test
    void aSegmentOfThisOpenIsAskedForOnce() {
        tally.endReplay();
        tally.entry(ledger, 1, 5, 10);
        tally.state(other, 1, false);
        tally.entry(ledger, 1, 4, 1);
        tally.state(other, 1, true);
        tally.entry(ledger, 2, 6, 10);
        assertThat(tally.take(1))
                .containsExactly(
                        new SegmentFooter.Row(7, 1, 4, 5, 2, 11, false, false),
                        new SegmentFooter.Row(8, 2, -1, -1, 0, 0, true, true));
        assertThat(tally.take(1)).isEmpty();
        assertThat(tally.take(2)).hasSize(1);
    }
}
