package io.daybook.engine.model;

import io.daybook.engine.Durability;
import io.daybook.engine.ShutdownReport;
import io.daybook.storage.Power;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;

/**
 * Opens what a crash left and compares it with what must be there; appends one more, closes, opens, compares again. What was
 * shown once must outlive a power loss behind the open, and what was appended then one behind its acknowledgement.
 */
final class StoreCheck {
    private static final long NEW_LEDGER = 4242;
    private static final long UNLIMITED = 1L << 50;
    private static final Survival[] LOSSES = {
        new Survival(Power.NOTHING, 0),
        new Survival(Power.TORN, 0),
        new Survival(Power.NOTHING, 1),
        new Survival(Power.SHUFFLED, 0)
    };

    private final Script script;
    private final Rig rig;
    private long opens;

    StoreCheck(Script script, Rig rig) {
        this.script = script;
        this.rig = rig;
    }

    /** Engines opened so far. */
    long opens() {
        return opens;
    }

    /** An open engine and what it shows. */
    private final class Life implements AutoCloseable {
        final CrashPoint.Store store;
        final Subject subject;
        final ModelState seen;
        private boolean closed;

        Life(CrashPoint.Store store, long seed) throws IOException {
            this.store = store;
            opens++;
            this.subject = ScriptRun.subject(script, rig, store.disk(), store.index());
            subject.nanos = 1_000_000;
            subject.open(() -> seed);
            try {
                this.seen = EngineView.of(subject.engine);
            } catch (Throwable e) {
                subject.engine.close();
                throw e;
            }
        }

        /** Gives a full disk room; the engine notices by itself. */
        void makeRoom() throws IOException {
            if (store.disk().totalBytes() < UNLIMITED) {
                store.disk().capacityBytes(UNLIMITED);
                subject.nanos += 2_000_000_000L;
                subject.pump();
            }
        }

        /** Closes in order; the states whose bounds the index has too. */
        List<ModelState> closeInOrder(List<ModelState> states) {
            closed = true;
            ShutdownReport report = subject.engine.shutdown();
            require(report.clean(), "not closed in order: " + report);
            require(subject.leftOpen() == null, subject.leftOpen());
            require(subject.unreleased() == null, subject.unreleased());
            List<ModelState> same = new ArrayList<>();
            String difference = null;
            for (ModelState state : states) {
                difference = EngineView.difference(state, store.index().rows());
                if (difference == null) {
                    same.add(state);
                }
            }
            require(!same.isEmpty(), difference);
            long bytes = same.get(0).bytes();
            require(
                    store.index().liveBytes() == bytes,
                    "live bytes " + store.index().liveBytes() + ", not " + bytes);
            return same;
        }

        @Override
        public void close() {
            if (!closed) {
                subject.engine.close();
            }
        }
    }

    /** All of it; with {@code again} power fails once more behind the open, and behind the append. */
    void check(CrashPoint.Store store, long seed, boolean again) throws IOException {
        check(store, store.history().allowed(), seed, again);
    }

    private void check(CrashPoint.Store store, List<ModelState> allowed, long seed, boolean again) throws IOException {
        SplittableRandom random = new SplittableRandom(seed);
        List<ModelState> states;
        try (Life life = new Life(store, random.nextLong())) {
            states = History.matching(allowed, life.seen);
            long next = random.nextLong();
            if (again) {
                losePower("what was shown is gone after a power loss: ", life, states, next);
            }
            life.makeRoom();
            states = append(life, states);
            if (again) {
                losePower("what was appended is gone after a power loss: ", life, states, next + 1);
            }
            states = life.closeInOrder(states);
        }
        if (random.nextInt(4) == 0) {
            store.index().lose();
        }
        try (Life life = new Life(store, random.nextLong())) {
            states = History.matching(states, life.seen);
            life.closeInOrder(states);
        }
    }

    private void losePower(String what, Life life, List<ModelState> states, long seed) throws IOException {
        CrashPoint now = new CrashPoint(0, life.store.disk(), life.store.index(), null);
        Survival loss = LOSSES[(int) (seed & 3)];
        try {
            check(now.after(loss, seed, null), states, seed, false);
        } catch (AssertionError | IOException | RuntimeException e) {
            throw new AssertionError(what + loss + ": " + e.getMessage(), e);
        }
    }

    /** One more entry in the first ledger that takes one, and a new ledger. */
    private List<ModelState> append(Life life, List<ModelState> states) {
        List<CompletableFuture<?>> futures = new ArrayList<>();
        List<ModelState> after = new ArrayList<>();
        states.forEach(state -> after.add(state.copy()));
        byte[] bytes = {1, 2, 3};
        for (ModelLedger ledger : states.get(0).ledgers.values()) {
            if (!ledger.fenced && ledger.id != NEW_LEDGER) {
                CompletableFuture<Long> future = life.subject.engine.append(ledger.id, Unpooled.wrappedBuffer(bytes));
                life.subject.pump();
                require(future.isDone(), "the append is pending after all work was done");
                long id = future.join();
                after.removeIf(state -> state.get(ledger.id).nextId != id);
                require(!after.isEmpty(), "append to ledger " + ledger.id + " got id " + id);
                after.forEach(state -> apply(state, new Step(Step.Kind.ENTRY, ledger.id, id, bytes)));
                break;
            }
        }
        boolean there = states.get(0).get(NEW_LEDGER) != null;
        long id = there ? states.get(0).get(NEW_LEDGER).nextId : 0;
        futures.add(life.subject.engine.append(NEW_LEDGER, id, Unpooled.wrappedBuffer(bytes)));
        after.forEach(state -> apply(state, new Step(Step.Kind.ENTRY, NEW_LEDGER, id, bytes)));
        if (script.durability() == Durability.DEFERRED) {
            futures.add(life.subject.engine.sync());
        }
        life.subject.pump();
        for (CompletableFuture<?> future : futures) {
            require(future.isDone(), "the append is pending after all work was done");
            future.join();
        }
        return after;
    }

    private static void apply(ModelState state, Step step) {
        state.apply(new Change(0, List.of(step), null, -1));
    }

    /** Every place at which the open of what a crash left can be cut off; the last one is behind it. */
    List<CrashPoint> openPoints(CrashPoint.Store store, long seed) throws IOException {
        List<CrashPoint> points = new ArrayList<>();
        boolean[] changed = {true};
        store.disk().onOperation((number, op, path) -> {
            if (changed[0]) {
                points.add(point(store, number - 1));
            }
            changed[0] = op.changes();
        });
        // The same numbers as the check of this store has, so that both open it in the same way.
        Life life = new Life(store, new SplittableRandom(seed).nextLong());
        try {
            store.disk().onOperation(null);
            points.add(point(store, store.disk().operations()));
        } finally {
            life.close();
        }
        // Nothing was done before the first operation: that is what is checked already.
        return points.subList(1, points.size());
    }

    private static CrashPoint point(CrashPoint.Store store, long operation) {
        return new CrashPoint(
                operation, store.disk().crashClone(Power.KILL, 0), store.index().crashClone(), store.history());
    }

    private static void require(boolean good, String what) {
        if (!good) {
            throw new AssertionError(what);
        }
    }
}
