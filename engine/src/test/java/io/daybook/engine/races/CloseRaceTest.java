package io.daybook.engine.races;

import io.daybook.engine.races.RaceTarget.Action;
import io.daybook.testing.ForkedJvm;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Threads do everything there is to do while the engine is closed, in JVMs of their own, as a mistake would end them. The same
 * race against an unprotected handle must end its JVM: otherwise it would show nothing.
 */
class CloseRaceTest {
    private static final List<Action> EVERYTHING = List.of(
            Action.SCRAPE,
            Action.SCRAPE,
            Action.READ,
            Action.SCAN,
            Action.APPEND,
            Action.FLUSH,
            Action.COMPACT,
            Action.DELETE);
    private static final List<Action> SCRAPERS = List.of(Action.SCRAPE, Action.SCRAPE, Action.SCRAPE, Action.SCRAPE);

    private static final int ROUNDS = 20;
    private static final int AT_A_TIME = 2;
    private static final int CONTROLS_MAX = 20;

    @TempDir
    private Path directory;

    @Test
    @Timeout(300)
    void eightThreadsAgainstClose() throws Exception {
        races(10, EVERYTHING);
    }

    @Test
    @Tag("proof")
    @Timeout(1500)
    void eightThreadsAgainstCloseHundredTimes() throws Exception {
        races(100, EVERYTHING);
    }

    @Test
    @Timeout(300)
    void theSameRaceAgainstABareHandleEndsTheJvm() throws Exception {
        control(EVERYTHING);
    }

    @Test
    @Tag("A1")
    @Timeout(300)
    void fourScrapersAgainstClose() throws Exception {
        races(2, SCRAPERS);
    }

    @Test
    @Tag("A1")
    @Tag("proof")
    @Timeout(900)
    void fourScrapersAgainstCloseTwentyTimes() throws Exception {
        races(20, SCRAPERS);
    }

    @Test
    @Tag("A1")
    @Timeout(300)
    void fourScrapersOfABareHandleEndTheJvm() throws Exception {
        control(SCRAPERS);
    }

    @Test
    @Tag("A4")
    @Timeout(300)
    void closeUnderCompactionsFlushesAndScansWhileEntriesCome() throws Exception {
        races(2, List.of(Action.APPEND, Action.COMPACT, Action.COMPACT, Action.FLUSH, Action.SCAN, Action.SCAN));
    }

    private void races(int jvms, List<Action> actions) throws Exception {
        ExecutorService two = Executors.newFixedThreadPool(AT_A_TIME);
        try {
            List<Future<ForkedJvm.Result>> results = new ArrayList<>();
            for (int i = 0; i < jvms; i++) {
                String name = "race-" + i;
                results.add(two.submit(() -> race("daybook", name, actions)));
            }
            for (Future<ForkedJvm.Result> result : results) {
                result.get().good();
            }
        } finally {
            two.shutdownNow();
            two.awaitTermination(1, TimeUnit.MINUTES);
        }
    }

    private void control(List<Action> actions) throws Exception {
        ForkedJvm.Result last = null;
        for (int i = 1; i <= CONTROLS_MAX; i++) {
            last = race("bare", "control-" + i, actions);
            if (last.isCrash()) {
                System.out.println("control: JVM " + i + " broke down, exit code " + last.exitCode() + ", in "
                        + last.frame().orElse("an unknown place"));
                return;
            }
        }
        throw new AssertionError(
                "no crash of " + CONTROLS_MAX + " unprotected JVMs: this race shows nothing; the last one: " + last);
    }

    private ForkedJvm.Result race(String target, String name, List<Action> actions) throws Exception {
        Path scratch = Files.createDirectories(directory.resolve(name));
        long seed = Long.getLong("daybook.seed", System.nanoTime());
        List<Object> args = new ArrayList<>(List.of(target, scratch.resolve("store"), ROUNDS, seed));
        args.addAll(actions);
        ForkedJvm.Result result = new ForkedJvm(scratch, RaceChild.class).run(args.toArray());
        System.out.println(name + ": -Ddaybook.seed=" + seed + " "
                + (result.isGood() ? result.lines().get(0) : "exit code " + result.exitCode()));
        return result;
    }
}
