package io.daybook.cli;

import java.util.concurrent.locks.LockSupport;

/**
 * Tells how far a put is: the durable count on stdout, if asked for, and progress on a terminal. A count is read before it is
 * printed and only grows, so no printed number exceeds what is durable.
 *
 * <p>While the thread here runs, stdout is its own; {@link #close} ends it and prints the final count.
 */
final class PutReporter implements AutoCloseable {
    private static final long INTERVAL_NANOS = 10_000_000;
    private static final long NOTHING_PRINTED = -1;

    private final Session session;
    private final PutSink sink;
    private final boolean json;
    private final Thread thread = new Thread(this::report, "daybook-report");
    private final long beganNanos = System.nanoTime();
    private boolean acks;
    private long printed = NOTHING_PRINTED;
    private RuntimeException failure;
    private volatile boolean over;

    PutReporter(Session session, PutSink sink, boolean acks, boolean json) {
        this.session = session;
        this.sink = sink;
        this.acks = acks;
        this.json = json;
    }

    PutReporter start() {
        thread.setDaemon(true);
        thread.start();
        return this;
    }

    /** Prints the final count. */
    @Override
    public void close() {
        over = true;
        LockSupport.unpark(thread);
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        printAck();
        if (failure != null) {
            throw failure;
        }
    }

    private void report() {
        try (Progress progress = session.progress()) {
            while (!over) {
                LockSupport.parkNanos(INTERVAL_NANOS);
                if (sink.durable() > 0) {
                    printAck();
                }
                progress.show(this::state);
            }
        } catch (Throwable e) {
            // Read once this thread has ended.
            failure = CommandException.io("cannot tell how far it is: " + Failures.describe(e), e);
        }
    }

    private void printAck() {
        long durable = sink.durable();
        if (!acks || durable == printed) {
            return;
        }
        try {
            session.out().line(json ? new Json().put("durable", durable).toString() : Long.toString(durable));
            session.out().flush();
            printed = durable;
        } catch (OutputClosedException e) {
            // Nobody wants to know any more; the entries are what matters.
            acks = false;
        } catch (RuntimeException e) {
            acks = false;
            failure = e;
        }
    }

    private String state() {
        double seconds = Math.max(1, System.nanoTime() - beganNanos) / 1e9;
        return Units.count(sink.durable()) + " entries durable, " + Units.bytes(sink.bytes()) + " in, "
                + Units.bytes(sink.bytes() / seconds) + "/s";
    }
}
