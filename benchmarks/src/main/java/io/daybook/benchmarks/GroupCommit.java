package io.daybook.benchmarks;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.util.Arrays;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A group commit of the shape that the raw baseline has, for stores that write batches: callers put into the group that gathers,
 * under a lock; one thread writes what has gathered, durably, and completes the callers. Two groups: one gathers while the other is
 * written.
 *
 * <p><b>Thread-safe.</b>
 */
public final class GroupCommit {
    /** A caller waits when so many bytes have gathered. */
    private static final long GROUP_BYTES_MAX = 4 << 20;

    // Guarded by lock
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition room = lock.newCondition();
    private Group open;
    private boolean closed;
    private Throwable failure;

    // Confined to the writer
    private Group spare;

    private final Thread writer;

    /**
     * Begins.
     *
     * @param one of the two batches
     * @param other of them
     * @param name of the thread that writes
     */
    public GroupCommit(Batch one, Batch other, String name) {
        this.open = new Group(one);
        this.spare = new Group(other);
        this.writer = new Thread(this::run, name);
        writer.setDaemon(true);
        writer.start();
    }

    /** As {@link AppendSink#append}. */
    public void append(long ledgerId, long entryId, ByteBuf entry, AppendSink.Completion completion) {
        int length = entry.readableBytes();
        boolean first;
        lock.lock();
        try {
            while (!closed && failure == null && open.bytes > 0 && open.bytes + length > GROUP_BYTES_MAX) {
                room.awaitUninterruptibly();
            }
            if (closed || failure != null) {
                throw new IllegalStateException("closed or failed", failure);
            }
            open.add(ledgerId, entryId, entry, completion);
            first = open.count == 1;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } finally {
            lock.unlock();
        }
        if (first) {
            LockSupport.unpark(writer);
        }
    }

    private void run() {
        Group group;
        while ((group = take()) != null) {
            Throwable cause = null;
            try {
                group.batch.write();
            } catch (IOException | RuntimeException e) {
                cause = e;
                fail(e);
            }
            group.complete(cause);
            spare = group;
        }
    }

    /** Waits for a group that is not empty and puts the spare one in its place; null: closed and nothing left. */
    private Group take() {
        lock.lock();
        try {
            while (open.count == 0) {
                if (closed) {
                    return null;
                }
                lock.unlock();
                try {
                    LockSupport.park(this);
                } finally {
                    lock.lock();
                }
            }
            Group taken = open;
            open = spare;
            spare = null;
            room.signalAll();
            return taken;
        } finally {
            lock.unlock();
        }
    }

    private void fail(Throwable cause) {
        lock.lock();
        try {
            failure = cause;
            room.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Writes what has gathered and ends the thread; whether this was the first call. */
    public boolean close() {
        lock.lock();
        try {
            if (closed) {
                return false;
            }
            closed = true;
            room.signalAll();
        } finally {
            lock.unlock();
        }
        LockSupport.unpark(writer);
        Threads.join(writer);
        open.batch.close();
        if (spare != null) {
            spare.batch.close();
        }
        return true;
    }

    /** What is written together. Used by one thread at a time. */
    public interface Batch {

        /**
         * Adds an entry.
         *
         * @param entry copied before this returns
         * @throws IOException if the store refuses it
         */
        void add(long ledgerId, long entryId, ByteBuf entry) throws IOException;

        /**
         * Makes all of it durable and is empty then.
         *
         * @throws IOException if that fails
         */
        void write() throws IOException;

        /** Lets go of it. */
        void close();
    }

    /** A batch and whom to tell of it. */
    private static final class Group {
        private final Batch batch;
        private AppendSink.Completion[] completions = new AppendSink.Completion[1024];
        private int count;
        private long bytes;

        Group(Batch batch) {
            this.batch = batch;
        }

        void add(long ledgerId, long entryId, ByteBuf entry, AppendSink.Completion completion) throws IOException {
            batch.add(ledgerId, entryId, entry);
            bytes += entry.readableBytes();
            if (count == completions.length) {
                completions = Arrays.copyOf(completions, count * 2);
            }
            completions[count++] = completion;
        }

        void complete(Throwable failure) {
            for (int i = 0; i < count; i++) {
                completions[i].completed(failure);
            }
            count = 0;
            bytes = 0;
        }
    }
}
