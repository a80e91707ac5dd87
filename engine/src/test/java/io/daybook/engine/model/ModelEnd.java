package io.daybook.engine.model;

import static io.daybook.engine.model.Answers.attempt;
import static io.daybook.engine.model.Answers.buffer;
import static io.daybook.engine.model.Answers.taken;

import io.daybook.engine.CorruptEntryException;
import io.daybook.engine.StoreTools;
import io.daybook.engine.TestEngines;
import io.daybook.journal.JournalException;
import io.daybook.journal.JournalTools;
import io.daybook.storage.Power;
import io.daybook.storage.Rot;
import io.daybook.storage.SimStorage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** The end of a run: a full comparison, with all faults over. */
final class ModelEnd {
    /** An open after the last fault takes fewer storage operations, or something goes round in circles. */
    private static final long OPERATIONS_TO_OPEN_MAX = 2_000;

    private final Course course;
    private final Subject subject;
    private final Excuses excuses;
    private final ModelFollowing following;
    private final ModelLives lives;
    private final ModelWrites writes;
    private final ModelReads reads;
    private final ModelFaults faults;
    private final RefusedCalls refused;
    private final Observation observation;
    private final ModelMetrics metrics;

    ModelEnd(
            Situation now,
            ModelLives lives,
            ModelWrites writes,
            ModelReads reads,
            ModelFaults faults,
            RefusedCalls refused,
            Observation observation) {
        this.course = now.course();
        this.subject = now.subject();
        this.excuses = now.excuses();
        this.following = now.following();
        this.lives = lives;
        this.writes = writes;
        this.reads = reads;
        this.faults = faults;
        this.refused = refused;
        this.observation = observation;
        this.metrics = new ModelMetrics(now);
    }

    /**
     * Full comparison: as it is, after an orderly close, and with the index built anew, which must be what it was. Then what
     * only appends can tell, what a closed engine says, and what the tools say.
     */
    void finish() throws IOException {
        subject.disk.clearFaults();
        subject.disk.capacityBytes(SimStorage.UNLIMITED_BYTES);
        excuses.heal();
        excuses.loose = false;
        if (excuses.failed || excuses.faulty || excuses.indexFaulty || excuses.full) {
            lives.crash(Power.ANY);
            excuses.heal();
        }
        course.note(() -> "the end");
        writes.pump();
        observation.compare("at the end");
        metrics.compare();
        if (metrics.flush()) {
            writes.flush();
            metrics.compareFlushed();
        }
        lives.close();
        metrics.requireNone();
        IndexDump followed = subject.index.dump();
        if (subject.rig.mix().bothEnds || course.random.nextInt(8) == 0) {
            openAtEnd();
            lives.close();
        }
        boolean rebuilt = false;
        while (!rebuilt) {
            subject.index.lose();
            SimStorage before = subject.disk;
            openAtEnd();
            rebuilt = subject.disk == before;
            if (!rebuilt) {
                // A power loss behind the rebuild may have left an older index: what it lacks comes into it with the
                // close.
                lives.close();
            }
            String difference = followed.difference(subject.index.dump());
            if (difference != null) {
                throw course.fault("the index differs from a rebuilt one: " + difference);
            }
        }
        for (long ledger : List.copyOf(following.accepted.ledgers.keySet())) {
            ModelLedger known = following.accepted.get(ledger);
            if (!known.fenced && known.nextId < Long.MAX_VALUE) {
                last(ledger, known.nextId);
            }
        }
        last(Arguments.UNTOUCHED_LEDGER, 0);
        lives.close();
        refused.afterClose();
        audit();
        subject.forget();
    }

    /** Faults have ended, so the open goes well, and soon. */
    private void openAtEnd() throws IOException {
        long before = subject.disk.operations();
        int failedBefore = (int) (course.totals.failedOpens + course.totals.refusals);
        SimStorage same = subject.disk;
        lives.recover(false);
        if (subject.disk == same && course.totals.failedOpens + course.totals.refusals == failedBefore) {
            long took = subject.disk.operations() - before;
            course.totals.mostOperationsToOpen = Math.max(course.totals.mostOperationsToOpen, took);
            if (took > OPERATIONS_TO_OPEN_MAX) {
                throw course.fault("the open took " + took + " storage operations");
            }
        }
    }

    private void last(long ledger, long id) {
        int before = following.issued.size();
        writes.accept(
                List.of(new Step(Step.Kind.ENTRY, ledger, id, new byte[0])),
                id,
                false,
                () -> subject.engine.append(ledger, buffer(new byte[0])));
        writes.pump();
        if (following.issued.size() == before) {
            throw course.fault("an append to ledger " + ledger + " is refused after all faults ended");
        }
        reads.expectEntry(
                attempt(() -> taken(subject.engine.read(ledger, id))),
                following.acked.get(ledger),
                id,
                () -> "read of the last entry of ledger " + ledger);
    }

    /**
     * The check of the journal and the deep verification find nothing in a whole store, and where something is damaged what an
     * engine meets of it (I15).
     */
    private void audit() throws IOException {
        if (course.random.nextInt(8) != 0) {
            return;
        }
        course.totals.audits++;
        boolean whole = !subject.rig.mix().faults || course.random.nextInt(4) == 0;
        String found = checked();
        if (found != null) {
            throw course.fault("the check of a whole store found " + found);
        }
        if (whole) {
            StoreTools.Verification verified = verifiedDeep(true);
            if (!verified.damages().isEmpty() || !verified.notes().isEmpty()) {
                throw course.fault("the deep verification of a whole store found " + verified);
            }
            return;
        }
        String file = faults.someFile();
        Rot kind = Rot.values()[course.random.nextInt(Rot.values().length)];
        if (file.endsWith("STORE")
                || !subject.disk.rot(file, kind, faults.place(file, subject.disk.content(file).length))) {
            return;
        }
        excuses.damaged = true;
        course.note(() -> "audit: " + kind + " in " + file);
        met(kind + " in " + file);
        excuses.heal();
        lives.released();
    }

    /** What an engine meets of a damage is found by both. */
    private void met(String damage) throws IOException {
        String found = checked();
        boolean indexed = course.random.nextBoolean();
        if (!indexed) {
            subject.index.lose();
        }
        StoreTools.Verification verified = verifiedDeep(indexed);
        String met = null;
        try {
            subject.engine = TestEngines.open(subject.config, subject.environment(true, course::nextLong))
                    .engine();
            boolean[] unread = new boolean[1];
            ModelState seen = observation.look(unread);
            met = unread[0] ? "a damaged entry" : following.acked.difference(seen);
            if (met != null && !unread[0]) {
                throw course.fault("with " + damage + ": " + met);
            }
            Set<String> lost = unreadable();
            Set<String> named = named(verified);
            if (!lost.equals(named)) {
                throw course.fault("with " + damage + " the engine cannot read " + lost
                        + ", the deep verification names " + named + ": " + verified);
            }
            subject.engine.close();
        } catch (JournalException e) {
            met = e.getMessage();
            if (verified.damages().stream().noneMatch(place -> place.file().endsWith(e.file()))) {
                throw course.fault("with " + damage + " the open is refused: " + e.getMessage()
                        + "; the deep verification found " + verified);
            }
        }
        if (met != null && found == null) {
            throw course.fault("with " + damage + " the engine met " + met + ", the check nothing");
        }
        if (met != null && verified.damages().isEmpty()) {
            throw course.fault("with " + damage + " the engine met " + met + ", the deep verification nothing");
        }
        course.totals.damagesNamed += met == null ? 0 : 1;
    }

    /** The entries that an engine says are damaged. */
    private Set<String> unreadable() {
        Set<String> lost = new TreeSet<>();
        for (ModelLedger ledger : following.acked.ledgers.values()) {
            for (long id : ledger.entries.keySet()) {
                if (attempt(() -> taken(subject.engine.read(ledger.id, id))) instanceof CorruptEntryException) {
                    lost.add(ledger.id + ", " + id);
                }
            }
        }
        return lost;
    }

    /** The entries that the deep verification says are damaged. */
    private static Set<String> named(StoreTools.Verification verified) {
        Set<String> named = new TreeSet<>();
        for (StoreTools.Damage damage : verified.damages()) {
            for (StoreTools.Entries range : damage.entries()) {
                for (long id = range.firstEntryId(); id <= range.lastEntryId(); id++) {
                    named.add(range.ledgerId() + ", " + id);
                }
            }
        }
        return named;
    }

    /**
     * What the deep verification finds; it changes nothing.
     *
     * @param indexed whether there is an index, which stands elsewhere here
     */
    private StoreTools.Verification verifiedDeep(boolean indexed) throws IOException {
        if (indexed) {
            subject.disk.directory("index", true);
        }
        subject.disk.onOperation((number, op, path) -> {
            if (op.changes()) {
                throw course.fault("the deep verification does " + op + " of " + path);
            }
        });
        StoreTools.Verification verified = TestEngines.verifyDeep(
                subject.reading, subject.environment(false, course::nextLong), (what, done, total) -> {});
        subject.disk.onOperation(null);
        return verified;
    }

    /** What the check of the journal finds first, null: nothing. */
    private String checked() throws IOException {
        List<String> damages = new ArrayList<>();
        try {
            JournalTools.check(
                    subject.disk,
                    subject.disk.directory("journal", false),
                    (where, segmentId, offset, end, what) -> damages.add(what + " in " + where + " at " + offset),
                    (done, total) -> {});
        } catch (JournalException e) {
            damages.add(e.getMessage());
        }
        return damages.isEmpty() ? null : damages.get(0);
    }
}
