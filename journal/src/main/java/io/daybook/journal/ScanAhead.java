package io.daybook.journal;

import io.daybook.storage.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The frames of a segment, read and checked by a thread of its own while the caller works on those before. What is handed over
 * is the memory that was read into, so nothing is copied but the frame that reaches over its end.
 *
 * <p>Waits are not interruptible: a thread that opens a store may be interrupted, the open goes on.
 */
final class ScanAhead implements CheckedFrames, AutoCloseable {
    /** One is read into, one waits, one is worked on. */
    private static final int BUFFERS = 3;

    private static final int BUFFER_BYTES = 1 << 20;

    private final SegmentEntry entry;
    private final int blockBytes;
    private final FrameScan scan;
    private final Thread thread;

    private Batch current;
    private int at;
    private long offset;
    private int left;

    // Of the thread that scans: the frames in the present buffer.
    private int batchAt;
    private long batchOffset;
    private int batchFrames;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    /** Guarded by the lock, as are the next three. */
    private final Deque<ByteBuffer> free = new ArrayDeque<>();

    private final Deque<Batch> checked = new ArrayDeque<>();
    private boolean stopped;
    private Throwable failure;

    /** Whole frames that follow each other in a buffer. */
    private record Batch(ByteBuffer buffer, int at, long offset, int frames) {}

    /** Memory for scans ahead, one at a time. */
    static ByteBuffer[] buffers() {
        ByteBuffer[] buffers = new ByteBuffer[BUFFERS];
        for (int i = 0; i < BUFFERS; i++) {
            buffers[i] = ByteBuffer.allocateDirect(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        }
        return buffers;
    }

    /** Begins to read a sealed segment from its first frame on. */
    ScanAhead(StorageFile file, SegmentEntry entry, int blockBytes, ByteBuffer[] buffers) {
        this.entry = entry;
        this.blockBytes = blockBytes;
        this.scan = new FrameScan(
                file, entry, blockBytes, blockBytes, entry.validEnd(), entry.firstLsn(), buffers[0], this::exchange);
        for (int i = 1; i < buffers.length; i++) {
            free.add(buffers[i]);
        }
        this.thread = new Thread(this::run, "daybook-scan-ahead");
        thread.setDaemon(true);
        thread.start();
    }

    private void run() {
        Throwable thrown = null;
        try {
            while (!isStopped() && scan.next()) {
                if (batchFrames++ == 0) {
                    batchAt = scan.at();
                    batchOffset = scan.offset();
                }
            }
        } catch (Throwable e) {
            thrown = e;
        }
        lock.lock();
        try {
            if (batchFrames > 0) {
                checked.add(new Batch(scan.buffer(), batchAt, batchOffset, batchFrames));
            }
            stopped = true;
            failure = thrown;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private boolean isStopped() {
        lock.lock();
        try {
            return stopped;
        } finally {
            lock.unlock();
        }
    }

    /** Hands over what stands in a buffer; the same one comes back where nothing does, or nobody wants more. */
    private ByteBuffer exchange(ByteBuffer full) {
        if (batchFrames == 0) {
            return full;
        }
        lock.lock();
        try {
            checked.add(new Batch(full, batchAt, batchOffset, batchFrames));
            batchFrames = 0;
            changed.signalAll();
            while (free.isEmpty() && !stopped) {
                changed.awaitUninterruptibly();
            }
            return stopped ? full : free.poll();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public boolean next() throws IOException {
        if (left > 0) {
            long padded = FrameFormat.padded(current.buffer().getInt(at + FrameFormat.BYTES_OFFSET), blockBytes);
            at += (int) padded;
            offset += padded;
        } else {
            current = nextChecked();
            if (current == null) {
                return false;
            }
            at = current.at();
            offset = current.offset();
            left = current.frames();
        }
        left--;
        return true;
    }

    /** Gives the present buffer back; null: there is no further one. */
    private Batch nextChecked() throws IOException {
        lock.lock();
        try {
            if (current != null) {
                free.add(current.buffer());
                changed.signalAll();
            }
            while (checked.isEmpty() && !stopped) {
                changed.awaitUninterruptibly();
            }
            Batch next = checked.poll();
            if (next == null && failure != null) {
                throw failure instanceof IOException io
                        ? io
                        : new IOException("segment " + entry.id() + ": scan ahead", failure);
            }
            return next;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void rewind(Frame.Cursor cursor) {
        ByteBuffer frame = current.buffer();
        cursor.start(
                frame,
                at,
                entry.id(),
                offset,
                frame.getInt(at + FrameFormat.RECORDS_OFFSET),
                frame.getLong(at + FrameFormat.FIRST_LSN_OFFSET),
                frame.getInt(at + FrameFormat.BYTES_OFFSET));
    }

    @Override
    public long offset() {
        return offset;
    }

    @Override
    public long lastLsn() {
        ByteBuffer frame = current.buffer();
        return frame.getLong(at + FrameFormat.FIRST_LSN_OFFSET) + frame.getInt(at + FrameFormat.RECORDS_OFFSET) - 1;
    }

    /** As of the end: {@link #next} was false. */
    @Override
    public String fault() {
        return scan.fault();
    }

    @Override
    public long faultOffset() {
        return scan.faultOffset();
    }

    /** Waits for the read that is under way; the file is the caller's to close. */
    @Override
    public void close() {
        lock.lock();
        try {
            stopped = true;
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
    }
}
