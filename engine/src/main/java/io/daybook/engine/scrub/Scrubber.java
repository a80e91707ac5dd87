package io.daybook.engine.scrub;

import io.daybook.engine.lifecycle.EngineState;
import io.daybook.journal.Journal;
import io.daybook.journal.JournalClock;
import io.daybook.journal.SegmentScrub;
import java.io.IOException;
import java.util.concurrent.TimeUnit;

/**
 * Paces the scrub: 1 MiB a second, which is 84 GiB a day, and while appends are under way one step in ten seconds, which is some
 * 8 GiB a day; a pass begins an hour after the one before at the earliest. Damage makes the engine yellow and is counted; reads of what is whole go on.
 *
 * <p><b>Confined to the flush thread</b>, the one that drops segments.
 */
public final class Scrubber {
    /** Bytes a second while the engine has nothing else to do. */
    public static final long BYTES_PER_SECOND = 1 << 20;

    private static final System.Logger LOG = System.getLogger(Scrubber.class.getName());
    private static final long SECOND_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long BUSY_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final long PASS_NANOS = TimeUnit.HOURS.toNanos(1);
    private static final long STEP_BYTES = 256 << 10;

    private final Journal journal;
    private final EngineState state;
    private final JournalClock clock;
    private final Listener listener;
    private final Report report = new Report();

    private boolean begun;
    private long earnedBytes;
    private long lastEarnedNanos;
    private long lastStepNanos;
    private long passBeganNanos;
    private boolean resting;

    /** Told what it does. */
    public interface Listener {
        /** So many bytes were read. */
        void scrubbed(long bytes);

        /** All sealed segments were read. */
        void passed();

        /** A damaged place was found. */
        void damaged();
    }

    /** What a step finds becomes a reason not to be green. */
    private final class Report implements SegmentScrub.Listener {
        @Override
        public void damaged(SegmentScrub.Found found) {
            String what = found.what() + " in " + found.file() + " at " + found.offset();
            LOG.log(System.Logger.Level.WARNING, "a scrub found damage: {0}", what);
            state.reason(topic(found.segmentId()), "a scrub found damage: " + what);
            listener.damaged();
        }

        @Override
        public void passed() {
            resting = true;
            listener.passed();
        }
    }

    /** A scrubber of an engine's journal. */
    public Scrubber(Journal journal, EngineState state, JournalClock clock, Listener listener) {
        this.journal = journal;
        this.state = state;
        this.clock = clock;
        this.listener = listener;
    }

    private static String topic(long segmentId) {
        return "scrub of segment " + segmentId;
    }

    /** Reads a little if it is time for it. */
    public void scrubWhenDue() {
        long now = clock.nanoTime();
        if (!begun) {
            lastEarnedNanos = now;
            lastStepNanos = now;
            passBeganNanos = now;
        }
        begin();
        if (resting && now - passBeganNanos < PASS_NANOS) {
            return;
        }
        passBeganNanos = resting ? now : passBeganNanos;
        resting = false;
        long elapsed = Math.min(SECOND_NANOS, Math.max(0, now - lastEarnedNanos));
        lastEarnedNanos = now;
        earnedBytes = Math.min(BYTES_PER_SECOND, earnedBytes + elapsed * BYTES_PER_SECOND / SECOND_NANOS);
        boolean busy = journal.completedLsn() < journal.acceptedLsn();
        if (earnedBytes >= STEP_BYTES && (!busy || now - lastStepNanos >= BUSY_NANOS)) {
            lastStepNanos = now;
            // A step may read more than it was to, as a frame is read whole: then the next one comes later.
            earnedBytes -= Math.max(STEP_BYTES, scrubOnce(busy ? earnedBytes : STEP_BYTES));
        }
    }

    /**
     * Reads a few frames, whatever the time.
     *
     * @param bytesMax about so many bytes
     * @return bytes read, 0: there is no sealed segment, or a pass has just ended
     */
    public long scrubOnce(long bytesMax) {
        begin();
        long bytes = journal.scrub().scrubOnce(bytesMax, report);
        listener.scrubbed(bytes);
        return bytes;
    }

    /** What an earlier open found is still there. */
    private void begin() {
        if (begun) {
            return;
        }
        begun = true;
        try {
            for (long segmentId : journal.scrub().marked()) {
                state.reason(topic(segmentId), "an earlier scrub found damage in segment " + segmentId);
            }
        } catch (IOException e) {
            LOG.log(System.Logger.Level.WARNING, "marks of damaged segments cannot be read", e);
        }
    }
}
