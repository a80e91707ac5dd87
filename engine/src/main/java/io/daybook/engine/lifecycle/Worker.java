package io.daybook.engine.lifecycle;

import io.daybook.journal.Wakeup;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * A thread of the engine: does its step for as long as there is something to do, then sleeps until it is woken or its time has
 * come. Whatever a step throws is a failure of the engine, never a silently dead thread.
 */
public final class Worker {
    private final Thread thread;
    private final Wakeup wakeup;
    private final Callable<Boolean> step;
    private final LongSupplier sleepNanos;
    private final Consumer<Throwable> failed;
    private volatile boolean stopping;

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
        this.thread = new Thread(this::run, name);
        this.thread.setDaemon(true);
    }

    /** Starts it. */
    public void start() {
        thread.start();
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

    /** Returns what wakes it. */
    public Wakeup wakeup() {
        return wakeup;
    }

    /** Whether the calling thread is this worker. */
    public boolean isCurrent() {
        return Thread.currentThread() == thread;
    }

    /**
     * Lets it end after its present step.
     *
     * @return whether it ended in time
     */
    public boolean stop(Duration deadline) {
        stopping = true;
        wakeup.signal();
        try {
            thread.join(Math.max(1, deadline.toMillis()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return !thread.isAlive();
    }

    /** Returns its name and where it is, for a report. */
    public String describe() {
        StackTraceElement[] stack = thread.getStackTrace();
        return thread.getName() + (stack.length == 0 ? "" : " in " + stack[0]);
    }
}
