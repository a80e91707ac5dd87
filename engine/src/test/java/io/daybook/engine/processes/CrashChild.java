package io.daybook.engine.processes;

import io.daybook.engine.CorruptStoreException;
import io.daybook.engine.EngineConfig;
import io.daybook.engine.EngineHealth;
import io.daybook.engine.LedgerEngine;
import io.daybook.engine.LedgerException;
import io.daybook.engine.StoreTools;
import io.daybook.engine.TestEngines;
import io.daybook.engine.WriteBatch;
import io.netty.buffer.ByteBuf;
import java.io.DataOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;

/**
 * The process that is killed: looks whether all is in the store that must be there, goes on with changes of its own, and says
 * what was acknowledged. After a failure it makes no more changes, reads everything again and closes.
 */
final class CrashChild {
    /** So many changes behind what is known may be there: what was in flight, and what was not reported in time. */
    private static final long BEYOND = 50_000;

    private static final long LIFE_NANOS_MAX = 100_000_000_000L;

    private final Orders orders;
    private final DataOutputStream out = new DataOutputStream(new FileOutputStream(FileDescriptor.out));
    private final Thread submitter = Thread.currentThread();
    private final Thread reporter = new Thread(this::reportAll, "crash-report");

    // Written by the completion thread, in order.
    private volatile long acknowledged;
    private volatile long told;

    private volatile Throwable failure;
    private volatile boolean over;

    private CrashChild(Orders orders) {
        this.orders = orders;
    }

    public static void main(String[] arguments) {
        CrashChild child = new CrashChild(Orders.parse(arguments));
        try {
            child.run();
        } catch (Throwable e) {
            StringWriter text = new StringWriter();
            e.printStackTrace(new PrintWriter(text));
            child.report(Report.Kind.WRONG, 0, text.toString());
        }
    }

    private void run() throws Exception {
        if (orders.check() && Files.exists(orders.store().resolve("journal"))) {
            check();
        }
        LedgerEngine engine;
        try {
            engine = open();
        } catch (CorruptStoreException e) {
            throw e;
        } catch (LedgerException e) {
            report(Report.Kind.REFUSED, 0, e + ", " + e.getCause());
            return;
        }
        try (engine) {
            Verifier.Found found = Verifier.find(engine, orders.story(), BEYOND);
            report(Report.Kind.FOUND, found.count(), Long.toString(found.model().entries()));
            if (orders.changes() > 0) {
                reporter.setDaemon(true);
                reporter.start();
                change(engine, found.model());
                over = true;
                reporter.join();
            }
            if (failure != null) {
                readAfterFailure(engine, found.count());
            }
        }
        report(Report.Kind.ENDED, 0, "");
    }

    private LedgerEngine open() throws IOException {
        EngineConfig config = orders.config();
        if (orders.disk() != Orders.Disk.IDLE_SYNC) {
            return LedgerEngine.open(config);
        }
        return TestEngines.open(config, HookedSyncs.environment(config, name -> !name.startsWith("segment-")))
                .engine();
    }

    /** Nothing that a crash leaves is damage. */
    private void check() {
        StoreTools.Verification verification;
        try {
            verification = StoreTools.verify(orders.config(), (what, done, total) -> {});
        } catch (io.daybook.engine.NotAStoreException e) {
            // It ended before there was a store.
            if (orders.story().parts().isEmpty()) {
                return;
            }
            throw e;
        }
        if (!verification.damages().isEmpty()) {
            throw new WrongStoreException("damages: " + verification.damages());
        }
    }

    private void change(LedgerEngine engine, StoreModel model) {
        Plan plan = new Plan(orders.seed(), model);
        SplittableRandom random = new SplittableRandom(orders.seed() + 1);
        long end = System.nanoTime() + LIFE_NANOS_MAX;
        long submitted = 0;
        while (submitted < orders.changes() && failure == null) {
            awaitTold(submitted - orders.inFlight() + 1, end);
            submit(engine, plan.next(), submitted++);
            if (random.nextInt(orders.flushOneIn()) == 0) {
                flush(engine);
            }
            checkTime(end);
        }
        awaitTold(submitted, end);
    }

    private void flush(LedgerEngine engine) {
        try {
            engine.flush();
        } catch (LedgerException e) {
            failure = e;
        }
    }

    private void awaitTold(long count, long end) {
        while (told < count) {
            checkTime(end);
            LockSupport.parkNanos(1_000_000);
        }
    }

    private static void checkTime(long end) {
        if (System.nanoTime() > end) {
            throw new IllegalStateException("nobody ended this process");
        }
    }

    private void submit(LedgerEngine engine, Act.Change change, long number) {
        Act act = change.acts().get(0);
        if (change.acts().size() == 1 && act.kind() == Act.Kind.ENTRY && !change.recovery()) {
            engine.append(
                    act.ledger(),
                    act.entry(),
                    Content.bytes(act.key()),
                    (ledgerId, entryId, cause, context) -> tell(number, cause),
                    null);
            return;
        }
        CompletableFuture<Void> future =
                change.acts().size() == 1 ? single(engine, act, change.recovery()) : engine.write(batch(change));
        future.whenComplete((nothing, cause) -> tell(number, cause));
    }

    private static CompletableFuture<Void> single(LedgerEngine engine, Act act, boolean recovery) {
        return switch (act.kind()) {
            case ENTRY -> {
                ByteBuf entry = Content.bytes(act.key());
                yield recovery
                        ? engine.appendRecovery(act.ledger(), act.entry(), entry)
                        : engine.append(act.ledger(), act.entry(), entry);
            }
            case METADATA -> engine.putMetadata(act.ledger(), Content.bytes(act.key()));
            case FENCE -> engine.fence(act.ledger());
            case CONFIRM -> engine.setLastAddConfirmed(act.ledger(), act.entry());
            case TRUNCATE -> engine.truncateAfter(act.ledger(), act.entry());
            case TRIM -> engine.trimBefore(act.ledger(), act.entry());
            case DELETE -> engine.delete(act.ledger());
        };
    }

    private static WriteBatch batch(Act.Change change) {
        WriteBatch batch = new WriteBatch();
        for (Act act : change.acts()) {
            switch (act.kind()) {
                case ENTRY -> batch.append(act.ledger(), act.entry(), Content.bytes(act.key()));
                case METADATA -> batch.putMetadata(act.ledger(), Content.bytes(act.key()));
                case FENCE -> batch.fence(act.ledger());
                case CONFIRM -> batch.setLastAddConfirmed(act.ledger(), act.entry());
                case TRUNCATE -> batch.truncateAfter(act.ledger(), act.entry());
                case TRIM -> batch.trimBefore(act.ledger(), act.entry());
                case DELETE -> batch.delete(act.ledger());
            }
        }
        return batch;
    }

    /** On the completion thread, or on the submitter's where a change is refused. */
    private void tell(long number, Throwable cause) {
        if (cause != null) {
            if (failure == null) {
                failure = cause;
            }
        } else if (number == acknowledged) {
            acknowledged = number + 1;
            LockSupport.unpark(reporter);
        } else {
            report(
                    Report.Kind.WRONG,
                    0,
                    "change " + number + " was acknowledged behind " + acknowledged + ", first failure: " + failure);
        }
        count();
        LockSupport.unpark(submitter);
    }

    private synchronized void count() {
        told++;
    }

    private void reportAll() {
        long reported = 0;
        while (true) {
            boolean last = over;
            long now = acknowledged;
            if (now > reported) {
                report(Report.Kind.ACKNOWLEDGED, now, "");
                reported = now;
            } else if (last) {
                return;
            } else {
                LockSupport.parkNanos(1_000_000);
            }
        }
    }

    /** What was acknowledged is there, what is there is a prefix, and the next open is held to it. */
    private void readAfterFailure(LedgerEngine engine, long before) {
        Story story = orders.story();
        if (!story.parts().isEmpty()) {
            story = story.ending(before);
        }
        Verifier.Found found =
                Verifier.find(engine, story.with(new Story.Part(orders.seed(), acknowledged)), orders.inFlight());
        EngineHealth health = engine.health();
        StringBuilder text = new StringBuilder(health.status() + " " + health.reasons());
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            text.append(" | ").append(cause);
        }
        report(Report.Kind.FAILED, found.count(), text.toString());
    }

    private synchronized void report(Report.Kind kind, long number, String text) {
        try {
            new Report(kind, number, text).writeTo(out);
        } catch (IOException e) {
            // The parent is gone.
            Runtime.getRuntime().halt(1);
        }
    }
}
