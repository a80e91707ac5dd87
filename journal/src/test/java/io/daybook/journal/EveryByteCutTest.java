package io.daybook.journal;

import static org.assertj.core.api.Assertions.assertThat;

import io.daybook.journal.JournalRig.Rec;
import io.daybook.storage.Power;
import io.daybook.storage.SimStorage;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * The last segment, cut at every byte of its last two frames and of what is written ahead behind them: recovered is exactly
 * what stands in whole frames before the cut.
 */
class EveryByteCutTest {
    private static final int BLOCK = JournalRig.BLOCK;

    @Test
    void exactlyTheFramesBeforeTheCutAreRecovered() throws IOException {
        SimStorage disk = SimStorage.create(1);
        JournalRig rig = JournalRig.open(disk, 1, JournalRig.options().segmentBlocks(8));
        rig.append(10);
        rig.append(3000);
        rig.commit();
        rig.append(200);
        rig.append(0);
        rig.append(300);
        rig.commit();
        rig.append(1);
        rig.append(777);
        rig.commit();
        int[] framesEnd = {2 * BLOCK, 3 * BLOCK, 4 * BLOCK};
        int[] records = {2, 5, 7};
        List<Rec> issued = List.copyOf(rig.issued);
        SimStorage killed = disk.crash(Power.KILL);
        rig.forget();
        String file = JournalRig.segmentFile(1);
        byte[] content = killed.content(file);
        assertThat(content.length).isGreaterThan(4 * BLOCK);

        for (int cut = 2 * BLOCK; cut <= 4 * BLOCK + 10; cut++) {
            SimStorage one = killed.crashClone(Power.KILL, cut);
            one.put(file, Arrays.copyOf(content, cut));
            int expected = 0;
            for (int i = 0; i < framesEnd.length; i++) {
                expected = framesEnd[i] <= cut ? records[i] : expected;
            }
            List<Rec> recovered = JournalRig.recovered(one);
            if (!recovered.equals(issued.subList(0, expected))) {
                throw new AssertionError("cut at " + cut + ": " + recovered + " instead of " + expected);
            }
            if (cut % 512 == 0 && !JournalRig.recovered(one).equals(recovered)) {
                throw new AssertionError("cut at " + cut + ": the second recovery differs");
            }
        }
    }
}
