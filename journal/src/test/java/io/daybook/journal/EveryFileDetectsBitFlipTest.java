package io.daybook.journal;

import static org.assertj.core.api.Assertions.assertThat;

import io.daybook.journal.JournalRig.Rec;
import io.daybook.storage.Power;
import io.daybook.storage.SimStorage;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * One bit flipped in any byte of any file of a journal, which the test finds by listing: the records are the same, or the
 * journal is refused with the place. Never are they others (I1, I3).
 */
class EveryFileDetectsBitFlipTest {
    private static final int BLOCK = JournalRig.BLOCK;

    private final SimStorage disk = SimStorage.create(1);

    @Test
    void aCleanJournalIsTheSameOrRefused() throws IOException {
        JournalRig rig = JournalRig.open(disk, 1, JournalRig.options().segmentBlocks(8));
        for (int i = 0; i < 9; i++) {
            rig.append(1700 + i);
            rig.pump();
        }
        rig.close();
        List<String> files = disk.files();
        assertThat(files).contains("manifest-1", "manifest-2").hasSizeGreaterThanOrEqualTo(4);
        int refused = 0;
        for (String file : files) {
            int length = disk.content(file).length;
            for (int at = 0; at < length; at += step(file, at)) {
                refused += flip(file, at, rig.issued, rig.issued.size()) ? 1 : 0;
            }
        }
        assertThat(refused).as("flips that were found").isGreaterThan(1000);
    }

    @Test
    void anUncleanJournalLosesAtMostTheFrameThatNoWatermarkCovers() throws IOException {
        JournalRig rig = JournalRig.open(disk, 1, JournalRig.options().segmentBlocks(8));
        for (int i = 0; i < 9; i++) {
            rig.append(1700 + i);
            rig.pump();
        }
        List<Rec> issued = List.copyOf(rig.issued);
        SimStorage killed = disk.crash(Power.KILL);
        rig.forget();
        int refused = 0;
        for (String file : killed.files()) {
            int length = killed.content(file).length;
            for (int at = 0; at < length; at += step(file, at)) {
                refused += flip(killed, file, at, issued, issued.size() - 1) ? 1 : 0;
            }
        }
        assertThat(refused).as("flips that were found").isGreaterThan(1000);
    }

    /** All bytes of headers and of small files, every 31st of the rest. */
    private static int step(String file, int at) {
        return file.startsWith("manifest") || at % BLOCK < 100 ? 1 : 31;
    }

    private boolean flip(String file, int at, List<Rec> issued, int least) throws IOException {
        return flip(disk, file, at, issued, least);
    }

    /** Whether the flip was found and refused. */
    private static boolean flip(SimStorage from, String file, int at, List<Rec> issued, int least) throws IOException {
        SimStorage one = from.crashClone(Power.KILL, at);
        one.corrupt(file, at, 1 << at % 8);
        List<Rec> recovered;
        try {
            recovered = JournalRig.recovered(one);
        } catch (JournalException e) {
            boolean named = e.getMessage().contains(file.startsWith("manifest") ? "manifest" : "segment-")
                    && (e.offset() >= 0 || e.kind() == JournalException.Kind.UNSUPPORTED);
            if (!named) {
                throw new AssertionError(file + " at " + at + ": " + e.getMessage(), e);
            }
            return true;
        }
        if (recovered.size() < least || !recovered.equals(issued.subList(0, recovered.size()))) {
            throw new AssertionError(
                    file + " at " + at + ": " + recovered.size() + " of " + issued.size() + " records: " + recovered);
        }
        return false;
    }
}
