package io.daybook.engine;

import io.daybook.engine.lifecycle.Environment;
import io.daybook.engine.lifecycle.RocksIndexStore;
import io.daybook.engine.lifecycle.StoreDirectory;
import io.daybook.engine.read.Tail;
import io.daybook.index.IndexException;
import io.daybook.index.IndexOptions;
import io.daybook.index.RocksLocationIndex;
import io.daybook.journal.JournalClock;
import io.daybook.storage.NioStorage;
import io.daybook.storage.Storage;
import io.netty.buffer.ByteBufAllocator;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;

/** Opens engines on the real disk. */
final class EngineOpening {
    /** Most entries of a tail: its batch stays under 16 MiB whatever the ids. */
    private static final int TAIL_ENTRIES_MAX = 256 << 10;

    private static final int TAIL_ENTRIES_MIN = 4 << 10;

    private static final long TAIL_JOURNAL_BYTES = 512L << 20;
    private static final int TAILS_MAX = 4;

    /** Bytes of index rows kept on the heap, 0: none; for measurements. */
    private static final String ROW_CACHE_PROPERTY = "io.daybook.index.rowCacheBytes";

    private static final AtomicBoolean PREPARED = new AtomicBoolean();

    private EngineOpening() {}

    static LedgerEngine open(EngineConfig config) {
        return open(config, (what, done, total) -> {});
    }

    static LedgerEngine open(EngineConfig config, StoreTools.Progress progress) {
        try {
            return DaybookEngine.open(config, environment(config), progress);
        } catch (IOException e) {
            throw translate(config.directory(), e);
        }
    }

    static LedgerException translate(Path directory, IOException e) {
        if (e instanceof io.daybook.journal.JournalException damage) {
            return switch (damage.kind()) {
                case DAMAGED -> new CorruptStoreException(damage.getMessage(), damage);
                case UNSUPPORTED -> new UnsupportedFormatException(damage.getMessage(), damage);
                case NOT_A_STORE -> new NotAStoreException(damage.getMessage(), damage);
            };
        }
        if (e instanceof io.daybook.storage.NoSpaceException) {
            return new DiskFullException(directory + " cannot be opened: " + e.getMessage(), e);
        }
        if (e instanceof AccessDeniedException
                || e instanceof NotDirectoryException
                || e instanceof NoSuchFileException
                || e instanceof FileAlreadyExistsException) {
            return new NotAStoreException(directory + " cannot be opened as a store: " + e, e);
        }
        return new EngineFailedException(directory + " cannot be opened: " + e.getMessage(), e);
    }

    static Environment environment(EngineConfig config) throws IOException {
        prepareBeside();
        if (!config.readOnly()) {
            // Before anything is made there: a directory of something else stays as it is.
            StoreDirectory.checkForeign(
                    NioStorage.at(config.directory(), false), NioStorage.at(config.journalDirectory(), false));
        }
        Storage root = NioStorage.at(config.directory(), !config.readOnly());
        Storage journal = NioStorage.at(config.journalDirectory(), !config.readOnly());
        long indexBytes = Math.max(8L << 20, config.memoryBudget() / 4);
        // Twice of it is kept free for it: not more than a sixteenth of a small file system.
        long writeBuffers = Math.max(
                2L << 20, Math.min(indexBytes / 3, (config.readOnly() ? Long.MAX_VALUE : root.totalBytes()) / 32));
        IndexOptions options = new IndexOptions(
                indexBytes,
                writeBuffers,
                false,
                config.readOnly(),
                512,
                Duration.ofNanos(Math.max(1, config.stageDeadline().toNanos() * 8 / 10)),
                Math.max(0, Long.getLong(ROW_CACHE_PROPERTY, config.memoryBudget() / 8)));
        return new Environment(
                root,
                journal,
                new RocksIndexStore(root, config.directory(), options, config.name()),
                JournalClock.SYSTEM,
                new SecureRandom(),
                true,
                tailEntries(config.memoryBudget()),
                TAIL_JOURNAL_BYTES,
                TAILS_MAX);
    }

    /** In the first open of a JVM RocksDB is unpacked and Netty set up, which takes as long as looking at the journal. */
    private static void prepareBeside() {
        if (PREPARED.compareAndSet(false, true)) {
            Thread thread = new Thread(EngineOpening::prepare, "daybook-prepare");
            thread.setDaemon(true);
            thread.start();
        }
    }

    private static void prepare() {
        try {
            RocksLocationIndex.loadLibrary();
        } catch (IndexException e) {
            // Whoever opens the index tries again, and is told.
        }
        ByteBufAllocator.DEFAULT.isDirectBufferPooled();
    }

    /** A quarter of the budget is for all tails together. */
    private static int tailEntries(long memoryBudget) {
        long share = memoryBudget / 4 / (TAILS_MAX + 1) / Tail.BYTES_PER_ENTRY;
        return (int) Math.max(TAIL_ENTRIES_MIN, Math.min(TAIL_ENTRIES_MAX, share));
    }
}
