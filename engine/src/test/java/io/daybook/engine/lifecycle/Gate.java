package io.daybook.engine.lifecycle;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** Lets through everything but what a test has armed it for, which waits until the gate is opened. <b>Thread-safe.</b> */
final class Gate {
    private static final Predicate<String> NOTHING = event -> false;

    private final CountDownLatch entered = new CountDownLatch(1);
    private final CountDownLatch open = new CountDownLatch(1);
    private volatile Predicate<String> held = NOTHING;
    private volatile boolean broken;

    /** Holds up events from now on, until {@link #open}. */
    void arm(Predicate<String> events) {
        held = events;
    }

    /** Waits if the event is to be held up; throws if it is to fail then. */
    void pass(String event) throws IOException {
        if (held.test(event)) {
            entered.countDown();
            boolean interrupted = false;
            while (true) {
                try {
                    open.await();
                    break;
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
            if (broken) {
                throw new IOException("on purpose: " + event);
            }
        }
    }

    /** Waits until somebody waits at the gate. */
    void awaitEntered() throws InterruptedException {
        if (!entered.await(30, TimeUnit.SECONDS)) {
            throw new AssertionError("nobody came to the gate");
        }
    }

    /** Lets all pass, but what waited fails. */
    void openBroken() {
        broken = true;
        open();
    }

    /** Lets all pass, now and later. */
    void open() {
        held = NOTHING;
        open.countDown();
    }
}
