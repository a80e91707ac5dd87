package io.daybook.engine.model;

import static io.daybook.engine.model.Answers.attempt;
import static io.daybook.engine.model.Answers.copy;
import static io.daybook.engine.model.Answers.describe;

import io.daybook.engine.CorruptEntryException;
import io.daybook.engine.EngineClosedException;
import io.daybook.engine.EngineFailedException;
import io.daybook.engine.EntryCursor;
import io.daybook.engine.NoSuchLedgerException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.PrimitiveIterator;
import java.util.Set;
import java.util.function.Supplier;

/** Cursors and iterators of ids that stay open while other things happen. */
final class Walks implements ModelFollowing.Watcher {
    /** A cursor or an iterator of ids that is still open. */
    private static final class Walk {
        final long ledger;
        final long generation;
        final long end;
        final EntryCursor cursor;
        final PrimitiveIterator.OfLong ids;
        long at;
        /** Came out of order since this was opened: may be met or not. */
        final Set<Long> optional = new HashSet<>();

        Walk(ModelLedger of, long first, long end, EntryCursor cursor, PrimitiveIterator.OfLong ids) {
            this.ledger = of.id;
            this.generation = of.generation;
            this.at = first - 1;
            this.end = end;
            this.cursor = cursor;
            this.ids = ids;
        }
    }

    private final Course course;
    private final Subject subject;
    private final Excuses excuses;
    private final ModelFollowing following;
    private final Arguments arguments;
    private final List<Walk> walks = new ArrayList<>();

    Walks(Situation now) {
        this.course = now.course();
        this.subject = now.subject();
        this.excuses = now.excuses();
        this.following = now.following();
        this.arguments = now.arguments();
        following.watch(this);
    }

    /** Opens a cursor or an iterator, and goes on with it now and perhaps later. */
    void walk() {
        long ledger = arguments.ledger();
        boolean cursor = course.random.nextInt(3) != 0;
        long first = cursor && course.random.nextBoolean() ? arguments.readId(ledger) : 0;
        long end = cursor && course.random.nextBoolean() ? Math.max(-1, arguments.readId(ledger)) : Arguments.MAX_ENTRY;
        Object answer =
                attempt(() -> cursor ? subject.engine.scan(ledger, first, end) : subject.engine.entries(ledger));
        ModelLedger known = following.seen(ledger);
        course.note(() -> (cursor ? "scan(" : "entries(") + ledger + ", " + first + ", " + end + ")");
        if (known == null) {
            course.expect(answer, NoSuchLedgerException.class, () -> "scan of ledger " + ledger);
            return;
        }
        if (answer instanceof Throwable thrown) {
            throw course.fault("scan failed", thrown);
        }
        Walk walk = new Walk(
                known,
                first,
                end,
                cursor ? (EntryCursor) answer : null,
                cursor ? null : (PrimitiveIterator.OfLong) answer);
        if (walks.size() == 4) {
            end(walks.remove(0));
        }
        walks.add(walk);
        int steps = course.random.nextBoolean() ? excuses.readsFail ? 40 : Integer.MAX_VALUE : course.random.nextInt(6);
        boolean more = true;
        for (int i = 0; i < steps && more; i++) {
            more = advance(walk);
        }
        if (!more && (!cursor || course.random.nextBoolean())) {
            walks.remove(walk);
            end(walk);
        }
    }

    void step(int steps) {
        if (walks.isEmpty()) {
            return;
        }
        Walk walk = walks.get(course.random.nextInt(walks.size()));
        boolean more = true;
        for (int i = 0; i < steps && more; i++) {
            more = advance(walk);
        }
        if (!more && (walk.cursor == null || course.random.nextInt(3) == 0) || course.random.nextInt(10) == 0) {
            walks.remove(walk);
            end(walk);
        }
    }

    private static void end(Walk walk) {
        if (walk.cursor != null) {
            walk.cursor.close();
        }
    }

    /** One step of a walk; false at its end. */
    private boolean advance(Walk walk) {
        Object answer = attempt(() -> {
            if (walk.cursor != null) {
                return walk.cursor.next() ? walk.cursor.entryId() : -1L;
            }
            return walk.ids.hasNext() ? walk.ids.nextLong() : -1L;
        });
        ModelLedger known = following.seen(walk.ledger);
        Supplier<String> what = () -> "step behind " + walk.at + " up to " + walk.end + " in ledger " + walk.ledger;
        course.note(() -> what.get() + " " + describe(answer));
        if (known == null || known.generation != walk.generation) {
            course.expect(answer, NoSuchLedgerException.class, what);
            return false;
        }
        boolean corrupt = answer instanceof CorruptEntryException;
        if (answer instanceof Throwable thrown && (walk.cursor == null || !excuses.isExcused(thrown))) {
            throw course.fault(what.get() + " failed", thrown);
        }
        if (answer instanceof EngineFailedException) {
            // The next step tries again.
            return true;
        }
        long got = corrupt ? walk.cursor.entryId() : (Long) answer;
        long met = -1;
        if (walk.at < walk.end) {
            for (long id :
                    known.entries.subMap(walk.at + 1, true, walk.end, true).keySet()) {
                if (id == got || !walk.optional.contains(id)) {
                    met = id;
                    break;
                }
            }
        }
        if (met != got) {
            throw course.fault(what.get() + " met " + got + ", wanted " + met + " of " + known.entries.keySet()
                    + ", optional " + walk.optional);
        }
        if (got < 0) {
            return false;
        }
        walk.at = got;
        if (walk.cursor != null && !corrupt && !Arrays.equals(known.entries.get(got), copy(walk.cursor.entry()))) {
            throw course.fault(what.get() + " met " + got + " with " + ModelLedger.text(copy(walk.cursor.entry()))
                    + ", wanted " + ModelLedger.text(known.entries.get(got)));
        }
        return true;
    }

    /** What comes out of order may be met or not by who was on the way already. */
    @Override
    public void before(Step step) {
        if (step.kind() != Step.Kind.ENTRY || walks.isEmpty()) {
            return;
        }
        ModelLedger ledger = following.acked.get(step.ledger());
        if (ledger != null && step.entry() < ledger.last() && !ledger.entries.containsKey(step.entry())) {
            for (Walk walk : walks) {
                if (walk.ledger == ledger.id) {
                    walk.optional.add(step.entry());
                }
            }
        }
    }

    /** On a closed engine each of them says so. */
    void requireClosed() {
        for (Walk walk : walks) {
            Object answer = attempt(() -> walk.cursor != null ? walk.cursor.next() : walk.ids.hasNext());
            course.expect(answer, EngineClosedException.class, () -> "step after the close");
        }
    }

    void endAll() {
        walks.forEach(Walks::end);
        walks.clear();
    }
}
