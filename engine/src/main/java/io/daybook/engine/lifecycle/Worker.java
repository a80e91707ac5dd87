package io.daybook.engine.lifecycle;

import io.daybook.journal.Wakeup;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * A thread of the engine: does its step for as long as there is something to do, then sleeps until it is woken or its time has
 * come. Whatever a step throws is a failure of the engine, never a silently dead thread. <b>Thread-safe</b>; started once.
 */
public final class Worker {
    private final String name;
    private final Wakeup wakeup;
    private final Callable<Boolean> step;
    private final LongSupplier sleepNanos;
    private final Consumer<Throwable> failed;
    private volatile boolean stopping;
    /** Null: not started. An engine whose caller does the work needs none. */
    private volatile Thread thread;

    /**
     * A worker that is not running yet.
     *
     * @param step one piece of work; false: there was none
     * @param sleepNanos how long to sleep then, at most
     * @param failed told what a step threw
     */
    public Worker(
            String name, Wakeup wakeup, Callable<Boolean> step, LongSupplier sleepNanos, Consumer<Throwable> failed) {
        this.wakeup = wakeup;
        this.step = step;
        this.sleepNanos = sleepNanos;
        this.failed = failed;
        this.name = name;
    }

    /** Starts it. */
    public void start() {
        Thread started = new Thread(this::run, name);
        started.setDaemon(true);
        thread = started;
        started.start();
    }

    private void run() {
        while (!stopping) {
            boolean worked = false;
            try {
                worked = step.call();
            } catch (Throwable e) {
                failed.accept(e);
            }
            if (!worked && !stopping) {
                wakeup.sleep(sleepNanos.getAsLong());
            }
        }
    }

    /** Tells of a failure in its work. */
    public void failed(Throwable e) {
        failed.accept(e);
    }

    /** Returns what wakes it. */
    public Wakeup wakeup() {
        return wakeup;
    }

    /** Whether the calling thread is this worker. */
    public boolean isCurrent() {
        return Thread.currentThread() == thread;
    }

    /** Lets it end after its present step. */
    public void stop() {
        stopping = true;
        wakeup.signal();
    }

    /**
     * Waits for its end. An interrupt does not end the wait, which is bounded, and stays: what follows takes it that nothing runs.
     *
     * @return whether it has ended, or never began
     */
    public boolean awaitEnd(long nanos) {
        Thread started = thread;
        if (started == null) {
            return true;
        }
        boolean interrupted = false;
        long start = System.nanoTime();
        for (long left = nanos; left > 0 && started.isAlive(); left = nanos - (System.nanoTime() - start)) {
            try {
                started.join(left / 1_000_000, (int) (left % 1_000_000));
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return !started.isAlive();
    }

    /** Returns its name and where it is, for a report. */
    public String describe() {
        Thread started = thread;
        return started == null ? name : Stacks.of(started);
    }
}
