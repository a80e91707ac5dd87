package io.daybook.engine.races;

import io.daybook.engine.races.RaceTarget.Action;
import io.daybook.engine.races.RaceTarget.ClosedException;
import io.daybook.testing.ForkedJvm;
import io.prometheus.client.CollectorRegistry;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Opens a target, lets threads use it, closes it under them, opens the next one while they still call the closed one; so for
 * some rounds. Before the close began no thread may hear that it is closed, after it returned each call must say so.
 *
 * <p>Arguments: {@code daybook} or {@code bare}, directory, rounds, seed, one action a thread.
 */
final class RaceChild {
    private static final int CALLS_AFTER_CLOSE = 200;
    /** In every second round each thread has come so far before the close, in the others it may be at its first call. */
    private static final int CALLS_BEFORE_CLOSE = 3;

    private static final int OPEN_MILLIS_MAX = 40;
    private static final long HANG_MILLIS = 60_000;
    private static final int HUNG = 3;
    private static final int FAILED = 2;

    private final RaceTarget target;
    private final List<Thread> threads = new ArrayList<>();
    private final CountDownLatch started;
    private final CountDownLatch working;
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private volatile boolean closing;
    private volatile boolean closed;

    private RaceChild(RaceTarget target, List<Action> actions, SplittableRandom random) {
        this.target = target;
        this.started = new CountDownLatch(actions.size());
        this.working = new CountDownLatch(actions.size() * CALLS_BEFORE_CLOSE);
        for (Action action : actions) {
            SplittableRandom own = random.split();
            Thread thread = new Thread(() -> use(action, own), action + "-" + threads.size());
            thread.setDaemon(true);
            threads.add(thread);
        }
    }

    public static void main(String[] args) throws Exception {
        Path directory = Path.of(args[1]);
        int rounds = Integer.parseInt(args[2]);
        SplittableRandom random = new SplittableRandom(Long.parseLong(args[3]));
        List<Action> actions = new ArrayList<>();
        for (int i = 4; i < args.length; i++) {
            actions.add(Action.valueOf(args[i]));
        }
        CollectorRegistry registry = new CollectorRegistry();
        DaybookTarget.Acknowledged acknowledged = new DaybookTarget.Acknowledged();
        RaceChild previous = null;
        for (int round = 0; round < rounds; round++) {
            RaceTarget target = args[0].equals("bare")
                    ? new BareTarget(directory, registry)
                    : new DaybookTarget(directory, registry, "race-" + round, acknowledged);
            RaceChild race = new RaceChild(target, actions, random);
            if (previous != null) {
                previous.end();
            }
            race.openAndClose(round % 2 == 0, random.nextInt(OPEN_MILLIS_MAX + 1));
            previous = race;
        }
        previous.end();
        System.out.println(rounds + " rounds, " + acknowledged.entries() + " entries acknowledged");
        System.out.println(ForkedJvm.DONE);
    }

    private void openAndClose(boolean afterWork, int openMillis) throws Exception {
        threads.forEach(Thread::start);
        started.await();
        if (afterWork && !working.await(HANG_MILLIS, TimeUnit.MILLISECONDS)) {
            failure.compareAndSet(null, new AssertionError("some thread gets nothing done"));
        }
        Thread.sleep(openMillis);
        closing = true;
        target.close();
        closed = true;
    }

    private void use(Action action, SplittableRandom random) {
        try {
            started.countDown();
            for (int calls = 0; !closed; calls++) {
                if (isOpen(action, random)) {
                    if (calls < CALLS_BEFORE_CLOSE) {
                        working.countDown();
                    }
                } else {
                    if (!closing) {
                        throw new AssertionError(action + " says closed before the close");
                    }
                    Thread.sleep(1);
                }
            }
            for (int i = 0; i < CALLS_AFTER_CLOSE; i++) {
                if (isOpen(action, random)) {
                    throw new AssertionError(action + " works after the close");
                }
            }
        } catch (Throwable e) {
            failure.compareAndSet(null, e);
        }
    }

    private boolean isOpen(Action action, SplittableRandom random) throws Exception {
        try {
            target.run(action, random);
            return true;
        } catch (ClosedException e) {
            return false;
        }
    }

    private void end() throws InterruptedException {
        for (Thread thread : threads) {
            thread.join(HANG_MILLIS);
            if (thread.isAlive()) {
                StringWriter text = new StringWriter();
                for (StackTraceElement frame : thread.getStackTrace()) {
                    text.append("\n  ").append(frame.toString());
                }
                exit(HUNG, thread.getName() + " hangs" + text);
            }
        }
        Throwable failed = failure.get();
        if (failed != null) {
            StringWriter text = new StringWriter();
            failed.printStackTrace(new PrintWriter(text));
            exit(FAILED, text.toString());
        }
    }

    private static void exit(int code, String why) {
        System.out.println(why);
        System.out.flush();
        Runtime.getRuntime().halt(code);
    }
}
