package io.daybook.engine.lifecycle;

import io.daybook.journal.Signal;
import io.daybook.journal.Wakeup;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Two threads, of which one commits and the other tells. Where nothing waits for the next commit, they change: whoever has just
 * synced a group tells it, while the other one, which sleeps, is the one who commits. When all is told and that one has not
 * begun, the first commits again. So with few appends in flight one thread does all, and nobody has to be woken between the
 * sync and the callbacks, which took a third of the processor time of a small commit; and still no callback, however long it
 * takes, keeps a commit from beginning. With many in flight the next group waits already: each keeps its part.
 *
 * <p>That a thread names its successor before it works on what it got is the idea of the Leader/Followers pattern (Schmidt and
 * others, 2000).
 *
 * <h2>Why no signal is lost</h2>
 *
 * A signal goes to the thread that has the part just then. Who takes or gives a part looks for work of both parts afterwards:
 * what came before is seen, what comes later is signalled to the right one.
 *
 * <p><b>Thread-safe.</b>
 */
public final class CommitTurns {
    // Bits of the state.
    /** The number of the one who has to commit. */
    private static final int COMMITTER = 1;
    /** The other one tells just now. */
    private static final int TELLING = 2;
    /** The committer is at it just now. */
    private static final int COMMITTING = 4;

    private final AtomicInteger state = new AtomicInteger();
    private final Wakeup[] wakeups = {new Wakeup(), new Wakeup()};
    private final Worker[] workers = new Worker[2];
    /** Each used by its own thread alone: whether what it commits just now is to be told. */
    private final boolean[] toTell = new boolean[2];

    private Work work;

    /** Nobody works yet. */
    public CommitTurns() {}

    /** What there is to do. */
    public interface Work {
        /** Commits a group; false: there was none. */
        boolean commit() throws Exception;

        /** Tells a group; false: there was none. By one thread at a time. */
        boolean tell() throws Exception;

        /** Whether something waits to be committed. */
        boolean waits();

        /** Whether something waits to be told. */
        boolean isUntold();

        /** Whether parts may be changed: not where commits are due by time, which who sleeps until it is woken would miss. */
        boolean mayChange();
    }

    /** Begins; before the threads start. */
    public void start(Work toDo, Worker first, Worker second) {
        work = toDo;
        workers[0] = first;
        workers[1] = second;
    }

    /** Returns what a worker sleeps by. */
    public Wakeup wakeup(int number) {
        return wakeups[number];
    }

    /** Returns the signal that there is something to commit. */
    public Signal committer() {
        return () -> wakeups[committing()].signal();
    }

    /** Returns the signal that there is something to tell. */
    public Signal teller() {
        return () -> {
            int committing = committing();
            Worker worker = workers[committing];
            if (worker != null && worker.isCurrent()) {
                // It sees to it when it has committed.
                toTell[committing] = true;
            } else {
                wakeups[1 - committing].signal();
            }
        };
    }

    private int committing() {
        return state.get() & COMMITTER;
    }

    /** Whether a worker is the one who commits. */
    public boolean commits(int number) {
        return committing() == number;
    }

    /** A worker's step: whichever part it has; false: there was nothing to do. */
    public boolean step(int number) throws Exception {
        int seen = state.get();
        if ((seen & COMMITTER) == number) {
            // What fails here was changed just then.
            return !state.compareAndSet(seen, seen | COMMITTING) || commit(number);
        }
        return !state.compareAndSet(seen, seen | TELLING) || tell(number);
    }

    private boolean commit(int me) throws Exception {
        boolean change = false;
        try {
            boolean worked = work.commit();
            change = toTell[me]
                    && work.mayChange()
                    && !work.waits()
                    && state.compareAndSet(me | COMMITTING, 1 - me | TELLING);
            if (!change) {
                return worked;
            }
        } finally {
            if (!change) {
                state.updateAndGet(seen -> seen & ~COMMITTING);
                if (toTell[me]) {
                    wakeups[1 - me].signal();
                }
            }
            toTell[me] = false;
        }
        try {
            if (work.waits()) {
                wakeups[1 - me].signal();
            }
        } finally {
            tell(me);
        }
        return true;
    }

    private boolean tell(int me) throws Exception {
        boolean any = false;
        try {
            while (work.tell()) {
                any = true;
            }
        } finally {
            // What callbacks leave behind on their thread is none of a commit's business, which waits on it next.
            Thread.interrupted();
            any |= end(me);
        }
        return any;
    }

    /** Ends telling; whether it is this one that commits now, as the other one has nothing to do. */
    private boolean end(int me) {
        while (true) {
            int seen = state.get();
            if ((seen & COMMITTING) == 0 && work.mayChange()) {
                if (state.compareAndSet(seen, me)) {
                    if (work.isUntold()) {
                        wakeups[1 - me].signal();
                    }
                    return true;
                }
            } else if (state.compareAndSet(seen, seen & ~TELLING)) {
                return false;
            }
        }
    }
}
