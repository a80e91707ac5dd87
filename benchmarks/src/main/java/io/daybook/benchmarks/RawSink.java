package io.daybook.benchmarks;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The baseline: what the device and one group commit can do, and nothing else. Callers copy a 24-byte header and the payload
 * into a group buffer under a lock; one thread takes what has gathered, writes it, padded to 4096 bytes, into one file whose
 * blocks were written before, calls {@code force(false)} and completes the callers. Two buffers: one gathers while the other
 * is written. No index, no checksum, no recovery.
 *
 * <p>The file is a ring: behind its end the writer goes on at its beginning.
 */
final class RawSink implements AppendSink {
    static final int HEADER_BYTES = 24;
    static final int BLOCK_BYTES = 4096;

    private static final int GROUP_BYTES = 4 << 20;

    private static final int RECORDED_GROUPS_MAX = 1 << 16;

    // Constant after construction
    private final FileChannel file;
    private final long fileBytes;
    private final Thread writer;

    // Guarded by lock
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition room = lock.newCondition();
    private Group open;
    private boolean closed;
    private IOException failure;

    // Confined to the writer; read by others when it has ended
    private Group spare;
    private long position;
    private final int[] groupEntries = new int[RECORDED_GROUPS_MAX];
    private long groups;

    private RawSink(FileChannel file, long fileBytes, int groupBytes) {
        this.file = file;
        this.fileBytes = fileBytes;
        this.open = new Group(groupBytes);
        this.spare = new Group(groupBytes);
        this.writer = new Thread(this::run, "raw-writer");
        writer.setDaemon(true);
    }

    /**
     * Makes the file, writes all of it once and begins.
     *
     * @param bytesInFlight most that will be in flight; sizes the group buffers
     */
    static RawSink open(Path path, long fileBytes, long bytesInFlight) throws IOException {
        int groupBytes = (int) Math.max(1 << 20, Math.min(GROUP_BYTES, roundUp(bytesInFlight)));
        RawSink sink = new RawSink(Prewritten.create(path, fileBytes), fileBytes, groupBytes);
        sink.writer.start();
        return sink;
    }

    @Override
    public void append(long ledgerId, long entryId, ByteBuf entry, Completion completion) {
        boolean first;
        lock.lock();
        try {
            int bytes = HEADER_BYTES + entry.readableBytes();
            if (roundUp(bytes) > open.bytes.capacity()) {
                throw new IllegalArgumentException(bytes + " bytes are more than a group buffer holds");
            }
            while (!open.fits(bytes)) {
                checkWritable();
                room.awaitUninterruptibly();
            }
            checkWritable();
            open.add(ledgerId, entryId, entry, completion);
            first = open.count == 1;
        } finally {
            lock.unlock();
        }
        if (first) {
            LockSupport.unpark(writer);
        }
    }

    private void checkWritable() {
        if (failure != null) {
            throw new UncheckedIOException(failure);
        }
        if (closed) {
            throw new IllegalStateException("closed");
        }
    }

    private void run() {
        while (true) {
            Group group = take();
            if (group == null) {
                return;
            }
            IOException cause = write(group);
            if (groups < RECORDED_GROUPS_MAX) {
                groupEntries[(int) groups] = group.count;
            }
            groups++;
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

    private IOException write(Group group) {
        try {
            ByteBuffer bytes = group.paddedBytes();
            if (position + bytes.remaining() > fileBytes) {
                position = 0;
            }
            position += writeAndForce(file, bytes, position);
            return null;
        } catch (IOException e) {
            lock.lock();
            try {
                failure = failure == null ? e : failure;
                room.signalAll();
            } finally {
                lock.unlock();
            }
            return e;
        }
    }

    /** Writes all of a buffer, syncs its data and returns its length. */
    static int writeAndForce(FileChannel file, ByteBuffer bytes, long position) throws IOException {
        int length = bytes.remaining();
        long at = position;
        while (bytes.hasRemaining()) {
            at += file.write(bytes, at);
        }
        file.force(false);
        return length;
    }

    static long roundUp(long bytes) {
        return (bytes + BLOCK_BYTES - 1) & -BLOCK_BYTES;
    }

    @Override
    public long entriesHeld(int ledgers) {
        return -1;
    }

    @Override
    public void close() throws IOException {
        lock.lock();
        try {
            closed = true;
            room.signalAll();
        } finally {
            lock.unlock();
        }
        LockSupport.unpark(writer);
        Threads.join(writer);
        file.close();
    }

    /** Entries of each group written, the first 65,536 of them; after {@link #close}. */
    int[] recordedGroups() {
        assert !writer.isAlive() : "still writing";
        return Arrays.copyOf(groupEntries, (int) Math.min(groups, RECORDED_GROUPS_MAX));
    }

    /** Entries that are written together. Never freed while the process lives: there are two. */
    private static final class Group {
        private final ByteBuf bytes;
        private Completion[] completions = new Completion[1024];
        private int count;

        Group(int capacity) {
            bytes = Unpooled.wrappedBuffer(ByteBuffer.allocateDirect(capacity)).clear();
        }

        /** An empty group takes any entry that leaves room for padding. */
        boolean fits(int recordBytes) {
            return roundUp((long) bytes.writerIndex() + recordBytes) <= bytes.capacity();
        }

        void add(long ledgerId, long entryId, ByteBuf entry, Completion completion) {
            int length = entry.readableBytes();
            bytes.writeLongLE(ledgerId);
            bytes.writeLongLE(entryId);
            bytes.writeLongLE(length);
            bytes.writeBytes(entry, entry.readerIndex(), length);
            if (count == completions.length) {
                completions = Arrays.copyOf(completions, count * 2);
            }
            completions[count++] = completion;
        }

        ByteBuffer paddedBytes() {
            int length = bytes.writerIndex();
            int padded = (int) roundUp(length);
            bytes.setZero(length, padded - length);
            return bytes.internalNioBuffer(0, padded);
        }

        void complete(Throwable failure) {
            for (int i = 0; i < count; i++) {
                completions[i].completed(failure);
            }
            count = 0;
            bytes.clear();
        }
    }
}
