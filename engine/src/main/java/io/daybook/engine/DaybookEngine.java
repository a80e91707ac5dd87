package io.daybook.engine;

import io.daybook.engine.append.AppendPath;
import io.daybook.engine.append.Change;
import io.daybook.engine.append.Commits;
import io.daybook.engine.flush.IndexFlusher;
import io.daybook.engine.ledger.Ledger;
import io.daybook.engine.ledger.Ledgers;
import io.daybook.engine.ledger.Waiters;
import io.daybook.engine.lifecycle.EngineState;
import io.daybook.engine.lifecycle.Environment;
import io.daybook.engine.lifecycle.Progress;
import io.daybook.engine.lifecycle.Shutdown;
import io.daybook.engine.read.EntryIds;
import io.daybook.engine.read.ReadPath;
import io.daybook.engine.read.StepCursor;
import io.daybook.engine.scrub.Scrubber;
import io.daybook.journal.Journal;
import io.daybook.journal.RecordType;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.PrimitiveIterator;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.LongStream;

/** The façade: checks arguments and state, and hands on. The parts are put together by {@link EngineAssembly}. */
final class DaybookEngine implements LedgerEngine {
    /** How long a flush waits for room that somebody may make. */
    private static final long FULL_WAIT_NANOS = 10_000_000_000L;

    private final EngineConfig config;
    private final EngineState state;
    private final Ledgers ledgers;
    private final Journal journal;
    private final AppendPath appends;
    private final ReadPath reads;
    private final Commits commits;
    private final IndexFlusher flusher;
    private final ReentrantLock applying;
    private final Progress progress;
    private final Shutdown shutdown;
    private final EngineThreads threads;
    private final Scrubber scrubber;
    private final SpaceKeeping space;
    private final long replayedRecords;

    DaybookEngine(EngineAssembly parts) {
        this.config = parts.config;
        this.state = parts.state;
        this.ledgers = parts.ledgers;
        this.journal = parts.journal;
        this.appends = parts.appends;
        this.reads = parts.reads;
        this.commits = parts.commits;
        this.flusher = parts.flusher;
        this.applying = parts.applying;
        this.progress = parts.progress;
        this.shutdown = parts.shutdown;
        this.threads = parts.threads;
        this.scrubber = parts.scrubber;
        this.space = parts.space;
        this.replayedRecords = parts.recoveredRecords;
    }

    /** Opens an engine on whatever the environment provides. */
    static DaybookEngine open(EngineConfig config, Environment environment) throws IOException {
        return open(config, environment, (what, done, total) -> {});
    }

    /** As above, telling how far the replay is. */
    static DaybookEngine open(EngineConfig config, Environment environment, StoreTools.Progress progress)
            throws IOException {
        return config.readOnly()
                ? ReadOnlyOpening.open(config, environment, progress)
                : new EngineAssembly(config, environment, progress).open();
    }

    /** Returns the records that the open replayed. */
    long replayedRecords() {
        return replayedRecords;
    }

    /** Reads a few frames of sealed segments again, on the calling thread; for engines without threads. Bytes read. */
    long scrubOnce(long bytesMax) {
        return scrubber.scrubOnce(bytesMax);
    }

    /** Does all work there is, on the calling thread; for engines without threads. */
    boolean pump() {
        return threads.pump();
    }

    /** Why a change cannot be made here, null: it can. */
    private EngineReadOnlyException unwritable() {
        state.checkOpen();
        return config.readOnly()
                ? new EngineReadOnlyException("engine " + config.name() + " was opened read-only")
                : null;
    }

    private static <T> CompletableFuture<T> failed(LedgerException failure) {
        return CompletableFuture.failedFuture(failure);
    }

    private void checkEntry(ByteBuf entry) {
        int bytes = Ids.buffer("entry", entry).readableBytes();
        if (bytes > config.entryBytesMax()) {
            throw new IllegalArgumentException(
                    "entry of " + bytes + " bytes is over the limit of " + config.entryBytesMax());
        }
    }

    @Override
    public CompletableFuture<Void> append(long ledgerId, long entryId, ByteBuf entry) {
        Ids.ledger(ledgerId);
        Ids.entry(entryId);
        checkEntry(entry);
        EngineReadOnlyException refusal = unwritable();
        return refusal != null ? failed(refusal) : appends.append(ledgerId, entryId, entry, false);
    }

    @Override
    public CompletableFuture<Long> append(long ledgerId, ByteBuf entry) {
        Ids.ledger(ledgerId);
        checkEntry(entry);
        EngineReadOnlyException refusal = unwritable();
        return refusal != null ? failed(refusal) : appends.append(ledgerId, entry);
    }

    @Override
    public void append(long ledgerId, long entryId, ByteBuf entry, AppendCallback callback, Object context) {
        Ids.ledger(ledgerId);
        Ids.entry(entryId);
        checkEntry(entry);
        Objects.requireNonNull(callback, "callback");
        EngineReadOnlyException refusal = unwritable();
        if (refusal != null) {
            callback.appended(ledgerId, entryId, refusal, context);
            return;
        }
        appends.append(ledgerId, entryId, entry, false, callback, context);
    }

    @Override
    public CompletableFuture<Void> appendRecovery(long ledgerId, long entryId, ByteBuf entry) {
        Ids.ledger(ledgerId);
        Ids.entry(entryId);
        checkEntry(entry);
        EngineReadOnlyException refusal = unwritable();
        return refusal != null ? failed(refusal) : appends.append(ledgerId, entryId, entry, true);
    }

    @Override
    public CompletableFuture<Void> write(WriteBatch batch) {
        Objects.requireNonNull(batch, "batch");
        EngineReadOnlyException refusal = unwritable();
        if (batch.size() == 0) {
            throw new IllegalArgumentException("batch is empty");
        }
        List<Change> changes = new ArrayList<>(batch.size());
        for (WriteBatch.Change change : batch.changes()) {
            if (change.payload().length > config.entryBytesMax()) {
                throw new IllegalArgumentException(
                        (change.type() == WriteBatch.ChangeType.METADATA ? "metadata of " : "entry of ")
                                + change.payload().length + " bytes is over the limit of " + config.entryBytesMax());
            }
            changes.add(new Change(type(change.type()), change.ledgerId(), change.entryId(), change.payload()));
        }
        return refusal != null ? failed(refusal) : appends.changes(changes);
    }

    private static RecordType type(WriteBatch.ChangeType type) {
        return switch (type) {
            case ENTRY -> RecordType.ENTRY;
            case METADATA -> RecordType.METADATA;
            case FENCE -> RecordType.FENCE;
            case LAST_ADD_CONFIRMED -> RecordType.LAST_ADD_CONFIRMED;
            case TRUNCATE -> RecordType.TRUNCATE;
            case TRIM -> RecordType.TRIM;
            case DELETE -> RecordType.DELETE;
        };
    }

    @Override
    public ByteBuf read(long ledgerId, long entryId) {
        Ids.ledger(ledgerId);
        Ids.entry(entryId);
        return reads.read(ledgerId, entryId);
    }

    @Override
    public ByteBuf readLast(long ledgerId) {
        Ids.ledger(ledgerId);
        return reads.readLast(ledgerId);
    }

    @Override
    public EntryCursor scan(long ledgerId, long firstEntryId, long lastEntryId) {
        Ids.ledger(ledgerId);
        Ids.entry(firstEntryId);
        Ids.entryOrNone(lastEntryId);
        return new StepCursor(reads, reads.ledger(ledgerId), firstEntryId, lastEntryId);
    }

    @Override
    public List<ByteBuf> read(long ledgerId, long firstEntryId, int maxEntries, long maxBytes) {
        Ids.ledger(ledgerId);
        Ids.entry(firstEntryId);
        if (maxEntries < 1 || maxBytes < 1) {
            throw new IllegalArgumentException(
                    "maxEntries " + maxEntries + " and maxBytes " + maxBytes + " must be at least 1");
        }
        while (true) {
            try {
                return readSome(ledgerId, firstEntryId, maxEntries, maxBytes);
            } catch (NoSuchLedgerException e) {
                if (!exists(ledgerId)) {
                    throw e;
                }
                // Another ledger took its place.
            }
        }
    }

    private List<ByteBuf> readSome(long ledgerId, long firstEntryId, int maxEntries, long maxBytes) {
        List<ByteBuf> entries = new ArrayList<>();
        boolean good = false;
        try (EntryCursor cursor = scan(ledgerId, firstEntryId, Ids.ENTRY_MAX)) {
            long bytes = 0;
            while (entries.size() < maxEntries && cursor.next()) {
                bytes += cursor.entry().readableBytes();
                if (bytes > maxBytes && !entries.isEmpty()) {
                    break;
                }
                entries.add(cursor.entry().retain());
            }
            good = true;
        } catch (CorruptEntryException e) {
            if (entries.isEmpty()) {
                throw e;
            }
            // What came before is whole; the next call begins at the damaged one and says so.
            good = true;
        } finally {
            if (!good) {
                entries.forEach(ByteBuf::release);
            }
        }
        return entries;
    }

    @Override
    public OptionalLong firstEntryId(long ledgerId) {
        Ids.ledger(ledgerId);
        return optional(reads.ask(ledgerId, Ledger::first));
    }

    @Override
    public OptionalLong lastEntryId(long ledgerId) {
        Ids.ledger(ledgerId);
        return optional(reads.ask(ledgerId, Ledger::last));
    }

    private static OptionalLong optional(long entryId) {
        return entryId == Ledger.NONE ? OptionalLong.empty() : OptionalLong.of(entryId);
    }

    @Override
    public long entryCount(long ledgerId) {
        Ids.ledger(ledgerId);
        return reads.ask(ledgerId, Ledger::count);
    }

    @Override
    public boolean exists(long ledgerId) {
        Ids.ledger(ledgerId);
        try {
            reads.ledger(ledgerId);
            return true;
        } catch (NoSuchLedgerException e) {
            return false;
        }
    }

    @Override
    public LongStream ledgers() {
        state.checkOpen();
        reads.awaitAll();
        // Batches are applied under this lock, each as a whole.
        applying.lock();
        try {
            return LongStream.of(ledgers.committedIds());
        } finally {
            applying.unlock();
        }
    }

    @Override
    public PrimitiveIterator.OfLong entries(long ledgerId) {
        Ids.ledger(ledgerId);
        return new EntryIds(reads, reads.ledger(ledgerId));
    }

    @Override
    public CompletableFuture<Void> fence(long ledgerId) {
        Ids.ledger(ledgerId);
        return change(RecordType.FENCE, ledgerId, 0, null);
    }

    @Override
    public boolean isFenced(long ledgerId) {
        Ids.ledger(ledgerId);
        return reads.ask(ledgerId, Ledger::fenced);
    }

    @Override
    public CompletableFuture<Void> setLastAddConfirmed(long ledgerId, long entryId) {
        Ids.ledger(ledgerId);
        Ids.entry(entryId);
        return change(RecordType.LAST_ADD_CONFIRMED, ledgerId, entryId, null);
    }

    @Override
    public long lastAddConfirmed(long ledgerId) {
        Ids.ledger(ledgerId);
        return reads.ask(ledgerId, Ledger::lastAddConfirmed);
    }

    @Override
    public CompletableFuture<Long> awaitLastAddConfirmed(long ledgerId, long after) {
        return await(ledgerId, Waiters.For.LAST_ADD_CONFIRMED, after);
    }

    @Override
    public CompletableFuture<Long> awaitEntry(long ledgerId, long after) {
        return await(ledgerId, Waiters.For.ENTRY, after);
    }

    private CompletableFuture<Long> await(long ledgerId, Waiters.For what, long after) {
        Ids.ledger(ledgerId);
        Ids.entryOrNone(after);
        Ledger ledger;
        try {
            ledger = reads.ledger(ledgerId);
        } catch (EngineClosedException e) {
            throw e;
        } catch (LedgerException e) {
            return failed(e);
        }
        CompletableFuture<Long> future = commits.await(ledger, what, after);
        if (!state.isOpen()) {
            // It may have begun to wait after the close had ended those who waited. Others, from before, are its to
            // tell.
            future.completeExceptionally(state.closed());
        }
        return future;
    }

    @Override
    public CompletableFuture<Void> putMetadata(long ledgerId, ByteBuf value) {
        Ids.ledger(ledgerId);
        int bytes = Ids.buffer("value", value).readableBytes();
        Ids.metadataBytes(bytes);
        checkEntry(value);
        byte[] copy = new byte[bytes];
        value.getBytes(value.readerIndex(), copy);
        return change(RecordType.METADATA, ledgerId, 0, copy);
    }

    @Override
    public Optional<ByteBuf> metadata(long ledgerId) {
        Ids.ledger(ledgerId);
        // A question must not answer null, so the absent value is asked for as an optional.
        return reads.ask(ledgerId, ledger -> Optional.ofNullable(ledger.metadata()))
                .map(bytes -> Unpooled.wrappedBuffer(bytes.clone()));
    }

    @Override
    public CompletableFuture<Void> truncateAfter(long ledgerId, long entryId) {
        Ids.ledger(ledgerId);
        Ids.entryOrNone(entryId);
        return change(RecordType.TRUNCATE, ledgerId, entryId, null);
    }

    @Override
    public CompletableFuture<Void> trimBefore(long ledgerId, long entryId) {
        Ids.ledger(ledgerId);
        Ids.entry(entryId);
        return change(RecordType.TRIM, ledgerId, entryId, null);
    }

    @Override
    public CompletableFuture<Void> delete(long ledgerId) {
        Ids.ledger(ledgerId);
        return change(RecordType.DELETE, ledgerId, 0, null);
    }

    private CompletableFuture<Void> change(RecordType type, long ledgerId, long entryId, byte[] payload) {
        EngineReadOnlyException refusal = unwritable();
        return refusal != null ? failed(refusal) : appends.change(type, ledgerId, entryId, payload);
    }

    @Override
    public CompletableFuture<Void> sync() {
        EngineReadOnlyException refusal = unwritable();
        if (refusal != null) {
            return failed(refusal);
        }
        long lsn = journal.acceptedLsn();
        CompletableFuture<Void> future = commits.sync(lsn);
        Throwable failure = journal.failure();
        if (failure != null) {
            if (state.failure() == null) {
                // The journal failed a moment ago, and has not told yet.
                state.fail(failure);
            }
            commits.failWaiters(state.failed());
        } else if (journal.durableLsn() >= lsn && journal.completedLsn() >= lsn) {
            commits.served(journal.durableLsn());
        } else {
            journal.requestSync(lsn);
        }
        if (!state.isOpen()) {
            // As above: those who came before may still be served.
            future.completeExceptionally(state.closed());
        }
        return future;
    }

    @Override
    public void flush() {
        EngineReadOnlyException refusal = unwritable();
        if (refusal != null) {
            throw refusal;
        }
        long target = closeTail();
        threads.wakeFlush();
        long start = System.nanoTime();
        boolean done = progress.await(
                () -> flusher.isFlushedUpTo(target)
                        || state.failure() != null
                        || !state.isOpen()
                        || space.isIndexFullForLong()
                        // Where the tail wants for a seal that finds no room.
                        || (journal.isDiskFull() && System.nanoTime() - start > FULL_WAIT_NANOS),
                Long.MAX_VALUE);
        state.checkOpen();
        if (state.failure() == null && !flusher.isFlushedUpTo(target)) {
            throw new DiskFullException(
                    "the index, or the journal for a seal before it, has no room: what is not in the"
                            + " index stays in memory and in the journal");
        }
        if (!done || state.failure() != null) {
            throw state.failed();
        }
    }

    /** Returns up to where the index speaks once it holds what was applied, and so all that anybody was told of. */
    private long closeTail() {
        applying.lock();
        try {
            if (state.failure() == null) {
                // What failed may have been applied by half: that tail must not get into the index.
                flusher.swap();
            }
            return flusher.closedLsn();
        } finally {
            applying.unlock();
        }
    }

    @Override
    public EngineHealth health() {
        return state.health();
    }

    @Override
    public ShutdownReport shutdown() {
        state.beginClosing();
        return shutdown.run(!threads.isEngineThread());
    }

    @Override
    public void close() {
        shutdown();
    }
}
