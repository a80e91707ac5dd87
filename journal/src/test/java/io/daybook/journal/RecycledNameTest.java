package io.daybook.journal;

import static org.assertj.core.api.Assertions.assertThat;

import io.daybook.storage.Power;
import io.daybook.storage.SimStorage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * A file that gets another life is never seen under the name of its former one with a header that is not that one's: an open
 * would take it for a segment whose header is damaged, and refuse (F2, F3, F5).
 */
class RecycledNameTest {
    private static final SegmentEntry FORMER = SegmentEntry.open(1, 11);
    private static final SegmentEntry NEXT = SegmentEntry.open(2, 22);
    private static final StoreId STORE = new StoreId(3, 4);

    @Test
    void theFormerNameHasTheFormerHeaderWhateverACrashLeaves() throws IOException {
        SimStorage disk = SimStorage.create(1);
        SegmentDirectory directory = new SegmentDirectory(disk.directory("journal", true), STORE);
        directory.create(FORMER, 1 << 16).close();
        FreeFiles free = new FreeFiles(directory);
        List<SimStorage> left = new ArrayList<>();
        disk.onOperation((number, op, path) -> {
            for (int seed = 0; seed < 50; seed++) {
                for (Power power : new Power[] {Power.NOTHING, Power.ALL, Power.PREFIX, Power.SHUFFLED, Power.TORN}) {
                    left.add(disk.crashClone(power, seed));
                }
            }
        });
        free.give(1, true, 0);
        free.take(NEXT, 1 << 16).close();
        int former = 0;
        for (SimStorage each : left) {
            if (each.files().contains("journal/" + SegmentFormat.name(1))) {
                former++;
                SegmentDirectory then = new SegmentDirectory(each.directory("journal", false), STORE);
                assertThat(then.probe(1)).isNotNull();
            }
        }
        assertThat(former).isPositive();
    }
}
