package io.daybook.cli;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Lets a command end in order when the process is told to end (SIGINT, SIGTERM). The JVM then runs the hook and ends as soon
 * as that returns; so the hook asks the command to stop and waits until it has closed its engine. A command that is stuck,
 * say in a write to a terminal that nobody reads, is helped along: its engine is closed from here, which is as orderly, as
 * closing is thread-safe and makes durable what was accepted. <b>Thread-safe.</b>
 */
final class StopSignal implements AutoCloseable {
    private static final long GRACE_MILLIS = 2000;

    private final CountDownLatch ended = new CountDownLatch(1);
    private final List<Runnable> onRequest = new CopyOnWriteArrayList<>();
    private final List<Runnable> whenStuck = new CopyOnWriteArrayList<>();
    private final Thread hook = new Thread(this::stop, "daybook-stop");
    private volatile boolean requested;

    static StopSignal install() {
        StopSignal signal = new StopSignal();
        Runtime.getRuntime().addShutdownHook(signal.hook);
        return signal;
    }

    boolean requested() {
        return requested;
    }

    /** Runs on the signal, from another thread; must not block. */
    void onRequest(Runnable action) {
        onRequest.add(action);
        if (requested) {
            action.run();
        }
    }

    /** Runs where the command did not end by itself within two seconds of the signal. */
    void whenStuck(Runnable action) {
        whenStuck.add(action);
    }

    /** Asks the command to end, and waits. */
    void stop() {
        requested = true;
        onRequest.forEach(StopSignal::runQuietly);
        try {
            if (!ended.await(GRACE_MILLIS, TimeUnit.MILLISECONDS)) {
                whenStuck.forEach(StopSignal::runQuietly);
                ended.await(GRACE_MILLIS, TimeUnit.MILLISECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The command ended. */
    @Override
    public void close() {
        ended.countDown();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The JVM is ending already: the hook runs, and was waiting for the line above.
        }
    }

    private static void runQuietly(Runnable action) {
        try {
            action.run();
        } catch (RuntimeException e) {
            System.err.println("daybook: while stopping: " + Failures.describe(e));
        }
    }
}
