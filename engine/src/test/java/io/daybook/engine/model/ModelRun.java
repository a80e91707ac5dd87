package io.daybook.engine.model;

import io.daybook.engine.Durability;
import io.daybook.storage.Power;
import io.daybook.storage.SimStorage;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.IOException;
import java.util.List;
import java.util.SplittableRandom;

/**
 * One seed: random calls of the whole contract on an engine of one thread and on the model, crashes among them, everything
 * compared. All that happens depends on the seed alone.
 *
 * <p>The model is three states of the same history, kept by {@link ModelFollowing}. The accepted one has every change that a call
 * accepted, and decides what is accepted next. The acked one has those whose futures completed, and is what readers must see. The
 * synced one has those that a power loss must leave; with {@link Durability#SYNC} these are the acked ones. After a crash the
 * engine must show the state after some prefix of the accepted changes that holds all of the promised ones; the run goes on from
 * there.
 *
 * <p>This class chooses what happens next. What that is, is done by its parts:
 * <ul>
 *   <li>{@link ModelWrites}, {@link ModelReads}, {@link Walks}, {@link Waiters} and {@link RefusedCalls} make the calls, with
 *       {@link Arguments}, and check the answers;
 *   <li>{@link ModelFaults} lets things go wrong, and {@link Excuses} knows what the engine may do then;
 *   <li>{@link ModelLives} closes, crashes and opens; {@link Observation} asks what is there, {@link Prefixes} finds out which
 *       changes that are;
 *   <li>{@link ModelEnd} is what each run ends with.
 * </ul>
 */
final class ModelRun {
    static final int OPERATIONS = 200;
    static final int ENTRY_BYTES_MAX = 4096;
    private static final long SLOW_NANOS = 30_000_000_000L;

    private final Kept kept;
    private final Setup setup;
    private final Course course;
    private final Subject subject;
    private final Excuses excuses;
    private final ModelFollowing following;
    private final Arguments arguments;
    private final Walks walks;
    private final Waiters waiters;
    private final ModelWrites writes;
    private final ModelReads reads;
    private final ModelFaults faults;
    private final RefusedCalls refused;
    private final ModelLives lives;
    private final ModelEnd end;

    ModelRun(long seed, Rig rig, Totals totals, List<String> trace) throws IOException {
        this(seed, rig, Kept.upTo(OPERATIONS), totals, trace);
    }

    ModelRun(long seed, Rig rig, Kept kept, Totals totals, List<String> trace) throws IOException {
        this.kept = kept;
        this.setup = Setup.draw(seed, rig.mix());
        this.course = new Course(seed, setup.durability(), totals, trace);
        SimStorage disk = SimStorage.create(setup.diskSeed());
        this.subject = new Subject(
                rig,
                rig.indexes().make(seed),
                disk,
                new UnpooledByteBufAllocator(true, true),
                ModelMetrics.settings(seed, setup.settings()),
                setup.tails());
        disk.onSlowSync(() -> subject.nanos += SLOW_NANOS);
        Situation now = Situation.of(course, subject);
        this.excuses = now.excuses();
        this.following = now.following();
        this.arguments = now.arguments();
        this.walks = new Walks(now);
        this.waiters = new Waiters(now);
        this.writes = new ModelWrites(now);
        this.reads = new ModelReads(now);
        this.faults = new ModelFaults(now, setup.troubles(), writes);
        this.refused = new RefusedCalls(now, writes);
        Observation observation = new Observation(now, reads);
        this.lives = new ModelLives(now, faults, walks, observation);
        this.end = new ModelEnd(now, lives, writes, reads, faults, refused, observation);
    }

    private void begin(int number) {
        course.begin(number);
        subject.disk.reseed(course.nextLong());
    }

    /** Runs all of it; throws what it finds. */
    void run() throws Exception {
        try {
            begin(0);
            lives.recover(false);
            for (int number = 1; number <= OPERATIONS; number++) {
                if (kept.contains(number)) {
                    operate(number);
                }
            }
            begin(OPERATIONS + 1);
            end.finish();
            course.totals.fewestCrashes = Math.min(course.totals.fewestCrashes, lives.crashes());
            course.totals.faults.add(subject.disk.faults());
            course.totals.faults.add(subject.index.failed());
        } finally {
            if (subject.engine != null) {
                subject.engine.close();
            }
            subject.index.close();
        }
    }

    private void operate(int number) throws IOException {
        begin(number);
        course.totals.operations++;
        SplittableRandom random = course.random;
        subject.nanos += random.nextInt(8) == 0 ? random.nextInt(1_500_000_000) : random.nextInt(1_000_000);
        try {
            step();
            following.settle();
        } catch (RuntimeException | AssertionError e) {
            if (!subject.disk.isStopped()) {
                throw e;
            }
        }
        if (subject.disk.isStopped()) {
            lives.crash(random.nextInt(3) == 0 ? Power.KILL : Power.ANY);
        }
    }

    /** What can happen, each with its share of some thousand. */
    private void step() throws IOException {
        int die = course.random.nextInt(984 + subject.rig.mix().restarts);
        boolean over = course.random.nextInt(4) == 0;
        if (setup.crashesAt().contains(course.operation)) {
            lives.crash(over ? Power.KILL : Power.ANY);
            return;
        }
        if (excuses.failed && over) {
            lives.restart();
            return;
        }
        if (die < 250) {
            writes.append(false);
        } else if (die < 290) {
            writes.appendAuto();
        } else if (die < 310) {
            writes.burst();
        } else if (die < 345) {
            writes.append(true);
        } else if (die < 395) {
            writes.batch();
        } else if (die < 410) {
            writes.change(new Step(Step.Kind.FENCE, arguments.ledger(), 0, null));
        } else if (die < 440) {
            writes.change(new Step(Step.Kind.CONFIRM, arguments.ledger(), arguments.lowId(), null));
        } else if (die < 465) {
            writes.change(new Step(Step.Kind.METADATA, arguments.ledger(), 0, arguments.bytes(60)));
        } else if (die < 485) {
            long ledger = arguments.ledger();
            writes.change(new Step(Step.Kind.TRUNCATE, ledger, arguments.truncation(ledger), null));
        } else if (die < 500) {
            long ledger = arguments.ledger();
            writes.change(new Step(Step.Kind.TRIM, ledger, arguments.trim(ledger), null));
        } else if (die < 515) {
            writes.change(new Step(Step.Kind.DELETE, arguments.ledger(), 0, null));
        } else if (die < 600) {
            writes.pump();
        } else if (die < 615) {
            writes.sync();
        } else if (die < 635) {
            writes.flush();
        } else if (die < 705) {
            reads.read();
        } else if (die < 735) {
            reads.readLast();
        } else if (die < 775) {
            reads.readRange();
        } else if (die < 815) {
            walks.walk();
        } else if (die < 850) {
            walks.step(course.random.nextInt(4) + 1);
        } else if (die < 900) {
            reads.ask();
        } else if (die < 930) {
            waiters.await();
        } else if (die < 935) {
            waiters.cancel();
        } else if (die < 945) {
            refused.misuse();
        } else if (die < 955) {
            course.note(() -> "the index is remembered");
            subject.index.remember();
        } else if (die < 984) {
            faults.strike();
        } else {
            lives.restart();
        }
    }
}
