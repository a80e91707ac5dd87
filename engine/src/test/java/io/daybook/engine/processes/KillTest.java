package io.daybook.engine.processes;

import static org.assertj.core.api.Assertions.assertThat;

import io.daybook.engine.processes.Orders.Disk;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** SIGKILL at random times: while a store is made, recovered, read or changed. What completed is there, also in DEFERRED. */
@Tag("F11")
@Tag("process")
class KillTest {
    private static final int KILLS_PER_STORE = 15;
    private static final int CHANGES_MAX = 3000;
    private static final int CHANGING_MILLIS_MAX = 100;
    private static final int OPENING_MILLIS_MAX = 700;

    @TempDir
    private Path directory;

    @Test
    @Timeout(300)
    void fifteenKills() throws Exception {
        kills(Integer.getInteger("daybook.kills", 15), Long.MAX_VALUE);
    }

    @Test
    @Tag("proof")
    @Timeout(900)
    void sixtyKills() throws Exception {
        kills(Integer.getInteger("daybook.proof.kills", 60), Long.MAX_VALUE);
    }

    @Test
    @Tag("soak")
    void killsForAsLongAsTold() throws Exception {
        kills(
                Integer.MAX_VALUE,
                Duration.ofMinutes(Long.getLong("daybook.soak.minutes", 10)).toNanos());
    }

    private void kills(int kills, long nanosMax) throws Exception {
        long seed = Seeds.of("KillTest");
        SplittableRandom random = new SplittableRandom(seed);
        long start = System.nanoTime();
        int done = 0;
        int whileOpening = 0;
        long acknowledged = 0;
        long entries = 0;
        for (int store = 0; done < kills && System.nanoTime() - start < nanosMax; store++) {
            Path scratch = Files.createDirectory(directory.resolve("scratch-" + store));
            CrashRun run = new CrashRun(scratch, directory.resolve("store-" + store), random.nextLong());
            for (int i = 0; i < KILLS_PER_STORE && done < kills && System.nanoTime() - start < nanosMax; i++) {
                boolean opening = i > 0 && random.nextInt(4) == 0;
                int changes = 1 + random.nextInt(CHANGES_MAX);
                int millis = random.nextInt(opening ? OPENING_MILLIS_MAX : CHANGING_MILLIS_MAX);
                run.disk(random.nextInt(4) == 0 ? Disk.DEFERRED : Disk.SYNC);
                CrashRun.Child child = run.next(running -> {
                    if (!opening) {
                        running.awaitAcknowledged(changes);
                    }
                    Thread.sleep(millis);
                    running.kill();
                });
                assertThat(child.has(Report.Kind.REFUSED) || child.has(Report.Kind.ENDED))
                        .as("ended before the kill: %s", run.stderr())
                        .isFalse();
                whileOpening += child.has(Report.Kind.FOUND) ? 0 : 1;
                done++;
            }
            run.look();
            acknowledged += run.acknowledged();
            entries += run.entries();
        }
        System.out.printf(
                "kills: %d, of them while opening: %d; acknowledged changes checked: %d; entries compared: %d; entries"
                        + " lost: 0; %d s%n",
                done, whileOpening, acknowledged, entries, (System.nanoTime() - start) / 1_000_000_000);
        assertThat(acknowledged).isPositive();
    }
}
