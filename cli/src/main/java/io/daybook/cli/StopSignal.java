package io.daybook.cli;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Lets a command end in order when the process is told to end (SIGINT, SIGTERM). The JVM then runs the hook and ends as soon
 * as that returns; so the hook asks the command to stop and waits until it has closed its engine. A command that is stuck,
 * say in a write to a terminal that nobody reads, is helped along: its engine is closed from here, which is as orderly, as
 * closing is thread-safe and makes durable what was accepted. A task that opens, checks or rebuilds a store ends where it
 * tells how far it is. <b>Thread-safe.</b>
 */
final class StopSignal implements AutoCloseable {
    private static final long GRACE_MILLIS = 2000;

    private final CountDownLatch ended = new CountDownLatch(1);
    private final List<Runnable> onRequest = new CopyOnWriteArrayList<>();
    private final List<Runnable> whenStuck = new CopyOnWriteArrayList<>();
    private final Thread hook = new Thread(this::stop, "daybook-stop");
    private volatile boolean requested;
    private volatile boolean stuck;

    /** Ends a command from within: unwinding closes what it has open. */
    static final class StoppedException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        StoppedException() {
            super("stopped", null, false, false);
        }
    }

    static StopSignal install() {
        StopSignal signal = new StopSignal();
        Runtime.getRuntime().addShutdownHook(signal.hook);
        return signal;
    }

    boolean requested() {
        return requested;
    }

    /** Where a long task tells how far it is, it can be ended. */
    void check() {
        if (requested) {
            throw new StoppedException();
        }
    }

    /** Runs on the signal, from another thread; must not block. */
    void onRequest(Runnable action) {
        onRequest.add(action);
        if (requested) {
            action.run();
        }
    }

    /** Runs where the command did not end by itself within two seconds of the signal; at once where these are over. */
    void whenStuck(Runnable action) {
        whenStuck.add(action);
        if (stuck) {
            action.run();
        }
    }

    /** Asks the command to end, and waits; no longer than there is something to wait for. */
    void stop() {
        requested = true;
        onRequest.forEach(StopSignal::runQuietly);
        try {
            if (!ended.await(GRACE_MILLIS, TimeUnit.MILLISECONDS)) {
                stuck = true;
                if (!whenStuck.isEmpty()) {
                    whenStuck.forEach(StopSignal::runQuietly);
                    ended.await(GRACE_MILLIS, TimeUnit.MILLISECONDS);
                }
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
