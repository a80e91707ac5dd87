package io.daybook.engine.processes;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** SIGKILL right before one exact system call: a sync, a write, a rename, a deletion, a cut, of the journal or of RocksDB. */
@Tag("F11")
@Tag("process")
class ExactPointTest {
    private static final int POINTS_PER_STORE = 20;
    private static final long REACHED_NANOS_MAX = 40_000_000_000L;

    @TempDir
    private Path directory;

    /**
     * Calls of one kind.
     *
     * @param call the system call
     * @param journal whether only those that meet the journal and its manifest count
     * @param numberMax up to the how manyth a thread makes is chosen
     */
    private record Point(String call, boolean journal, int numberMax) {}

    /** Those of the journal come first, each of another kind. */
    private static final List<Point> POINTS = List.of(
            new Point("fdatasync", true, 200),
            new Point("pwrite64", true, 250),
            new Point("rename", true, 6),
            new Point("unlink", true, 4),
            new Point("ftruncate", true, 3),
            new Point("fsync", true, 20),
            new Point("fdatasync", false, 60),
            new Point("fsync", false, 20));

    @Test
    @Timeout(300)
    void eachKindOfCallOnce() throws Exception {
        points(Integer.getInteger("daybook.points", 6));
    }

    @Test
    @Tag("proof")
    @Timeout(900)
    void eachCallFiveTimes() throws Exception {
        points(Integer.getInteger("daybook.proof.points", 5 * POINTS.size()));
    }

    private void points(int points) throws Exception {
        Tracer.assumeAvailable("a kill before an exact system call");
        long seed = Seeds.of("ExactPointTest");
        SplittableRandom random = new SplittableRandom(seed);
        long start = System.nanoTime();
        Map<String, Integer> done = new TreeMap<>();
        List<CrashRun> runs = new ArrayList<>();
        for (int i = 0; i < points; i++) {
            Path store = directory.resolve("store-" + runs.size());
            if (i % POINTS_PER_STORE == 0) {
                store = directory.resolve("store-" + (runs.size() + 1));
                Path scratch = Files.createDirectory(directory.resolve("scratch-" + (runs.size() + 1)));
                runs.add(new CrashRun(scratch, store, random.nextLong()).check(false));
            }
            CrashRun run = runs.get(runs.size() - 1);
            Point point = POINTS.get(i % POINTS.size());
            int number = 1 + random.nextInt(1 + random.nextInt(point.numberMax()));
            // Some calls are rare, and a machine may be slow: then the first will do.
            assertThat(isReached(run, point, number) || isReached(run, point, 1))
                    .as("%s %d was reached, seed %d", point, number, seed)
                    .isTrue();
            done.merge(point.call(), 1, Integer::sum);
            if ((i + 1) % POINTS_PER_STORE == 0 || i == points - 1) {
                run.look();
            }
        }
        System.out.printf(
                "kills before an exact call: %s; acknowledged changes checked: %d; entries compared: %d; entries lost:"
                        + " 0; %d s%n",
                done,
                runs.stream().mapToLong(CrashRun::acknowledged).sum(),
                runs.stream().mapToLong(CrashRun::entries).sum(),
                (System.nanoTime() - start) / 1_000_000_000);
        assertThat(done.keySet())
                .hasSize((int) POINTS.stream().map(Point::call).distinct().count());
    }

    /** Whether a child ended there; one that does not come to it is ended all the same. */
    private static boolean isReached(CrashRun run, Point point, int number) throws Exception {
        Tracer tracer = new Tracer(run.scratch());
        if (point.journal()) {
            tracer.journal(run.store());
        }
        boolean[] reached = new boolean[1];
        CrashRun.Child child = run.tracer(tracer.kill(point.call(), number)).next(running -> {
            reached[0] = running.hasEnded(REACHED_NANOS_MAX);
            if (!reached[0]) {
                running.kill();
            }
        });
        return reached[0] && child.wasKilled();
    }
}
