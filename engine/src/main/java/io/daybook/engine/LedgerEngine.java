package io.daybook.engine;

import io.netty.buffer.ByteBuf;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.PrimitiveIterator;
import java.util.concurrent.CompletableFuture;
import java.util.stream.LongStream;

/**
 * A store of ledgers. A ledger is a sequence of entries, each with an id from 0 to {@link Long#MAX_VALUE} - 1; ledger ids go
 * from 0 to {@link Long#MAX_VALUE}.
 *
 * <p><b>Order and visibility.</b> Changes take effect in the order in which they were accepted. With {@link Durability#SYNC} a
 * change is visible once it is durable, before its future completes; with {@link Durability#DEFERRED} once the call returned.
 *
 * <p><b>Errors.</b> Misuse (null, an id or size out of range, a released buffer, a closed engine) is thrown at once. All else
 * comes through the future or callback, exactly once; reads throw. A change whose future failed may or may not be there
 * after a restart; once it was read, it stays. A read that the disk or the index fails throws {@link EngineFailedException}, and
 * other reads and changes go on.
 *
 * <p><b>Threads.</b> Futures and callbacks complete on the completion thread, in order: do not block in them. It is one of two,
 * one at a time, and the next one sees all that the one before did. <b>Thread-safe.</b>
 *
 * <p><b>Buffers.</b> A buffer given to a change is copied before the call returns: the caller keeps it, its indices and its
 * reference count. A buffer that a read returns belongs to the caller, who releases it, also after the engine closed.
 */
public interface LedgerEngine extends AutoCloseable {

    /**
     * Opens the store in a directory, or makes one there if the directory is missing or empty, with default settings.
     *
     * @param directory of the store
     * @return the engine; the caller closes it
     * @throws DirectoryLockedException if the store is open elsewhere
     * @throws NotAStoreException if the directory is not empty and holds no store
     * @throws CorruptStoreException if durable data is damaged: names the place, changes nothing
     * @throws UnsupportedFormatException if the store is of a newer format
     */
    static LedgerEngine open(Path directory) {
        return open(EngineConfig.builder(directory).build());
    }

    /**
     * Opens or makes the store that a configuration describes.
     *
     * @param config settings, printed to the log with their units
     * @return the engine; the caller closes it
     * @throws LedgerException as {@link #open(Path)}
     */
    static LedgerEngine open(EngineConfig config) {
        return EngineOpening.open(Objects.requireNonNull(config, "config"));
    }

    /**
     * Appends an entry, or replaces the one of this id. A ledger that does not exist is made.
     *
     * @param ledgerId 0 to {@link Long#MAX_VALUE}
     * @param entryId 0 to {@link Long#MAX_VALUE} - 1, in any order, gaps allowed
     * @param entry its readable bytes are the entry, at most {@link EngineConfig#entryBytesMax()}, may be none
     * @return completes when durable; fails with {@link LedgerFencedException}, {@link DiskFullException}, {@link
     *     EngineBusyException}, {@link EngineReadOnlyException} or {@link EngineFailedException}, and with {@link
     *     EngineClosedException} if the engine was closed and the outcome did not come in time: it is then unknown
     * @throws IllegalArgumentException if an id or the size is out of range, the id is below the trim bound, or the buffer
     *     was released
     * @throws EngineClosedException if the engine is closed
     */
    CompletableFuture<Void> append(long ledgerId, long entryId, ByteBuf entry);

    /**
     * Appends an entry under the next id: one above the highest that was ever accepted in this ledger, 0 in a new one;
     * after {@link #truncateAfter} one above its bound.
     *
     * @param ledgerId as above
     * @param entry as above
     * @return completes with the id; fails as {@link #append(long, long, ByteBuf)}
     * @throws IllegalArgumentException if an argument is out of range, the buffer was released, or the ledger has no id left
     *     behind {@link Long#MAX_VALUE} - 1
     * @throws EngineClosedException if the engine is closed
     */
    CompletableFuture<Long> append(long ledgerId, ByteBuf entry);

    /**
     * Appends without allocating. Otherwise as {@link #append(long, long, ByteBuf)}.
     *
     * @param ledgerId as above
     * @param entryId as above
     * @param entry as above
     * @param callback told once, on the completion thread; where the append is refused before it was accepted (fenced, busy,
     *     full, read-only, failed), on the calling thread before this returns
     * @param context handed to the callback, may be null
     */
    void append(long ledgerId, long entryId, ByteBuf entry, AppendCallback callback, Object context);

    /**
     * Appends also to a fenced ledger: for the recovery of a ledger by its next owner.
     *
     * @param ledgerId as above
     * @param entryId as above
     * @param entry as above
     * @return completes when durable; fails as {@link #append(long, long, ByteBuf)}, but not for a fence
     */
    CompletableFuture<Void> appendRecovery(long ledgerId, long entryId, ByteBuf entry);

    /**
     * Applies all changes of a batch, or none, with one sync; they become visible together, in call order.
     *
     * @param batch not empty; may be closed or reused when this returns
     * @return completes when durable; fails as the first change that is refused would, and then nothing was done
     * @throws IllegalArgumentException if it is empty, a size in it is over the engine's limit, an entry id is below its ledger's
     *     trim bound, or its encoded size is over the limit, with both numbers
     * @throws EngineClosedException if the engine is closed
     */
    CompletableFuture<Void> write(WriteBatch batch);

    /**
     * Reads an entry.
     *
     * @param ledgerId the ledger
     * @param entryId the entry
     * @return its bytes; the caller releases the buffer and must not write to it
     * @throws NoSuchLedgerException if the ledger is unknown
     * @throws NoSuchEntryException if it has no such entry
     * @throws CorruptEntryException if the entry is damaged on disk
     * @throws EngineFailedException if the disk or the index fails
     */
    ByteBuf read(long ledgerId, long entryId);

    /**
     * Reads the entry of the highest id.
     *
     * @param ledgerId the ledger
     * @return as {@link #read(long, long)}
     * @throws NoSuchLedgerException if the ledger is unknown
     * @throws NoSuchEntryException if it has no entries
     * @throws CorruptEntryException if that entry is damaged on disk
     * @throws EngineFailedException if the disk or the index fails
     */
    ByteBuf readLast(long ledgerId);

    /**
     * Goes over a range of entries in order. What fails later is thrown by {@link EntryCursor#next}.
     *
     * @param ledgerId the ledger
     * @param firstEntryId lowest id to meet, at least 0
     * @param lastEntryId highest id to meet; below {@code firstEntryId}: an empty cursor
     * @return the cursor; the caller closes it
     * @throws NoSuchLedgerException if the ledger is unknown
     */
    EntryCursor scan(long ledgerId, long firstEntryId, long lastEntryId);

    /**
     * Reads consecutive entries that are there (gaps are skipped), for servers. A damaged entry behind the first one ends the
     * list, and a call that begins at it throws.
     *
     * @param ledgerId the ledger
     * @param firstEntryId where to begin
     * @param maxEntries at most so many, at least 1
     * @param maxBytes stop before the sum of sizes exceeds this, but give at least one entry; at least 1
     * @return entries in order, none if there is none from there on; the caller releases each
     * @throws NoSuchLedgerException if the ledger is unknown
     * @throws CorruptEntryException if the first entry from there on is damaged on disk
     * @throws EngineFailedException if the disk or the index fails, at any of the entries
     */
    List<ByteBuf> read(long ledgerId, long firstEntryId, int maxEntries, long maxBytes);

    /**
     * Returns the lowest id present, empty if there is none.
     *
     * @param ledgerId the ledger
     * @throws NoSuchLedgerException if the ledger is unknown
     */
    OptionalLong firstEntryId(long ledgerId);

    /**
     * Returns the highest id present, empty if there is none.
     *
     * @param ledgerId the ledger
     * @throws NoSuchLedgerException if the ledger is unknown
     */
    OptionalLong lastEntryId(long ledgerId);

    /**
     * Returns the number of ids present, exact.
     *
     * @param ledgerId the ledger
     * @throws NoSuchLedgerException if the ledger is unknown
     */
    long entryCount(long ledgerId);

    /**
     * Returns whether the ledger exists.
     *
     * @param ledgerId the ledger
     */
    boolean exists(long ledgerId);

    /** Returns the ids of all ledgers, ascending, as of now. */
    LongStream ledgers();

    /**
     * Returns the ids present, ascending; ids that are appended meanwhile may or may not be met.
     *
     * @param ledgerId the ledger
     * @return ids; <b>confined to one thread at a time</b>. Its calls throw {@link NoSuchLedgerException} once the ledger was
     *     deleted, {@link EngineClosedException} once the engine is closed, and {@link EngineFailedException} if the index fails
     * @throws NoSuchLedgerException if the ledger is unknown
     */
    PrimitiveIterator.OfLong entries(long ledgerId);

    /**
     * Refuses ordinary appends to a ledger from now on, durably. A second fence changes nothing.
     *
     * @param ledgerId the ledger
     * @return completes when durable: no ordinary append completes normally after that; fails with {@link
     *     NoSuchLedgerException}, or as {@link #append(long, long, ByteBuf)}, where a fence is no reason
     */
    CompletableFuture<Void> fence(long ledgerId);

    /**
     * Returns whether the ledger is fenced.
     *
     * @param ledgerId the ledger
     * @throws NoSuchLedgerException if the ledger is unknown
     */
    boolean isFenced(long ledgerId);

    /**
     * Raises the last add confirmed; a value below the present one changes nothing.
     *
     * @param ledgerId the ledger
     * @param entryId the highest confirmed entry, at least 0
     * @return completes when durable; fails as {@link #fence}
     */
    CompletableFuture<Void> setLastAddConfirmed(long ledgerId, long entryId);

    /**
     * Returns the last add confirmed, -1: none.
     *
     * @param ledgerId the ledger
     * @throws NoSuchLedgerException if the ledger is unknown
     */
    long lastAddConfirmed(long ledgerId);

    /**
     * Waits for the last add confirmed to pass a value.
     *
     * @param ledgerId the ledger
     * @param after wait until it is higher than this, at least -1
     * @return completes with the new value; at a fence with the present value; fails with {@link NoSuchLedgerException} if the ledger is
     *     unknown or is deleted, and when the engine closes or fails. Cancel it to stop waiting
     */
    CompletableFuture<Long> awaitLastAddConfirmed(long ledgerId, long after);

    /**
     * Waits for an entry above an id.
     *
     * @param ledgerId the ledger
     * @param after wait until the highest id present is above this, at least -1
     * @return completes with that highest id; ends otherwise as {@link #awaitLastAddConfirmed}
     */
    CompletableFuture<Long> awaitEntry(long ledgerId, long after);

    /**
     * Sets the opaque metadata of a ledger; makes the ledger if it does not exist.
     *
     * @param ledgerId the ledger
     * @param value at most {@link EngineConfig#entryBytesMax()} bytes and at most 1 MiB, may be empty
     * @return completes when durable; fails as {@link #append(long, long, ByteBuf)}, where a fence is no reason
     * @throws IllegalArgumentException if the id or the size is out of range, or the buffer was released
     */
    CompletableFuture<Void> putMetadata(long ledgerId, ByteBuf value);

    /**
     * Returns the metadata, empty if none was set. The caller releases the buffer.
     *
     * @param ledgerId the ledger
     * @throws NoSuchLedgerException if the ledger is unknown
     */
    Optional<ByteBuf> metadata(long ledgerId);

    /**
     * Removes all entries above an id, and lowers the last add confirmed to it; the ids may be appended again. Allowed on a
     * fenced ledger.
     *
     * @param ledgerId the ledger
     * @param entryId the last id to keep, -1: none
     * @return completes when durable; fails as {@link #fence}
     */
    CompletableFuture<Void> truncateAfter(long ledgerId, long entryId);

    /**
     * Removes all entries below an id for good; a bound below the present one changes nothing.
     *
     * @param ledgerId the ledger
     * @param entryId the first id to keep
     * @return completes when durable; fails as {@link #fence}
     */
    CompletableFuture<Void> trimBefore(long ledgerId, long entryId);

    /**
     * Deletes a ledger; a later append to its id begins a new one.
     *
     * @param ledgerId the ledger
     * @return completes when durable; fails as {@link #fence}
     */
    CompletableFuture<Void> delete(long ledgerId);

    /**
     * Syncs what was accepted before this call.
     *
     * @return completes when it is on the device; fails with {@link EngineFailedException} or {@link EngineReadOnlyException}, and
     *     with {@link EngineClosedException} if the engine was closed and that did not come in time
     * @throws EngineClosedException if the engine is closed
     */
    CompletableFuture<Void> sync();

    /**
     * Returns when the index holds everything that was acknowledged before this call. Waits some ten seconds for room where it has none.
     *
     * @throws EngineFailedException if the engine failed
     * @throws EngineReadOnlyException if the engine was opened read-only
     * @throws DiskFullException if the index has no room, or the journal none for a seal; nothing is lost, and it goes on by
     *     itself when there is some
     */
    void flush();

    /** Returns the present state. Works on a closed engine too, where it is the last one. */
    EngineHealth health();

    /**
     * Closes in order, waiting for a close that runs already, and says what was done. It takes at most {@link
     * EngineConfig#stageDeadline()} a stage. All futures in flight complete; where a device or a callback hangs, they fail
     * with {@link EngineClosedException}. What is still in use past its deadline is left alone: the directory then stays
     * locked until the last user has ended, who lets it go. From a callback it starts the stages and returns at once. A
     * second call returns the first report.
     *
     * @return what was done
     */
    ShutdownReport shutdown();

    /** As {@link #shutdown}. */
    @Override
    void close();
}
