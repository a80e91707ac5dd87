package io.daybook.cli;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/**
 * Reads stdin in large blocks on a thread of its own: reading overlaps with appending, and a signal can end the command while
 * that thread is stuck in a read that nothing interrupts. A few blocks go round, so memory is bounded and a slow engine slows
 * the reader down. One thread takes blocks and gives them back; {@link #stop} is for any thread.
 */
final class Intake implements AutoCloseable {
    static final int BLOCK_BYTES = 1 << 20;
    private static final int BLOCKS = 4;
    private static final Block END = new Block(0);

    private final InputStream in;
    private final BlockingQueue<Block> free = new ArrayBlockingQueue<>(BLOCKS);
    /** Has room for all blocks and the end, so that handing on needs no memory: it may be what is missing. */
    private final BlockingQueue<Block> full = new ArrayBlockingQueue<>(BLOCKS + 1);

    private volatile boolean stopped;
    private volatile Throwable failure;

    /** Bytes of stdin, and a buffer over them whose indices the taker may move. */
    static final class Block {
        final byte[] bytes;
        final ByteBuf buffer;
        int length;

        private Block(int bytes) {
            this.bytes = new byte[bytes];
            this.buffer = Unpooled.wrappedBuffer(this.bytes);
        }
    }

    Intake(InputStream in) {
        this.in = in;
        for (int i = 0; i < BLOCKS; i++) {
            free.add(new Block(BLOCK_BYTES));
        }
    }

    Intake start() {
        Thread thread = new Thread(this::readAll, "daybook-stdin");
        thread.setDaemon(true);
        thread.start();
        return this;
    }

    /**
     * Waits for the next block; null: there is no more, or {@link #stop} was called.
     *
     * @throws IOException the input ended for any reason that is neither its end nor a stop
     */
    Block take() throws IOException {
        Block block;
        try {
            block = stopped ? END : full.take();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
        if (stopped) {
            return null;
        }
        if (block == END) {
            Throwable failed = failure;
            if (failed != null) {
                throw new IOException(Failures.describe(failed), failed);
            }
            return null;
        }
        return block;
    }

    /** Whether the input ended for another reason than its end. */
    boolean stopped() {
        return stopped;
    }

    /** Gives a block back to be filled again. */
    void giveBack(Block block) {
        free.add(block);
    }

    /** Ends the input here. */
    void stop() {
        stopped = true;
        // Where there is no room there is something to take, and who takes it sees the line above.
        full.offer(END);
    }

    @Override
    public void close() {
        stop();
    }

    private void readAll() {
        try {
            while (!stopped) {
                Block block = free.take();
                block.length = in.read(block.bytes, 0, BLOCK_BYTES);
                if (block.length < 0) {
                    break;
                }
                full.add(block);
            }
        } catch (Throwable e) {
            // Also an Error: whatever ends the input before its end must not pass for its end.
            failure = e;
        } finally {
            full.offer(END);
        }
    }
}
