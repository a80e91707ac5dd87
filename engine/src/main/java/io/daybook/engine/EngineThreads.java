package io.daybook.engine;

import io.daybook.engine.lifecycle.Worker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.LongSupplier;

/**
 * The engine's threads, or, where it has none, their work done by whoever waits. The order in which they are stopped is
 * the order of {@link #stop}: those that give work first.
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

    /** Adds work; in the order in which it is to be stopped. */
    Worker add(
            String name,
            io.daybook.journal.Wakeup wakeup,
            Callable<Boolean> step,
            LongSupplier sleepNanos,
            java.util.function.Consumer<Throwable> failed) {
        Worker worker = new Worker(name, wakeup, step, sleepNanos, failed);
        workers.add(worker);
        steps.add(() -> {
            try {
                return step.call();
            } catch (Throwable e) {
                failed.accept(e);
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

    /** Stops all; who did not stop in time, by name and place. */
    List<String> stop(Duration deadline) {
        List<String> alive = new ArrayList<>();
        if (threads) {
            sampler.stop(Duration.ZERO);
            for (Worker worker : workers) {
                if (!worker.stop(deadline)) {
                    alive.add(worker.describe());
                }
            }
        }
        return alive;
    }
}
