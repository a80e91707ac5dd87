package io.daybook.engine.reclaim;

import io.daybook.engine.flush.IndexFlusher;
import io.daybook.engine.lifecycle.EngineState;
import io.daybook.engine.read.View;
import io.daybook.journal.Journal;
import io.daybook.journal.JournalClock;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * When segments are looked at: after a flush, and now and then, as they are sealed without one. Deletes and trims give nothing
 * back before the index has them, so a tail that holds some is flushed after a while, or at once when the disk is full.
 *
 * <p><b>Confined to the flush thread.</b>
 */
public final class ReclaimSchedule {
    private static final long SECOND_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long REMOVALS_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final Reclaimer reclaimer;
    private final Journal journal;
    private final IndexFlusher flusher;
    private final View view;
    private final ReentrantLock applying;
    private final EngineState state;
    private final JournalClock clock;
    private boolean more;
    private long lastReclaimNanos;
    private long lastRemovalsNanos;

    /** A schedule for a reclaimer. */
    public ReclaimSchedule(
            Reclaimer reclaimer,
            Journal journal,
            IndexFlusher flusher,
            View view,
            ReentrantLock applying,
            EngineState state,
            JournalClock clock) {
        this.reclaimer = reclaimer;
        this.journal = journal;
        this.flusher = flusher;
        this.view = view;
        this.applying = applying;
        this.state = state;
        this.clock = clock;
    }

    /**
     * Gives dead segments back if it is time to.
     *
     * @param flushed whether the index has just taken a tail
     * @return whether there is more to look at
     * @throws IOException the journal must not go on
     */
    public boolean step(boolean flushed) throws IOException {
        long now = clock.nanoTime();
        boolean due = flushed || more || now - lastReclaimNanos >= SECOND_NANOS;
        more = false;
        if (due && journal.failure() == null) {
            lastReclaimNanos = now;
            flushRemovals(now);
            more = reclaimer.reclaimOnce();
        }
        return more;
    }

    private void flushRemovals(long now) {
        applying.lock();
        try {
            if (state.failure() != null) {
                // It may have come while this waited for the lock, of a batch that was applied by half.
                return;
            }
            if (!view.active().hasRemovals()) {
                lastRemovalsNanos = now;
            } else if ((journal.isDiskFull() && flusher.isIdle()) || now - lastRemovalsNanos >= REMOVALS_NANOS) {
                // One tail at a time where the index waits for room: they would only become many.
                lastRemovalsNanos = now;
                flusher.swap();
            }
        } finally {
            applying.unlock();
        }
    }

    /** Whether deletes or trims wait for the index: with them there, space may come back. */
    public boolean hasRemovals() {
        applying.lock();
        try {
            return view.hasRemovals();
        } finally {
            applying.unlock();
        }
    }
}
