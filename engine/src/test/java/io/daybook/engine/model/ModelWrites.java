package io.daybook.engine.model;

import static io.daybook.engine.model.Answers.attempt;
import static io.daybook.engine.model.Answers.buffer;
import static io.daybook.engine.model.Answers.failure;

import io.daybook.engine.DiskFullException;
import io.daybook.engine.EngineBusyException;
import io.daybook.engine.EngineFailedException;
import io.daybook.engine.WriteBatch;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** Makes the calls that change something, and those that make changes durable. */
final class ModelWrites {
    private final Course course;
    private final Subject subject;
    private final Excuses excuses;
    private final ModelFollowing following;
    private final Arguments arguments;
    /** Whether appends wait for room. */
    private final boolean waits;

    ModelWrites(Situation now) {
        this.course = now.course();
        this.subject = now.subject();
        this.excuses = now.excuses();
        this.following = now.following();
        this.arguments = now.arguments();
        this.waits = !subject.config.appendWaitMax().isZero();
    }

    void append(boolean recovery) {
        long ledger = arguments.ledger();
        long entry = arguments.entryId(ledger);
        byte[] bytes = arguments.entryBytes();
        Step step = new Step(Step.Kind.ENTRY, ledger, entry, bytes);
        if (recovery) {
            accept(List.of(step), -1, true, () -> subject.engine.appendRecovery(ledger, entry, buffer(bytes)));
        } else if (course.random.nextInt(4) == 0) {
            accept(List.of(step), -1, false, () -> appendWithCallback(ledger, entry, bytes));
        } else {
            accept(List.of(step), -1, false, () -> subject.engine.append(ledger, entry, buffer(bytes)));
        }
    }

    CompletableFuture<?> appendWithCallback(long ledger, long entry, byte[] bytes) {
        CompletableFuture<Object> future = new CompletableFuture<>();
        subject.engine.append(
                ledger,
                entry,
                buffer(bytes),
                (ledgerId, entryId, failure, context) -> {
                    boolean good = ledgerId == ledger && entryId == entry && context == bytes;
                    boolean first = !good
                            ? future.completeExceptionally(
                                    new AssertionError("callback for " + ledgerId + ", " + entryId))
                            : failure == null ? future.complete(null) : future.completeExceptionally(failure);
                    if (!first) {
                        future.obtrudeException(new AssertionError("callback told twice"));
                    }
                },
                bytes);
        return future;
    }

    void appendAuto() {
        long ledger = arguments.ledger();
        ModelLedger known = following.accepted.get(ledger);
        long next = known == null ? 0 : known.nextId;
        byte[] bytes = arguments.entryBytes();
        if (next == Long.MAX_VALUE && !known.fenced) {
            course.expect(
                    attempt(() -> subject.engine.append(ledger, buffer(bytes))),
                    IllegalArgumentException.class,
                    () -> "no id is left");
            return;
        }
        accept(
                List.of(new Step(Step.Kind.ENTRY, ledger, next, bytes)),
                next,
                false,
                () -> subject.engine.append(ledger, buffer(bytes)));
    }

    /** Many at once, so that frames, tails and segments fill. */
    void burst() {
        long ledger = arguments.ledger();
        int count = 2 + course.random.nextInt(30);
        for (int i = 0; i < count; i++) {
            ModelLedger known = following.accepted.get(ledger);
            long entry = known == null ? 0 : Math.min(known.nextId, Arguments.MAX_ENTRY);
            byte[] bytes = arguments.entryBytes();
            accept(
                    List.of(new Step(Step.Kind.ENTRY, ledger, entry, bytes)),
                    -1,
                    false,
                    () -> subject.engine.append(ledger, entry, buffer(bytes)));
        }
    }

    void change(Step step) {
        accept(List.of(step), -1, false, () -> step.on(subject.engine));
    }

    void batch() {
        List<Step> steps = new ArrayList<>();
        WriteBatch batch = new WriteBatch();
        int count = 1 + course.random.nextInt(12);
        long favourite = arguments.ledger();
        for (int i = 0; i < count; i++) {
            long ledger = course.random.nextBoolean() ? favourite : arguments.ledger();
            int die = course.random.nextInt(100);
            Step.Kind kind = die < 60
                    ? Step.Kind.ENTRY
                    : die < 70
                            ? Step.Kind.METADATA
                            : die < 74
                                    ? Step.Kind.FENCE
                                    : die < 82
                                            ? Step.Kind.CONFIRM
                                            : die < 90
                                                    ? Step.Kind.TRUNCATE
                                                    : die < 95 ? Step.Kind.TRIM : Step.Kind.DELETE;
            Step step = step(kind, ledger);
            step.addTo(batch);
            steps.add(step);
        }
        accept(steps, -1, false, () -> subject.engine.write(batch));
        if (course.random.nextBoolean()) {
            batch.clear();
        }
    }

    private Step step(Step.Kind kind, long ledger) {
        long entry = switch (kind) {
            case ENTRY -> arguments.entryId(ledger);
            case CONFIRM -> arguments.lowId();
            case TRUNCATE -> arguments.truncation(ledger);
            case TRIM -> arguments.trim(ledger);
            default -> 0;
        };
        byte[] bytes = switch (kind) {
            case ENTRY -> arguments.bytes(300);
            case METADATA -> arguments.bytes(60);
            default -> null;
        };
        return new Step(kind, ledger, entry, bytes);
    }

    /** Makes a call that changes something: it is refused as the model says, or becomes the next change. */
    void accept(List<Step> steps, long givenId, boolean recovery, Supplier<CompletableFuture<?>> call) {
        ModelState.Refusal refusal = following.accepted.refusal(steps, recovery);
        boolean wasIdle = following.isSettled();
        Object answer = attempt(call::get);
        Throwable refused = answer instanceof Throwable thrown ? thrown : failure((CompletableFuture<?>) answer);
        if (refused == null) {
            Change change = new Change(++following.changeNumber, steps, (CompletableFuture<?>) answer, givenId);
            following.accept(change);
            course.totals.changes++;
            course.note(() -> change.number() + " accepted: " + steps);
            if (refusal != null) {
                throw course.fault(steps + " was accepted, must be refused: " + refusal);
            }
            return;
        }
        course.note(() -> "refused: " + steps + ": " + refused);
        following.refuse(refused);
        if (refused instanceof EngineFailedException && (excuses.failed || excuses.mayFail())) {
            excuses.failed = true;
            return;
        }
        if (refusal == null
                && refused instanceof EngineBusyException
                && !waits
                && (!wasIdle || excuses.indexFaulty || excuses.full)) {
            return;
        }
        if (refusal == null && refused instanceof DiskFullException && excuses.full) {
            course.totals.refusedAsFull++;
            return;
        }
        Class<?> wanted = refusal == null ? null : refusal.exception;
        boolean thrown = answer instanceof Throwable;
        if (refused.getClass() != wanted || thrown != (refusal == ModelState.Refusal.BELOW_TRIM_BOUND)) {
            throw course.fault(steps + " was refused" + (thrown ? ", thrown" : "") + ", expected " + wanted, refused);
        }
    }

    void pump() {
        course.note(() -> "pump");
        subject.pump();
        following.settle();
        if (!excuses.failed && !following.isSettled()) {
            throw course.fault("change "
                    + following.issued.get(following.ackedAt).number() + " is pending after all work was done");
        }
    }

    void sync() {
        course.note(() -> "sync");
        Object answer = attempt(() -> subject.engine.sync());
        if (answer instanceof CompletableFuture<?> future) {
            @SuppressWarnings("unchecked")
            CompletableFuture<Void> sync = (CompletableFuture<Void>) future;
            following.sync(sync);
        } else {
            throw course.fault("sync threw", (Throwable) answer);
        }
    }

    void flush() {
        if (excuses.full) {
            // It would wait for room.
            return;
        }
        course.note(() -> "flush");
        Object answer = attempt(() -> {
            subject.engine.flush();
            return null;
        });
        if (answer instanceof EngineFailedException && excuses.mayFail()) {
            excuses.failed = true;
        } else if (answer != null) {
            throw course.fault("flush threw", (Throwable) answer);
        }
    }
}
