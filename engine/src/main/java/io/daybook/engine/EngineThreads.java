package io.daybook.engine;

import io.daybook.engine.lifecycle.Worker;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.LongSupplier;

/**
 * The engine's threads, or, where it has none, their work done by whoever waits. What they leave undone when they stop is
 * done by the stages of the shutdown.
 */
final class EngineThreads {
    private final List<Worker> workers = new ArrayList<>();
    private final List<Callable<Boolean>> steps = new ArrayList<>();
    private final boolean threads;
    private Worker flush;
    private Worker sampler;
    private boolean pumping;

    EngineThreads(boolean threads) {
        this.threads = threads;
    }

    /** Adds work. */
    Worker add(
            String name,
            io.daybook.journal.Wakeup wakeup,
            Callable<Boolean> step,
            LongSupplier sleepNanos,
            java.util.function.Consumer<Throwable> failed) {
        return add(new Worker(name, wakeup, step, sleepNanos, failed), step);
    }

    /** Adds a worker, and what is to be done where there are no threads. */
    Worker add(Worker worker, Callable<Boolean> step) {
        workers.add(worker);
        steps.add(() -> {
            try {
                return step.call();
            } catch (Throwable e) {
                worker.failed(e);
                return false;
            }
        });
        return worker;
    }

    /** Sets who only looks, under leases: it is told to stop and not waited for. */
    void sampler(Worker worker, Callable<Boolean> step) {
        sampler = worker;
        steps.add(step);
    }

    void flush(Worker worker) {
        flush = worker;
    }

    void wakeFlush() {
        flush.wakeup().signal();
    }

    void start() {
        if (threads) {
            workers.forEach(Worker::start);
            sampler.start();
        }
    }

    /** Does work until there is none; whether there was any. Does nothing where threads do it, or where it is called by itself. */
    boolean pump() {
        if (threads || pumping) {
            return false;
        }
        pumping = true;
        boolean any = false;
        try {
            boolean worked = true;
            while (worked) {
                worked = false;
                for (Callable<Boolean> step : steps) {
                    worked |= step.call();
                }
                any |= worked;
            }
        } catch (Exception e) {
            throw new IllegalStateException("steps keep their exceptions", e);
        } finally {
            pumping = false;
        }
        return any;
    }

    boolean isEngineThread() {
        for (Worker worker : workers) {
            if (worker.isCurrent()) {
                return true;
            }
        }
        return pumping;
    }

    /** Lets all end after their present step, and waits for it; whether they ended in time. */
    boolean stop(long nanos) {
        workers.forEach(Worker::stop);
        if (sampler != null) {
            // Nothing waits for it.
            sampler.stop();
        }
        long start = System.nanoTime();
        boolean ended = true;
        for (Worker worker : workers) {
            ended &= worker.awaitEnd(nanos - (System.nanoTime() - start));
        }
        return ended;
    }

    /** Those that run, by name and place. */
    String describe() {
        StringBuilder text = new StringBuilder();
        for (Worker worker : workers) {
            if (threads && !worker.awaitEnd(0)) {
                text.append(text.isEmpty() ? "" : ", ").append(worker.describe());
            }
        }
        return text.toString();
    }
}
