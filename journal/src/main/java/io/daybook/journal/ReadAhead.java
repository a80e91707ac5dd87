package io.daybook.journal;

import io.daybook.storage.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A file that is read from front to back, with a thread of its own that reads the next chunks while the caller works on the last
 * one. Reads behind where the caller has been go to the file itself.
 *
 * <p><b>Confined to one thread</b>, the one that reads ahead aside. Waits are not interruptible: a thread that opens a store may be
 * interrupted, the open goes on.
 */
final class ReadAhead implements StorageFile {
    private static final int CHUNK_BYTES = 1 << 20;
    private static final int CHUNKS = 4;

    private final StorageFile file;
    private final long end;
    private final Thread thread;
    private Chunk current;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    /** Guarded by the lock, as are the next three. */
    private final Deque<ByteBuffer> free = new ArrayDeque<>();

    private final Deque<Chunk> filled = new ArrayDeque<>();
    private boolean stopped;
    private Throwable failure;

    /** Bytes of the file from an offset on; its buffer is ready to be read. */
    private record Chunk(ByteBuffer buffer, long from) {
        long end() {
            return from + buffer.limit();
        }
    }

    /** Memory for {@link #ReadAhead}, one at a time. */
    static ByteBuffer[] buffers() {
        ByteBuffer[] buffers = new ByteBuffer[CHUNKS];
        for (int i = 0; i < CHUNKS; i++) {
            buffers[i] = ByteBuffer.allocateDirect(CHUNK_BYTES);
        }
        return buffers;
    }

    /**
     * Begins to read; the file is closed by {@link #close}.
     *
     * @param end bytes from here on are not read ahead
     */
    ReadAhead(StorageFile file, long from, long end, ByteBuffer[] buffers) {
        this.file = file;
        this.end = end;
        for (ByteBuffer buffer : buffers) {
            free.add(buffer);
        }
        this.thread = new Thread(() -> run(from), "daybook-read-ahead");
        thread.setDaemon(true);
        thread.start();
    }

    private void run(long from) {
        long at = from;
        try {
            ByteBuffer buffer = nextFree();
            while (buffer != null && at < end) {
                buffer.clear().limit((int) Math.min(buffer.capacity(), end - at));
                int read = file.readFully(buffer, at);
                fill(new Chunk(buffer.flip(), at));
                at = read < buffer.capacity() ? end : at + read;
                buffer = nextFree();
            }
        } catch (Throwable e) {
            finish(e);
        }
        finish(null);
    }

    /** Null: nobody wants more. */
    private ByteBuffer nextFree() {
        lock.lock();
        try {
            while (free.isEmpty() && !stopped) {
                changed.awaitUninterruptibly();
            }
            return stopped ? null : free.poll();
        } finally {
            lock.unlock();
        }
    }

    private void fill(Chunk chunk) {
        lock.lock();
        try {
            filled.add(chunk);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void finish(Throwable cause) {
        lock.lock();
        try {
            stopped = true;
            failure = failure == null ? cause : failure;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** The chunk behind the current one, null: there is none. */
    private Chunk nextFilled() throws IOException {
        lock.lock();
        try {
            if (current != null) {
                free.add(current.buffer());
                current = null;
                changed.signalAll();
            }
            while (filled.isEmpty() && !stopped) {
                changed.awaitUninterruptibly();
            }
            Chunk next = filled.poll();
            if (next == null && failure != null) {
                throw failure instanceof IOException io ? io : new IOException(file.name() + ": read ahead", failure);
            }
            return next;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public int readAt(ByteBuffer target, long position) throws IOException {
        if (current == null) {
            current = nextFilled();
        }
        while (current != null && position >= current.end()) {
            current = nextFilled();
        }
        if (current == null || position < current.from()) {
            return file.readAt(target, position);
        }
        ByteBuffer source = current.buffer().duplicate();
        source.position((int) (position - current.from()));
        source.limit(Math.min(source.limit(), source.position() + target.remaining()));
        int bytes = source.remaining();
        target.put(source);
        return bytes;
    }

    @Override
    public int writeAt(ByteBuffer source, long position) {
        throw new UnsupportedOperationException("for reading only");
    }

    @Override
    public void sync(boolean metadata) {
        throw new UnsupportedOperationException("for reading only");
    }

    @Override
    public void truncate(long bytes) {
        throw new UnsupportedOperationException("for reading only");
    }

    @Override
    public long size() throws IOException {
        return file.size();
    }

    @Override
    public String name() {
        return file.name();
    }

    /** Waits for the read that is under way. */
    @Override
    public void close() throws IOException {
        finish(null);
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
        file.close();
    }
}
