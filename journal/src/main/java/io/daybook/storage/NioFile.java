package io.daybook.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.channels.ClosedChannelException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Set;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * A file of the operating system. <b>Thread-safe.</b>
 *
 * <h2>Interrupts</h2>
 *
 * A {@code FileChannel} is closed for all its users when one thread is interrupted within a call. Opening it again is
 * not enough: by then the name may belong to another file (rename, recycling), and the exception of the interrupt
 * replaces that of a sync that failed at the same moment, so that the sync on the new descriptor would report success
 * for data that are lost. An {@code AsynchronousFileChannel} does the same system calls but knows no interrupts. It is
 * given an executor that runs tasks on the calling thread, before the call returns: no other thread, no waiting.
 */
final class NioFile implements StorageFile {
    /**
     * Most that one call moves to or from a heap buffer. The JDK copies it through a direct buffer of that size, which
     * it then keeps for the life of the thread.
     */
    static final int HEAP_CHUNK_BYTES = 1 << 20;

    private final Path path;
    private final AsynchronousFileChannel channel;
    /** For aligned writes that are large, or into blocks written before; null: this file takes none. */
    private final DirectWrites direct;

    NioFile(Path path, AsynchronousFileChannel channel, DirectWrites direct) {
        this.path = path;
        this.channel = channel;
        this.direct = direct;
    }

    static NioFile open(Path path, Set<? extends OpenOption> options) throws IOException {
        boolean writes = options.contains(StandardOpenOption.WRITE);
        return new NioFile(path, openChannel(path, options), writes ? new DirectWrites(path) : null);
    }

    /** A channel that interrupts do not close; all its tasks run on the calling thread. */
    static AsynchronousFileChannel openChannel(Path path, Set<? extends OpenOption> options) throws IOException {
        try {
            return AsynchronousFileChannel.open(path, options, CallingThread.INSTANCE);
        } catch (IOException e) {
            throw NioErrors.orNoSpace(e, path + ": open");
        }
    }

    @Override
    public int writeAt(ByteBuffer source, long position) throws IOException {
        int bytes = source.remaining();
        int limit = source.limit();
        boundHeap(source);
        try {
            AsynchronousFileChannel past = direct == null ? null : direct.channelFor(source, position);
            return past == null ? result(channel.write(source, position)) : writePast(past, source, position);
        } catch (ClosedChannelException e) {
            throw e;
        } catch (IOException e) {
            throw NioErrors.at(e, path + ": write of " + bytes + " bytes at " + position);
        } finally {
            source.limit(limit);
        }
    }

    private int writePast(AsynchronousFileChannel past, ByteBuffer source, long position) throws IOException {
        try {
            return result(past.write(source, position));
        } catch (IOException e) {
            if (!direct.refusedBy(e)) {
                throw e;
            }
            return again(source, position, e);
        }
    }

    private int again(ByteBuffer source, long position, IOException refusal) throws IOException {
        try {
            return result(channel.write(source, position));
        } catch (IOException e) {
            e.addSuppressed(refusal);
            throw e;
        }
    }

    @Override
    public void written(long end) {
        if (direct != null) {
            direct.written(end);
        }
    }

    @Override
    public int readAt(ByteBuffer target, long position) throws IOException {
        int bytes = target.remaining();
        int limit = target.limit();
        boundHeap(target);
        try {
            return result(channel.read(target, position));
        } catch (ClosedChannelException e) {
            throw e;
        } catch (IOException e) {
            throw NioErrors.at(e, path + ": read of " + bytes + " bytes at " + position);
        } finally {
            target.limit(limit);
        }
    }

    @Override
    public void sync(boolean metadata) throws IOException {
        try {
            channel.force(metadata);
        } catch (ClosedChannelException e) {
            throw e;
        } catch (IOException e) {
            throw NioErrors.at(e, path + ": sync");
        }
    }

    @Override
    public void truncate(long bytes) throws IOException {
        if (bytes > channel.size()) {
            // The channel only cuts. One byte behind a hole sets the length and allocates a single block.
            writeFully(ByteBuffer.allocate(1), bytes - 1);
            return;
        }
        try {
            channel.truncate(bytes);
        } catch (ClosedChannelException e) {
            throw e;
        } catch (IOException e) {
            throw NioErrors.at(e, path + ": truncate to " + bytes + " bytes");
        }
    }

    @Override
    public long size() throws IOException {
        return channel.size();
    }

    @Override
    public String name() {
        return path.getFileName().toString();
    }

    @Override
    public void close() throws IOException {
        try {
            if (direct != null) {
                direct.close();
            }
        } finally {
            channel.close();
        }
    }

    @Override
    public String toString() {
        return path.toString();
    }

    private static void boundHeap(ByteBuffer buffer) {
        if (!buffer.isDirect() && buffer.remaining() > HEAP_CHUNK_BYTES) {
            buffer.limit(buffer.position() + HEAP_CHUNK_BYTES);
        }
    }

    private static int result(Future<Integer> done) throws IOException {
        assert done.isDone() : "the calling thread has not run the task";
        try {
            return done.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException cause) {
                throw cause;
            }
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            // A future that is done does not wait, therefore nothing can interrupt it.
            throw new AssertionError("interrupted in a future that is done", e);
        }
    }

    /** Runs each task on the thread that hands it in. */
    private static final class CallingThread extends AbstractExecutorService {
        static final CallingThread INSTANCE = new CallingThread();

        @Override
        public void execute(Runnable task) {
            task.run();
        }

        @Override
        public void shutdown() {}

        @Override
        public List<Runnable> shutdownNow() {
            return List.of();
        }

        @Override
        public boolean isShutdown() {
            return false;
        }

        @Override
        public boolean isTerminated() {
            return false;
        }

        @Override
        public boolean awaitTermination(long timeout, TimeUnit unit) {
            return false;
        }
    }
}
