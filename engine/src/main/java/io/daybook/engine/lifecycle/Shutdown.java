package io.daybook.engine.lifecycle;

import io.daybook.engine.ShutdownReport;
import io.daybook.engine.ShutdownReport.Outcome;
import io.daybook.engine.ShutdownReport.StageResult;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.function.BiConsumer;
import java.util.function.Supplier;

/**
 * Runs the stages of a shutdown in order, once. Each has its deadline, its line in the log and its result. One that overruns is
 * left behind, and what needs it is skipped: native memory is then leaked and the directory stays locked, as something may
 * still use them. When it ends after all, its thread does what was skipped and has become possible; so the last one to end does
 * the remaining releases. The report stays what it was when {@link #run} returned.
 *
 * <p>The first caller runs the stages, later ones wait for it; a caller that must not wait (an engine thread) gets the report
 * as it stands. <b>Thread-safe</b> once all stages are set.
 */
public final class Shutdown {
    private static final System.Logger LOG = System.getLogger(Shutdown.class.getName());

    /** What a stage does. */
    @FunctionalInterface
    public interface Action {
        /**
         * Does it.
         *
         * @param patienceNanos how long to wait for others at most: without end where the stage has a thread that can be left
         *     behind
         * @return what there is to say
         * @throws Overrun if others did not let go in time
         */
        String run(long patienceNanos) throws Exception;
    }

    private record Step(Action action, Supplier<String> holders) {}

    private static final Step NOTHING = new Step(patience -> "", () -> "");

    private final String name;
    private final Duration deadline;
    private final boolean threads;
    private final BiConsumer<String, Double> measured;
    private final Map<Stage, Step> steps = new EnumMap<>(Stage.class);
    private final CountDownLatch over = new CountDownLatch(1);
    private Runnable atEnd = () -> {};

    // Guarded by this.
    private final List<StageResult> results = new ArrayList<>();
    /** Stages that have ended, well or not: nothing of them runs any more. */
    private final Set<Stage> ended = EnumSet.noneOf(Stage.class);

    private final Set<Stage> leftBehind = EnumSet.noneOf(Stage.class);
    private final Set<Stage> skipped = EnumSet.noneOf(Stage.class);
    private boolean begun;

    private volatile ShutdownReport report;

    /** Runs the stages itself, where they have no threads of their own. */
    private volatile Thread inline;

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

    /** Sets what a stage does. */
    public void stage(Stage stage, Action action) {
        stage(stage, action, () -> "");
    }

    /**
     * Sets what a stage does.
     *
     * @param holders says who keeps it, asked when it overruns
     */
    public void stage(Stage stage, Action action, Supplier<String> holders) {
        steps.put(stage, new Step(action, holders));
    }

    /** Sets what is done when all stages had their time, before those who wait go on. */
    public void atEnd(Runnable action) {
        atEnd = action;
    }

    /**
     * Runs the stages or waits for those who do; with {@code mayWait} false, or on a thread of a stage (which may run the code of
     * a user who waited for something), it only starts them.
     */
    public ShutdownReport run(boolean mayWait) {
        boolean wait = mayWait && !isStageThread();
        boolean mine;
        synchronized (this) {
            mine = !begun;
            begun = true;
        }
        if (mine && wait) {
            runStages();
        } else if (mine) {
            Thread thread = new Thread(this::runStages, "daybook-" + name + "-shutdown");
            thread.setDaemon(true);
            try {
                thread.start();
            } catch (OutOfMemoryError e) {
                // Others may be waiting by now, so it is done here: bounded by the deadlines, as all of it is.
                LOG.log(System.Logger.Level.WARNING, "engine " + name + ": no thread for the close", e);
                runStages();
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

    /** Whether a stage has ended, well or not. */
    public synchronized boolean hasEnded(Stage stage) {
        return ended.contains(stage);
    }

    private boolean isStageThread() {
        Thread current = Thread.currentThread();
        return current == inline || (current instanceof StageThread stage && stage.shutdown() == this);
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
        boolean clean = true;
        boolean complete = false;
        try {
            for (Stage stage : Stage.values()) {
                StageResult result = runStage(stage);
                clean &= result.outcome() == Outcome.DONE;
                synchronized (this) {
                    results.add(result);
                }
                tell(result, "");
            }
            complete = true;
            atEnd.run();
        } finally {
            synchronized (this) {
                report = new ShutdownReport(
                        clean && complete ? ShutdownReport.State.CLEAN : ShutdownReport.State.FORCED, results);
            }
            over.countDown();
        }
    }

    private StageResult runStage(Stage stage) {
        synchronized (this) {
            for (Stage need : stage.needs()) {
                if (!ended.contains(need)) {
                    skipped.add(stage);
                    return result(stage, Outcome.SKIPPED, 0, "needs " + need + ", which has not ended");
                }
            }
        }
        Step step = steps.getOrDefault(stage, NOTHING);
        if (threads) {
            return runOnThread(stage, step);
        }
        inline = Thread.currentThread();
        try {
            Attempt attempt = attempt(stage, step, deadline.toNanos() / 10 * 9);
            if (attempt.over()) {
                synchronized (this) {
                    ended.add(stage);
                }
            }
            return attempt.result();
        } finally {
            inline = null;
        }
    }

    private StageResult runOnThread(Stage stage, Step step) {
        long start = System.nanoTime();
        StageThread thread = new StageThread(stage, step);
        try {
            thread.start();
        } catch (OutOfMemoryError e) {
            return result(stage, Outcome.FAILED, start, "no thread for it: " + e);
        }
        thread.await(deadline.toNanos());
        StageResult result = judged(thread);
        if (result != null) {
            return result;
        }
        String who = holders(step) + "; " + Stacks.of(thread);
        synchronized (this) {
            // It may have ended meanwhile, but not in time.
            leftBehind.add(stage);
            return result(stage, Outcome.OVERRAN, start, who);
        }
    }

    /** The result of a stage that has ended. */
    private synchronized StageResult judged(StageThread thread) {
        return thread.result;
    }

    private static String holders(Step step) {
        try {
            return step.holders().get();
        } catch (RuntimeException e) {
            return "who keeps it is not known: " + e;
        }
    }

    /** On the thread of a stage that has ended; the last one to end finds everything possible. */
    private void doSkipped(Stage late) {
        awaitOver();
        LOG.log(System.Logger.Level.WARNING, "engine {0}: {1} ended after its deadline", name, late);
        for (Stage stage = claimSkipped(); stage != null; stage = claimSkipped()) {
            Attempt attempt = attempt(stage, steps.getOrDefault(stage, NOTHING), Long.MAX_VALUE);
            if (attempt.over()) {
                synchronized (this) {
                    ended.add(stage);
                }
            }
            tell(attempt.result(), " late");
        }
    }

    private synchronized Stage claimSkipped() {
        for (Stage stage : skipped) {
            if (ended.containsAll(stage.needs())) {
                skipped.remove(stage);
                return stage;
            }
        }
        return null;
    }

    /** What came of an action, and whether it is over. */
    private record Attempt(StageResult result, boolean over) {}

    private static Attempt attempt(Stage stage, Step step, long patienceNanos) {
        long start = System.nanoTime();
        try {
            String detail = step.action().run(patienceNanos);
            return new Attempt(result(stage, Outcome.DONE, start, detail), true);
        } catch (Overrun e) {
            return new Attempt(result(stage, Outcome.OVERRAN, start, e.getMessage()), e.over);
        } catch (Throwable e) {
            return new Attempt(result(stage, Outcome.FAILED, start, e.toString()), true);
        }
    }

    private static StageResult result(Stage stage, Outcome outcome, long start, String detail) {
        Duration took = start == 0 ? Duration.ZERO : Duration.ofNanos(System.nanoTime() - start);
        return new StageResult(stage.name(), outcome, took, detail);
    }

    private void tell(StageResult result, String late) {
        System.Logger.Level level =
                result.outcome() == Outcome.DONE ? System.Logger.Level.DEBUG : System.Logger.Level.WARNING;
        if (LOG.isLoggable(level)) {
            LOG.log(
                    level,
                    "engine {0}: {1}{2} {3} in {4} ms{5}",
                    name,
                    result.name(),
                    late,
                    result.outcome(),
                    result.took().toMillis(),
                    result.detail().isEmpty() ? "" : ": " + result.detail());
        }
        measured.accept(result.name(), result.took().toNanos() / 1e9);
    }

    /** Runs one stage, and, if it was left behind, what can be done once it has ended. */
    private final class StageThread extends Thread {
        private final Stage stage;
        private final Step step;
        /** Guarded by the shutdown. */
        private StageResult result;

        StageThread(Stage stage, Step step) {
            super("daybook-" + name + "-" + stage);
            this.stage = stage;
            this.step = step;
            setDaemon(true);
        }

        Shutdown shutdown() {
            return Shutdown.this;
        }

        @Override
        public void run() {
            Attempt attempt = attempt(stage, step, Long.MAX_VALUE);
            boolean late;
            synchronized (Shutdown.this) {
                result = attempt.result();
                if (attempt.over()) {
                    ended.add(stage);
                }
                late = leftBehind.contains(stage);
                Shutdown.this.notifyAll();
            }
            if (late) {
                doSkipped(stage);
            }
        }

        /** Waits until it has ended or the time is over. */
        void await(long nanos) {
            boolean interrupted = false;
            long start = System.nanoTime();
            synchronized (Shutdown.this) {
                long left = nanos;
                while (result == null && left > 0) {
                    try {
                        Shutdown.this.wait(left / 1_000_000, (int) (left % 1_000_000));
                    } catch (InterruptedException e) {
                        interrupted = true;
                    }
                    left = nanos - (System.nanoTime() - start);
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Thrown by an action that saw by itself that what it waited for did not come in time. */
    public static final class Overrun extends Exception {
        private static final long serialVersionUID = 1L;

        private final boolean over;

        /**
         * With who holds it up.
         *
         * @param over whether it came after all, so that what needs this stage may run
         */
        public Overrun(String message, boolean over) {
            super(message);
            this.over = over;
        }
    }
}
