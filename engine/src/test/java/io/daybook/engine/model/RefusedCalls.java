package io.daybook.engine.model;

import static io.daybook.engine.model.Answers.attempt;
import static io.daybook.engine.model.Answers.buffer;

import io.daybook.engine.EngineClosedException;
import io.daybook.engine.WriteBatch;
import io.netty.buffer.ByteBuf;
import java.util.List;
import java.util.function.Supplier;

/** Calls that every engine must refuse. */
final class RefusedCalls {
    private final Course course;
    private final Subject subject;
    private final Arguments arguments;
    private final ModelWrites writes;

    RefusedCalls(Situation now, ModelWrites writes) {
        this.course = now.course();
        this.subject = now.subject();
        this.arguments = now.arguments();
        this.writes = writes;
    }

    /** A call with arguments that no call may have. */
    void misuse() {
        byte[] tooLong = new byte[ModelRun.ENTRY_BYTES_MAX + 1];
        long ledger = arguments.ledger();
        Object answer = attempt(() -> switch (course.random.nextInt(9)) {
            case 0 -> subject.engine.append(-1, 0, buffer(new byte[1]));
            case 1 -> subject.engine.append(ledger, Long.MAX_VALUE, buffer(new byte[1]));
            case 2 -> subject.engine.append(ledger, 0, buffer(tooLong));
            case 3 -> subject.engine.read(ledger, -1);
            case 4 -> subject.engine.truncateAfter(ledger, -2);
            case 5 -> subject.engine.write(new WriteBatch());
            case 6 -> subject.engine.write(new WriteBatch().append(ledger, 0, buffer(tooLong)));
            case 7 -> subject.engine.read(ledger, 0, 0, 1);
            default -> {
                ByteBuf released = buffer(new byte[1]);
                released.release();
                yield subject.engine.append(ledger, 0, released);
            }
        });
        course.expect(answer, IllegalArgumentException.class, () -> "misuse");
    }

    /** Every call on a closed engine says that it is closed. */
    void afterClose() {
        List<Supplier<Object>> calls = List.of(
                () -> subject.engine.append(0, 0, buffer(new byte[1])),
                () -> subject.engine.append(0, buffer(new byte[1])),
                () -> writes.appendWithCallback(0, 0, new byte[1]),
                () -> subject.engine.appendRecovery(0, 0, buffer(new byte[1])),
                () -> subject.engine.write(new WriteBatch().fence(0)),
                () -> subject.engine.read(0, 0),
                () -> subject.engine.readLast(0),
                () -> subject.engine.scan(0, 0, 1),
                () -> subject.engine.read(0, 0, 1, 1),
                () -> subject.engine.firstEntryId(0),
                () -> subject.engine.lastEntryId(0),
                () -> subject.engine.entryCount(0),
                () -> subject.engine.exists(0),
                () -> subject.engine.ledgers(),
                () -> subject.engine.entries(0),
                () -> subject.engine.fence(0),
                () -> subject.engine.isFenced(0),
                () -> subject.engine.setLastAddConfirmed(0, 0),
                () -> subject.engine.lastAddConfirmed(0),
                () -> subject.engine.awaitLastAddConfirmed(0, 0),
                () -> subject.engine.awaitEntry(0, 0),
                () -> subject.engine.putMetadata(0, buffer(new byte[1])),
                () -> subject.engine.metadata(0),
                () -> subject.engine.truncateAfter(0, 0),
                () -> subject.engine.trimBefore(0, 0),
                () -> subject.engine.delete(0),
                () -> subject.engine.sync(),
                () -> {
                    subject.engine.flush();
                    return null;
                });
        for (int i = 0; i < calls.size(); i++) {
            int call = i;
            course.expect(
                    attempt(calls.get(i)), EngineClosedException.class, () -> "call " + call + " after the close");
        }
        subject.engine.close();
    }
}
