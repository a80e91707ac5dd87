package io.daybook.engine.processes;

import static org.assertj.core.api.Assertions.assertThat;

import io.daybook.engine.processes.LoopDisk.FileSystem;
import io.daybook.engine.processes.Orders.Disk;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The power of a file system is cut at random times, while a store is made, recovered, read or changed, and the process is
 * killed a moment later, in which a failed sync could be taken for a good one. A control shows that a sync left out is found.
 */
@Tag("F1")
@Tag("process")
class PowerCutTest {
    private static final Path MEMORY = Path.of("/dev/shm");
    private static final long MEMORY_BYTES = 2L << 30;
    private static final int CUTS_PER_STORE = 12;
    private static final int CHANGES_MAX = 1000;
    private static final int CHANGING_MILLIS_MAX = 100;
    private static final int OPENING_MILLIS_MAX = 700;
    private static final int AFTERWARDS_MILLIS_MAX = 40;
    private static final int CONTROL_CUTS_MAX = 5;

    @TempDir
    private Path directory;

    /** Figures of a run. */
    private static final class Totals {
        private final Map<FileSystem, Integer> cuts = new EnumMap<>(FileSystem.class);
        private final long start = System.nanoTime();
        private int whileOpening;
        private long acknowledged;
        private long entries;

        private int cuts() {
            return cuts.values().stream().mapToInt(Integer::intValue).sum();
        }

        private void print() {
            double minutes = (System.nanoTime() - start) / 60e9;
            System.out.printf(
                    "power cuts: %s, of them while opening: %d; %.0f a minute; acknowledged changes checked: %d;"
                            + " entries compared: %d; entries lost: 0; %.0f s%n",
                    cuts, whileOpening, cuts() / minutes, acknowledged, entries, minutes * 60);
        }
    }

    @ParameterizedTest
    @EnumSource
    @Timeout(300)
    void threeCuts(FileSystem fileSystem) throws Exception {
        cuts(fileSystem, Integer.getInteger("daybook.cuts", 3));
    }

    @ParameterizedTest
    @EnumSource
    @Tag("proof")
    @Timeout(900)
    void tenCuts(FileSystem fileSystem) throws Exception {
        cuts(fileSystem, Integer.getInteger("daybook.proof.cuts", 10));
    }

    private void cuts(FileSystem fileSystem, int cuts) throws Exception {
        LoopDisk.assumeAvailable(directory, fileSystem);
        SplittableRandom random = new SplittableRandom(Seeds.of("PowerCutTest " + fileSystem));
        Totals totals = new Totals();
        while (totals.cuts() < cuts) {
            oneStore(fileSystem, Math.min(CUTS_PER_STORE, cuts - totals.cuts()), random, true, totals);
        }
        totals.print();
        assertThat(totals.acknowledged).isPositive();
    }

    @Test
    @Tag("soak")
    void cutsForAsLongAsTold() throws Exception {
        for (FileSystem each : FileSystem.values()) {
            LoopDisk.assumeAvailable(directory, each);
        }
        SplittableRandom random = new SplittableRandom(Seeds.of("PowerCutTest"));
        long nanosMax =
                Duration.ofMinutes(Long.getLong("daybook.soak.minutes", 10)).toNanos();
        int cutsMax = Integer.getInteger("daybook.soak.cuts", Integer.MAX_VALUE);
        Totals totals = new Totals();
        for (int store = 0; System.nanoTime() - totals.start < nanosMax && totals.cuts() < cutsMax; store++) {
            FileSystem fileSystem = FileSystem.values()[store % FileSystem.values().length];
            oneStore(fileSystem, CUTS_PER_STORE, random, store % 4 < 2, totals);
            totals.print();
        }
    }

    private void oneStore(FileSystem fileSystem, int cuts, SplittableRandom random, boolean inMemory, Totals totals)
            throws Exception {
        Path scratch = Files.createTempDirectory(directory, "scratch");
        Path images = images(inMemory);
        try (LoopDisk disk = new LoopDisk(images, fileSystem)) {
            CrashRun run = new CrashRun(scratch, disk.store(), random.nextLong());
            // The first cut always comes later than an acknowledgement.
            for (int i = 0; i < cuts; i++) {
                disk.mount();
                CrashRun.Child child = run.next(cut(disk, random, i > 0 && random.nextInt(3) == 0));
                disk.unmount();
                totals.whileOpening += child.has(Report.Kind.FOUND) ? 0 : 1;
                totals.cuts.merge(fileSystem, 1, Integer::sum);
            }
            disk.mount();
            run.look();
            disk.unmount();
            totals.acknowledged += run.acknowledged();
            totals.entries += run.entries();
        } finally {
            if (!images.equals(directory)) {
                Files.deleteIfExists(images);
            }
        }
    }

    /** In memory a flush takes no time, and there are more of them; on the disk more waits for each of them. */
    private Path images(boolean inMemory) throws Exception {
        return inMemory && Files.isWritable(MEMORY) && MEMORY.toFile().getUsableSpace() > MEMORY_BYTES
                ? Files.createTempDirectory(MEMORY, "daybook")
                : directory;
    }

    private static CrashRun.End cut(LoopDisk disk, SplittableRandom random, boolean opening) {
        int millis = random.nextInt(opening ? OPENING_MILLIS_MAX : CHANGING_MILLIS_MAX);
        // Mostly soon: what was recovered a moment ago is what could be lost.
        int changes = random.nextInt(1 + random.nextInt(CHANGES_MAX)) + 1;
        int afterwards = random.nextInt(AFTERWARDS_MILLIS_MAX);
        return child -> {
            if (!opening) {
                child.awaitAcknowledged(changes);
            }
            Thread.sleep(millis);
            child.cutting();
            disk.cut();
            Thread.sleep(afterwards);
            child.kill();
        };
    }

    /** Otherwise the tests above would show nothing. */
    @Test
    @Timeout(300)
    void aSyncThatIsLeftOutIsFoundOut() throws Exception {
        control(FileSystem.EXT4);
    }

    @ParameterizedTest
    @EnumSource
    @Tag("proof")
    @Timeout(300)
    void aSyncThatIsLeftOutIsFoundOutOnEach(FileSystem fileSystem) throws Exception {
        control(fileSystem);
    }

    private void control(FileSystem fileSystem) throws Exception {
        LoopDisk.assumeAvailable(directory, fileSystem);
        SplittableRandom random = new SplittableRandom(Seeds.of("PowerCutTest control " + fileSystem));
        for (int cuts = 1; cuts <= CONTROL_CUTS_MAX; cuts++) {
            Path scratch = Files.createTempDirectory(directory, "scratch");
            try (LoopDisk disk = new LoopDisk(directory, fileSystem)) {
                CrashRun run = new CrashRun(scratch, disk.store(), random.nextLong()).disk(Disk.IDLE_SYNC);
                disk.mount();
                run.attempt(child -> {
                    child.awaitAcknowledged(200);
                    child.cutting();
                    disk.cut();
                    child.kill();
                });
                disk.unmount();
                disk.mount();
                Report wrong =
                        run.disk(Disk.SYNC).changes(0).attempt(child -> {}).report(Report.Kind.WRONG);
                if (wrong != null) {
                    List<String> lines = wrong.text().lines().toList();
                    String said =
                            lines.get(0).substring(0, Math.min(200, lines.get(0).length()));
                    System.out.printf(
                            "control: of %d acknowledged changes some were lost, found at cut %d: %s%n",
                            run.acknowledged(), cuts, said);
                    return;
                }
            }
        }
        throw new AssertionError(
                "a disk that does not sync lost nothing in " + CONTROL_CUTS_MAX + " cuts: these tests show nothing");
    }
}
