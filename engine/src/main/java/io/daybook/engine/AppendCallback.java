package io.daybook.engine;

/**
 * Called once for each append that did not throw. For one that was accepted on the engine's completion thread, in the order of
 * acceptance (where that thread hangs while the engine closes, on another one); for one that is refused before that (fenced,
 * busy, full, read-only, failed) on the thread that appends, before the call returns.
 *
 * <p>By then this entry and all that was accepted before it are to be read; what was accepted behind it may not be yet, though it
 * was made durable together with it. (With {@link Durability#DEFERRED} what was written together with it is.)
 *
 * <p>Must not block: nothing else completes meanwhile. It may append (never waiting for room: at the bound that append fails
 * at once with {@link EngineBusyException}) and may call {@link LedgerEngine#shutdown}, which then does not wait. What it
 * throws is logged and dropped; of a refused append it reaches the caller.
 */
@FunctionalInterface
public interface AppendCallback {

    /**
     * An append ended.
     *
     * @param ledgerId as given to the append
     * @param entryId as given to the append
     * @param failure null: durable (as far as the engine's durability goes); else why not: whether an entry that was accepted
     *     is there after the next open is unknown, one that was refused is not
     * @param context as given to the append
     */
    void appended(long ledgerId, long entryId, Throwable failure, Object context);
}
