package io.daybook.engine.model;

import static io.daybook.engine.model.Answers.attempt;
import static io.daybook.engine.model.Answers.describe;
import static io.daybook.engine.model.Answers.optional;
import static io.daybook.engine.model.Answers.taken;

import io.daybook.engine.NoSuchEntryException;
import io.daybook.engine.NoSuchLedgerException;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** Asks an engine, and compares with what a reader must see. */
final class ModelReads {
    private final Course course;
    private final Subject subject;
    private final Excuses excuses;
    private final ModelFollowing following;
    private final Arguments arguments;

    ModelReads(Situation now) {
        this.course = now.course();
        this.subject = now.subject();
        this.excuses = now.excuses();
        this.following = now.following();
        this.arguments = now.arguments();
    }

    void read() {
        long ledger = arguments.ledger();
        long entry = arguments.readId(ledger);
        Object answer = attempt(() -> taken(subject.engine.read(ledger, entry)));
        ModelLedger known = following.seen(ledger);
        course.note(() -> "read(" + ledger + ", " + entry + ") " + describe(answer));
        expectEntry(answer, known, entry, () -> "read of ledger " + ledger + ", entry " + entry);
    }

    void readLast() {
        long ledger = arguments.ledger();
        Object answer = attempt(() -> taken(subject.engine.readLast(ledger)));
        ModelLedger known = following.seen(ledger);
        course.note(() -> "readLast(" + ledger + ") " + describe(answer));
        expectEntry(answer, known, known == null ? 0 : known.last(), () -> "readLast of ledger " + ledger);
    }

    void expectEntry(Object answer, ModelLedger known, long entry, Supplier<String> what) {
        if (known == null) {
            course.expect(answer, NoSuchLedgerException.class, what);
            return;
        }
        byte[] wanted = known.entries.get(entry);
        if (wanted == null) {
            course.expect(answer, NoSuchEntryException.class, what);
        } else if (!(answer instanceof byte[] got)) {
            if (!excuses.isExcused((Throwable) answer)) {
                throw course.fault(what.get() + " is wanted: " + ModelLedger.text(wanted), (Throwable) answer);
            }
        } else if (!Arrays.equals(wanted, got)) {
            throw course.fault(what.get() + " gave " + ModelLedger.text(got) + ", wanted " + ModelLedger.text(wanted));
        }
    }

    void readRange() {
        long ledger = arguments.ledger();
        long first = arguments.readId(ledger);
        int most = 1 + course.random.nextInt(20);
        long bytesMax = course.random.nextBoolean() ? Long.MAX_VALUE : 1 + course.random.nextInt(2000);
        Object answer = attempt(() -> {
            List<byte[]> all = new ArrayList<>();
            for (ByteBuf each : subject.engine.read(ledger, first, most, bytesMax)) {
                all.add(taken(each));
            }
            return all;
        });
        ModelLedger known = following.seen(ledger);
        Supplier<String> what = () -> "read(" + ledger + ", " + first + ", " + most + ", " + bytesMax + ")";
        course.note(what);
        if (known == null) {
            course.expect(answer, NoSuchLedgerException.class, what);
            return;
        }
        if (!(answer instanceof List<?> got)) {
            if (known.entries.tailMap(first, true).isEmpty() || !excuses.isExcused((Throwable) answer)) {
                throw course.fault(what.get() + " failed", (Throwable) answer);
            }
            return;
        }
        int at = 0;
        long sum = 0;
        for (byte[] wanted : known.entries.tailMap(first, true).values()) {
            sum += wanted.length;
            if (at == most || sum > bytesMax && at > 0) {
                break;
            }
            if (at == got.size() && at > 0 && excuses.damaged) {
                // The next one is damaged, and the call that begins there says so.
                return;
            }
            if (at == got.size() || !Arrays.equals(wanted, (byte[]) got.get(at))) {
                throw course.fault(what.get() + " is wrong at place " + at);
            }
            at++;
        }
        if (at != got.size()) {
            throw course.fault(what.get() + " gave " + got.size() + " entries, wanted " + at);
        }
    }

    void ask() {
        long ledger = arguments.ledger();
        int which = course.random.nextInt(8);
        Object answer = attempt(() -> switch (which) {
            case 0 -> subject.engine.exists(ledger);
            case 1 -> subject.engine.entryCount(ledger);
            case 2 -> subject.engine.firstEntryId(ledger);
            case 3 -> subject.engine.lastEntryId(ledger);
            case 4 -> subject.engine.isFenced(ledger);
            case 5 -> subject.engine.lastAddConfirmed(ledger);
            case 6 -> subject.engine.metadata(ledger).map(Answers::taken);
            default -> subject.engine.ledgers().boxed().toList();
        });
        ModelLedger known = following.seen(ledger);
        Supplier<String> what = () -> "question " + which + " about ledger " + ledger;
        course.note(() -> what.get() + " " + describe(answer));
        if (which == 7) {
            course.same(answer, List.copyOf(following.acked.ledgers.keySet()), () -> "ledgers");
        } else if (which == 0) {
            course.same(answer, known != null, what);
        } else if (known == null) {
            course.expect(answer, NoSuchLedgerException.class, what);
        } else if (which == 6) {
            byte[] got = (byte[]) ((Optional<?>) course.value(answer, what)).orElse(null);
            if (!Arrays.equals(got, known.metadata)) {
                throw course.fault(
                        what.get() + " gave " + ModelLedger.text(got) + ", wanted " + ModelLedger.text(known.metadata));
            }
        } else {
            course.same(
                    answer,
                    switch (which) {
                        case 1 -> (long) known.entries.size();
                        case 2 -> optional(known.first());
                        case 3 -> optional(known.last());
                        case 4 -> known.fenced;
                        default -> known.lastAddConfirmed;
                    },
                    what);
        }
    }
}
