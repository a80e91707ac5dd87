package io.daybook.engine.lifecycle;

import io.daybook.engine.ShutdownReport;
import io.daybook.engine.ShutdownReport.Outcome;
import io.daybook.engine.ShutdownReport.StageResult;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.function.BiConsumer;

/**
 * Runs the stages of a shutdown in order, once. Each has its deadline, its line in the log and its result; one that overruns is
 * left behind, and what needs it is skipped: native memory is then leaked and the directory stays locked, as something may
 * still use them.
 *
 * <p>The first caller runs the stages, later ones wait for it; a caller that must not wait (an engine thread) gets the report
 * as it stands. <b>Thread-safe.</b>
 */
public final class Shutdown {
    private static final System.Logger LOG = System.getLogger(Shutdown.class.getName());

    private final String name;
    private final Duration deadline;
    private final boolean threads;
    private final Map<Stage, Callable<String>> actions = new EnumMap<>(Stage.class);
    private final BiConsumer<String, Double> measured;
    private final CountDownLatch over = new CountDownLatch(1);
    /** Guarded by this. */
    private final List<StageResult> results = new ArrayList<>();
    /** Guarded by this. */
    private boolean begun;

    private volatile ShutdownReport report;

    /** Runs a stage now, and with it perhaps the code of a user who waited for something: it must not wait for the stages. */
    private volatile Thread stageThread;

    /**
     * A shutdown without actions.
     *
     * @param threads whether each stage may run on a thread of its own, so that one that hangs can be left behind
     * @param measured told the seconds of each stage
     */
    public Shutdown(String name, Duration deadline, boolean threads, BiConsumer<String, Double> measured) {
        this.name = name;
        this.deadline = deadline;
        this.threads = threads;
        this.measured = measured;
    }

    /** Sets what a stage does; it returns what there is to say. */
    public void stage(Stage stage, Callable<String> action) {
        actions.put(stage, action);
    }

    /** Runs the stages or waits for those who do; with {@code mayWait} false it only starts them. */
    public ShutdownReport run(boolean mayWait) {
        boolean wait = mayWait && Thread.currentThread() != stageThread;
        boolean mine;
        synchronized (this) {
            mine = !begun;
            begun = true;
        }
        if (mine) {
            if (wait) {
                runStages();
            } else {
                Thread thread = new Thread(this::runStages, "daybook-" + name + "-shutdown");
                thread.setDaemon(true);
                thread.start();
            }
        }
        if (!wait) {
            ShutdownReport now = report;
            synchronized (this) {
                return now != null ? now : new ShutdownReport(ShutdownReport.State.RUNNING, results);
            }
        }
        awaitOver();
        return report;
    }

    private void awaitOver() {
        boolean interrupted = false;
        while (true) {
            try {
                over.await();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void runStages() {
        Map<Stage, Outcome> outcomes = new EnumMap<>(Stage.class);
        boolean clean = true;
        try {
            for (Stage stage : Stage.values()) {
                StageResult result = runStage(stage, outcomes);
                outcomes.put(stage, result.outcome());
                clean &= result.outcome() == Outcome.DONE;
                synchronized (this) {
                    results.add(result);
                }
                log(result);
                measured.accept(result.name(), result.took().toNanos() / 1e9);
            }
        } finally {
            synchronized (this) {
                report = new ShutdownReport(clean ? ShutdownReport.State.CLEAN : ShutdownReport.State.FORCED, results);
            }
            over.countDown();
        }
    }

    private StageResult runStage(Stage stage, Map<Stage, Outcome> outcomes) {
        for (Stage need : stage.needs()) {
            Outcome outcome = outcomes.get(need);
            if (outcome == Outcome.OVERRAN || outcome == Outcome.SKIPPED) {
                return new StageResult(
                        stage.name(), Outcome.SKIPPED, Duration.ZERO, "needs " + need + ", which " + outcome);
            }
        }
        Callable<String> action = actions.getOrDefault(stage, () -> "");
        long start = System.nanoTime();
        if (!threads) {
            stageThread = Thread.currentThread();
            return call(stage, action, start);
        }
        StageResult[] result = new StageResult[1];
        Thread thread = new Thread(() -> result[0] = call(stage, action, start), "daybook-" + name + "-" + stage);
        thread.setDaemon(true);
        stageThread = thread;
        thread.start();
        boolean interrupted = false;
        long left = deadline.toNanos();
        while (left > 0 && thread.isAlive()) {
            try {
                thread.join(Math.max(1, left / 1_000_000));
            } catch (InterruptedException e) {
                interrupted = true;
            }
            left = deadline.toNanos() - (System.nanoTime() - start);
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        if (thread.isAlive()) {
            StackTraceElement[] stack = thread.getStackTrace();
            return new StageResult(
                    stage.name(),
                    Outcome.OVERRAN,
                    Duration.ofNanos(System.nanoTime() - start),
                    "still in " + (stack.length == 0 ? "an unknown place" : stack[0]));
        }
        return result[0];
    }

    private static StageResult call(Stage stage, Callable<String> action, long start) {
        try {
            String detail = action.call();
            return new StageResult(stage.name(), Outcome.DONE, Duration.ofNanos(System.nanoTime() - start), detail);
        } catch (Overrun e) {
            return new StageResult(
                    stage.name(), Outcome.OVERRAN, Duration.ofNanos(System.nanoTime() - start), e.getMessage());
        } catch (Throwable e) {
            return new StageResult(
                    stage.name(), Outcome.FAILED, Duration.ofNanos(System.nanoTime() - start), e.toString());
        }
    }

    private void log(StageResult result) {
        System.Logger.Level level =
                result.outcome() == Outcome.DONE ? System.Logger.Level.DEBUG : System.Logger.Level.WARNING;
        if (!LOG.isLoggable(level)) {
            return;
        }
        LOG.log(
                level,
                "engine {0}: {1} {2} in {3} ms{4}",
                name,
                result.name(),
                result.outcome(),
                result.took().toMillis(),
                result.detail().isEmpty() ? "" : ": " + result.detail());
    }

    /** Thrown by an action that saw by itself that what it waits for does not come in time. */
    public static final class Overrun extends Exception {
        private static final long serialVersionUID = 1L;

        /** With who holds it up. */
        public Overrun(String message) {
            super(message);
        }
    }
}
