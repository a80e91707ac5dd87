package io.daybook.engine.flush;

import io.daybook.index.IndexException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Flushes the tails that a replay fills, on a thread of its own, until it is closed; what waits then is flushed by who comes
 * next. A failure is thrown to the replay. Waits are not interruptible.
 */
final class FlushBeside implements AutoCloseable {
    private final IndexFlusher flusher;
    private final Thread thread;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    /** Tails handed over and not flushed yet; guarded by the lock, as are the next three. */
    private int waiting;

    private boolean closed;
    /** Whether the last flush found room; where it did not, the next tail is another try. */
    private boolean room = true;

    private Throwable failure;

    FlushBeside(IndexFlusher flusher) {
        this.flusher = flusher;
        this.thread = new Thread(this::run, "daybook-replay-flush");
        thread.setDaemon(true);
        thread.start();
    }

    private void run() {
        try {
            while (awaitWork()) {
                boolean flushed = flushOnce();
                lock.lock();
                try {
                    waiting -= flushed ? 1 : 0;
                    room = flushed;
                    changed.signalAll();
                } finally {
                    lock.unlock();
                }
            }
        } catch (Throwable e) {
            lock.lock();
            try {
                failure = e;
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }

    /** False: there is no room. What is not flushed stays in the tails: reading it needs no index. */
    private boolean flushOnce() {
        try {
            flusher.flushOnce();
            return true;
        } catch (IndexException e) {
            if (e.kind() != IndexException.Kind.NO_SPACE) {
                throw e;
            }
            return false;
        }
    }

    private boolean awaitWork() {
        lock.lock();
        try {
            while ((waiting == 0 || !room) && !closed) {
                changed.awaitUninterruptibly();
            }
            return !closed;
        } finally {
            lock.unlock();
        }
    }

    /** One tail more was closed; waits until no more than so many wait. Without the lock of applying. */
    void flush(int waitingMax) {
        lock.lock();
        try {
            waiting++;
            room = true;
            changed.signalAll();
            while (waiting > waitingMax && room && failure == null) {
                changed.awaitUninterruptibly();
            }
            rethrow();
        } finally {
            lock.unlock();
        }
    }

    /** Waits for the flush that is under way; throws what it threw. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
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
        lock.lock();
        try {
            rethrow();
        } finally {
            lock.unlock();
        }
    }

    /** Once: the close that follows must not throw it again. */
    private void rethrow() {
        Throwable thrown = failure;
        failure = null;
        if (thrown instanceof RuntimeException e) {
            throw e;
        }
        if (thrown instanceof Error e) {
            throw e;
        }
    }
}
