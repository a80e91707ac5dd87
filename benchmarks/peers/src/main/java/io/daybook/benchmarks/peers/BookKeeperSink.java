package io.daybook.benchmarks.peers;

import io.daybook.benchmarks.AppendSink;
import io.daybook.benchmarks.EntryReader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;
import org.apache.bookkeeper.bookie.Bookie;
import org.apache.bookkeeper.bookie.BookieException;
import org.apache.bookkeeper.bookie.BookieImpl;
import org.apache.bookkeeper.conf.ServerConfiguration;
import org.apache.bookkeeper.proto.BookieProtocol;
import org.apache.bookkeeper.proto.BookkeeperInternalCallbacks.WriteCallback;

/**
 * A bookie without its network: {@code addEntry} as the request processor calls it, acknowledged when its journal was synced.
 * What the network layer would hand over is made here: a pooled buffer with the header that a client sends and the payload.
 * The digest in it is none; a bookie does not look at it.
 *
 * <p>Where the bookie's write cache is full it rejects an add, and a client would try again: so does this.
 */
final class BookKeeperSink implements AppendSink {
    /** Ledger, entry, last add confirmed, length; then a digest of CRC32C. */
    static final int HEADER_BYTES = 8 + 8 + 8 + 8 + 4;

    private static final byte[] MASTER_KEY = "benchmark".getBytes(StandardCharsets.UTF_8);
    private static final long RETRY_NANOS = 1_000_000;

    private static final WriteCallback CALLBACK = (status, ledgerId, entryId, bookie, context) ->
            ((Completion) context).completed(status == 0 ? null : new IOException("add failed with status " + status));

    private final BookieImpl bookie;
    private final ByteBufAllocator allocator = PooledByteBufAllocator.DEFAULT;
    private boolean closed;

    private BookKeeperSink(BookieImpl bookie) {
        this.bookie = bookie;
    }

    static BookKeeperSink open(Path directory, boolean flushWhenQueueEmpty, boolean noReadAhead) throws IOException {
        ServerConfiguration settings = BookieSettings.asPulsarShips(directory);
        settings.setJournalFlushWhenQueueEmpty(flushWhenQueueEmpty);
        if (noReadAhead) {
            settings.setProperty("dbStorage_readAheadCacheBatchSize", 1);
        }
        return new BookKeeperSink(BookieSettings.start(settings));
    }

    @Override
    public void append(long ledgerId, long entryId, ByteBuf entry, Completion completion) {
        while (!tryAdd(message(ledgerId, entryId, entry), completion)) {
            LockSupport.parkNanos(RETRY_NANOS);
        }
    }

    private ByteBuf message(long ledgerId, long entryId, ByteBuf entry) {
        int length = entry.readableBytes();
        return allocator
                .directBuffer(HEADER_BYTES + length)
                .writeLong(ledgerId)
                .writeLong(entryId)
                .writeLong(entryId - 1)
                .writeLong((entryId + 1) * length)
                .writeInt(0)
                .writeBytes(entry, entry.readerIndex(), length);
    }

    /** The bookie releases the message in any case. */
    private boolean tryAdd(ByteBuf message, Completion completion) {
        try {
            bookie.addEntry(message, false, CALLBACK, completion, MASTER_KEY);
            return true;
        } catch (BookieException.OperationRejectedException e) {
            return false;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (BookieException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Override
    public long entriesHeld(int ledgers) {
        long sum = 0;
        for (long ledgerId = 0; ledgerId < ledgers; ledgerId++) {
            try {
                ByteBuf last = bookie.readEntry(ledgerId, BookieProtocol.LAST_ADD_CONFIRMED);
                sum += last.getLong(last.readerIndex() + 8) + 1;
                last.release();
            } catch (Bookie.NoLedgerException | Bookie.NoEntryException e) {
                // A ledger that the load did not come to.
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (BookieException e) {
                throw new IllegalStateException(e);
            }
        }
        return sum;
    }

    @Override
    public EntryReader reader() {
        return (ledgerId, entryId) -> {
            ByteBuf entry;
            try {
                entry = bookie.readEntry(ledgerId, entryId);
            } catch (BookieException e) {
                throw new IOException(e);
            }
            try {
                int at = entry.readerIndex() + HEADER_BYTES;
                EntryReader.check(ledgerId, entryId, entry.getLongLE(at));
                return entry.readableBytes() - HEADER_BYTES;
            } finally {
                entry.release();
            }
        };
    }

    @Override
    public void flush() throws IOException {
        bookie.getLedgerStorage().flush();
    }

    @Override
    public synchronized void close() throws IOException {
        if (!closed) {
            closed = true;
            bookie.shutdown();
        }
    }
}
