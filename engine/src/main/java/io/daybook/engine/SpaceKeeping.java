package io.daybook.engine;

import io.daybook.engine.lifecycle.EngineState;
import io.daybook.index.IndexException;
import io.daybook.journal.Journal;
import io.daybook.storage.SpaceReserve;
import io.daybook.storage.Storage;
import java.io.IOException;

/**
 * What an engine does about a full disk: it looks at the room the journal has, keeps some back for the index, gives that away
 * when only the index stands between a delete and the space it frees, and says in the health what waits for room.
 *
 * <p>Looks and refills on the housekeeping thread; the rest is <b>thread-safe</b>.
 */
final class SpaceKeeping {
    private static final System.Logger LOG = System.getLogger(SpaceKeeping.class.getName());
    private static final String INDEX = "index space";
    /** Refusals in a row, some 100 ms apart, after which nobody waits for room any more: RocksDB looks every 5 s. */
    private static final int REFUSALS_MAX = 100;

    /** With room for more of them than this the index finds it without one. */
    private static final int LOW_RESERVES = 32;

    private static final long SHORT_BYTES = 1 << 20;

    private final EngineState state;
    private final Storage root;
    private final Storage journalDirectory;
    private final SpaceReserve reserve;
    private volatile Journal journal;
    /** How often in a row the index has found no room. Written by the flush thread. */
    private volatile int refusals;

    SpaceKeeping(EngineState state, Storage root, Storage journalDirectory, long indexReserveBytes) {
        this.state = state;
        this.root = root;
        this.journalDirectory = journalDirectory;
        this.reserve = new SpaceReserve(root, indexReserveBytes);
    }

    /** The journal whose room is looked at, once it takes appends. */
    void watch(Journal started) {
        journal = started;
    }

    /** Looks at the room there is; now and then. */
    void check() {
        try {
            journal.checkSpace(missing());
        } catch (IOException e) {
            LOG.log(System.Logger.Level.WARNING, "free space is not known", e);
        }
    }

    /** Bytes that the reserve wants and does not have, after a try to make it whole where room is getting short. */
    private long missing() throws IOException {
        if (reserve.isWhole()) {
            return 0;
        }
        long free = root.freeBytes();
        if (free >= LOW_RESERVES * reserve.bytes()) {
            return 0;
        }
        return free >= 2 * reserve.bytes() && reserve.fill() ? 0 : reserve.bytes();
    }

    /**
     * Gives away what is kept back: for the index first, and at the next call for the journal.
     *
     * @return whether there was anything
     */
    boolean spend() {
        try {
            if (reserve.spend()) {
                return true;
            }
            if (journalDirectory.freeBytes() >= Math.max(reserve.bytes(), SHORT_BYTES)) {
                // Where there is room already, more of it is no help: the index is elsewhere.
                return false;
            }
            return journal == null ? new SpaceReserve(journalDirectory, 1).spend() : journal.spendReserve();
        } catch (IOException e) {
            LOG.log(System.Logger.Level.WARNING, "the reserve cannot be deleted", e);
            return false;
        }
    }

    /** The index found no room; false: it met something else. */
    boolean indexWaits(IndexException e, boolean removals) {
        if (e.kind() != IndexException.Kind.NO_SPACE) {
            return false;
        }
        refusals++;
        state.reason(INDEX, "index is full, flushes wait for room: " + e.getMessage());
        if (removals && spend()) {
            LOG.log(System.Logger.Level.INFO, "the reserve is given to the index, for deletes that free space");
        }
        return true;
    }

    /** The index took what it was given. */
    void indexWrote() {
        if (refusals != 0) {
            refusals = 0;
            state.reason(INDEX, null);
        }
    }

    /** Whether the index wants for room. */
    boolean isIndexFull() {
        return refusals > 0;
    }

    /** Whether the index has wanted for room for so long that a caller should hear of it. */
    boolean isIndexFullForLong() {
        return refusals >= REFUSALS_MAX;
    }
}
