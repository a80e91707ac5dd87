package io.daybook.engine;

/**
 * Called once for each append that was accepted, on the engine's completion thread, in the order of acceptance.
 *
 * <p>Must not block: nothing else completes meanwhile. It may append (never waiting for room: at the bound that append fails
 * at once with {@link EngineBusyException}) and may call {@link LedgerEngine#shutdown}, which then does not wait. What it
 * throws is logged and dropped.
 */
@FunctionalInterface
public interface AppendCallback {

    /**
     * An append ended.
     *
     * @param ledgerId as given to the append
     * @param entryId as given to the append
     * @param failure null: durable (as far as the engine's durability goes); else why not, and whether the entry is there
     *     after the next open is unknown
     * @param context as given to the append
     */
    void appended(long ledgerId, long entryId, Throwable failure, Object context);
}
