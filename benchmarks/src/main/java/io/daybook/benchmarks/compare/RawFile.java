package io.daybook.benchmarks.compare;

import io.daybook.benchmarks.EntryReader;
import io.daybook.benchmarks.Prewritten;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * What the device and the page cache can do for reads: one file of records of header and payload, without an index. An entry
 * is one pread; a scan reads as many bytes as the entries have, one after the other, a MiB at a time.
 */
final class RawFile implements AutoCloseable {
    private static final int HEADER_BYTES = 24;
    private static final int CHUNK_BYTES = 1 << 20;

    private final FileChannel file;
    private final Filling filling;

    private RawFile(FileChannel file, Filling filling) {
        this.file = file;
        this.filling = filling;
    }

    /** Makes it; its content is random. */
    static void fill(Path directory, Filling filling) throws IOException {
        long records = filling.entries() * (filling.entryBytes() + HEADER_BYTES);
        long bytes = (records + CHUNK_BYTES - 1) / CHUNK_BYTES * CHUNK_BYTES;
        Prewritten.create(directory.resolve("raw"), bytes).close();
    }

    static RawFile open(Path directory, Filling filling) throws IOException {
        return new RawFile(FileChannel.open(directory.resolve("raw"), StandardOpenOption.READ), filling);
    }

    EntryReader reader() {
        return new Reader();
    }

    @Override
    public void close() throws IOException {
        file.close();
    }

    private final class Reader implements EntryReader {
        private final ByteBuffer record = ByteBuffer.allocateDirect(HEADER_BYTES + filling.entryBytes());
        private final ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK_BYTES);

        /** As the others look at the beginning of each entry. */
        private long seen;

        @Override
        public int read(long ledgerId, long entryId) throws IOException {
            long number = entryId * filling.ledgers() + ledgerId;
            record.clear();
            if (file.read(record, number * record.capacity()) != record.capacity()) {
                throw new IOException("short read of entry " + number);
            }
            seen ^= record.getLong(HEADER_BYTES);
            return record.capacity() - HEADER_BYTES;
        }

        @Override
        public long scan(long ledgerId, long firstEntryId, long lastEntryId) throws IOException {
            long bytes = (lastEntryId - firstEntryId + 1) * filling.entryBytes();
            long at = ledgerId * bytes;
            long end = at + bytes;
            while (at < end) {
                int read = file.read(chunk.clear().limit((int) Math.min(CHUNK_BYTES, end - at)), at);
                if (read < 0) {
                    throw new IOException("short scan at " + at);
                }
                at += read;
            }
            return bytes;
        }
    }
}
