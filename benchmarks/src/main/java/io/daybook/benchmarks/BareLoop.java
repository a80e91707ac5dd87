package io.daybook.benchmarks;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;

/**
 * The baseline of the baseline: one thread copies framed entries into a buffer, writes and syncs it, in groups of the sizes
 * that a run of {@link RawSink} came to. No lock, no hand-over, nobody to complete. <b>Confined to one thread.</b>
 */
final class BareLoop implements AutoCloseable {
    private final int[] groups;
    private final int entryBytes;
    private final boolean copy;
    private final FileChannel file;
    private final long fileBytes;
    private final ByteBuf[] payloads;
    private final ByteBuf buffer;
    private int next;
    private long position;
    private long entry;

    /**
     * @param groups entries of each group, repeated from the beginning at the end
     * @param copy false: the same bytes are written again and again; only write and sync remain
     */
    BareLoop(Path path, long fileBytes, int[] groups, int entryBytes, boolean copy) throws IOException {
        this.groups = groups;
        this.entryBytes = entryBytes;
        this.copy = copy;
        this.fileBytes = fileBytes;
        this.file = Prewritten.create(path, fileBytes);
        this.payloads = Payloads.random(entryBytes, 1);
        int largest = 0;
        for (int group : groups) {
            largest = Math.max(largest, group);
        }
        int capacity = (int) RawSink.roundUp((long) largest * recordBytes());
        this.buffer = Unpooled.wrappedBuffer(ByteBuffer.allocateDirect(capacity));
    }

    /** Runs the same load on a raw sink for a while and returns the sizes of the groups of its second half. */
    static int[] recordGroups(Path directory, LoadShape shape, Duration time) throws IOException {
        RawSink sink = Sinks.openRaw(directory, shape);
        try {
            LoadRun.run(sink, shape, Duration.ZERO, time);
        } finally {
            sink.close();
        }
        int[] all = sink.recordedGroups();
        return Arrays.copyOfRange(all, all.length / 2, all.length);
    }

    private int recordBytes() {
        return RawSink.HEADER_BYTES + entryBytes;
    }

    /** Writes and syncs the next group; returns its entries. */
    int step() throws IOException {
        int count = groups[next];
        next = next + 1 == groups.length ? 0 : next + 1;
        int length = count * recordBytes();
        int padded = (int) RawSink.roundUp(length);
        if (copy) {
            buffer.clear();
            for (int i = 0; i < count; i++) {
                buffer.writeLongLE(0);
                buffer.writeLongLE(entry);
                buffer.writeLongLE(entryBytes);
                buffer.writeBytes(payloads[(int) entry & (payloads.length - 1)], 0, entryBytes);
                entry++;
            }
            buffer.setZero(length, padded - length);
        }
        if (position + padded > fileBytes) {
            position = 0;
        }
        position += RawSink.writeAndForce(file, buffer.internalNioBuffer(0, padded), position);
        return count;
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
