package io.daybook.engine;

import io.daybook.engine.StoreTools.Verification;
import io.daybook.engine.check.IndexCheck;
import io.daybook.engine.flush.Recovery;
import io.daybook.engine.lifecycle.Environment;
import io.daybook.engine.lifecycle.StoreDirectory;
import io.daybook.index.IndexException;
import io.daybook.index.LocationIndex;
import io.daybook.journal.JournalException;
import io.daybook.journal.JournalOpening;
import io.daybook.journal.JournalTools;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Looks at everything that an answer can come from: both copies of the manifest, the marks of the directories, every frame and
 * footer, the index in itself and against a replay of the segments, and every entry as a reader gets it. The store is locked
 * by the caller. <b>Used once, by one thread.</b>
 */
final class DeepVerification {
    private static final String INDEX = "index";

    private final EngineConfig config;
    private final Environment environment;
    private final StoreTools.Progress progress;
    private final FoundDamages damages = new FoundDamages();
    private final List<String> notes = new ArrayList<>();
    private JournalTools.Checked read = new JournalTools.Checked(0, 0, 0, 0);
    private long ledgers;
    private long entries;

    DeepVerification(EngineConfig config, Environment environment, StoreTools.Progress progress) {
        this.config = config;
        this.environment = environment;
        this.progress = progress;
    }

    Verification run() throws IOException {
        if (JournalTools.checkManifest(environment.root(), damages::add)) {
            StoreDirectory.identityFaults(environment.root(), environment.journal())
                    .forEach((file, what) -> damages.add(file, -1, 0, Long.MAX_VALUE, what));
            int before = damages.size();
            read = JournalTools.check(
                    environment.root(),
                    environment.journal(),
                    damages::add,
                    (done, total) -> progress.progress("segments", done, total));
            checkIndex(damages.size() > before);
            checkAnswers();
        } else {
            notes.add("segments and index were not looked at, as no copy of the manifest says which they are");
        }
        return new Verification(
                read.segments(),
                read.frames(),
                read.records(),
                read.bytes(),
                ledgers,
                entries,
                damages.toList(),
                List.copyOf(notes));
    }

    private void indexDamaged(String what) {
        damages.add(environment.root().description() + "/" + INDEX, -1, -1, Long.MAX_VALUE, what);
    }

    private JournalOpening journal() throws IOException {
        return StoreDirectory.unlocked(environment.root(), JournalTools.patient(environment.journal()))
                .readJournal(environment.random());
    }

    private void checkIndex(boolean segmentsDamaged) throws IOException {
        try {
            checkIndexAgainst(segmentsDamaged);
        } catch (IndexException e) {
            indexDamaged(e.getMessage());
        } catch (CorruptStoreException e) {
            refused(e);
        } catch (JournalException e) {
            if (e.kind() != JournalException.Kind.DAMAGED) {
                throw e;
            }
            damages.addIfNew(e.file(), e.segmentId(), e.offset(), e.getMessage());
        } catch (IOException e) {
            indexDamaged("cannot be read: " + e.getMessage());
        }
    }

    private void checkIndexAgainst(boolean segmentsDamaged) throws IOException {
        if (!environment.root().exists(INDEX)) {
            notes.add("there is no index; the next open builds it from the segments");
            return;
        }
        JournalOpening opening = journal();
        Recovery.Usable usable;
        try {
            usable = Recovery.open(environment.index(), opening);
        } finally {
            opening.close();
        }
        try (LocationIndex index = usable.index()) {
            if (usable.unusable() != null) {
                indexDamaged(usable.unusable() + "; the next open builds it anew");
                return;
            }
            IndexCheck check = new IndexCheck(index, this::indexDamaged);
            boolean whole = check.checkAlone((done, total) -> progress.progress("index", done, total));
            if (segmentsDamaged) {
                notes.add("the index was not compared with a replay of the segments, as some cannot be read");
            } else if (whole) {
                check.checkAgainstReplay(
                        new NoIndex(),
                        usable.checkpointLsn(),
                        this::journal,
                        (done, total) -> progress.progress("replay", done, total));
            }
        }
    }

    private void refused(CorruptStoreException e) {
        if (e.getCause() instanceof JournalException cause) {
            damages.addIfNew(cause.file(), cause.segmentId(), cause.offset(), cause.getMessage());
        } else {
            damages.addIfNew(config.directory().toString(), -1, -1, e.getMessage());
        }
    }

    /** Every entry, as a reader gets it. */
    private void checkAnswers() {
        try (LedgerEngine engine = StoreTools.openPatiently(config, environment)) {
            long[] ids = engine.ledgers().toArray();
            for (long ledgerId : ids) {
                ledgers++;
                try {
                    checkLedger(engine, ledgerId);
                } catch (EngineFailedException e) {
                    // A part of the index cannot be read; other ledgers may stand elsewhere in it.
                    indexDamaged("ledger " + ledgerId + ": " + e.getMessage());
                }
                progress.progress("ledgers", ledgers, ids.length);
            }
        } catch (CorruptStoreException e) {
            refused(e);
        } catch (EngineFailedException e) {
            damages.addIfNew(config.directory().toString(), -1, -1, e.getMessage());
            notes.add("entries were not read, as the store cannot be opened");
        }
    }

    private void checkLedger(LedgerEngine engine, long ledgerId) {
        long met = 0;
        try (EntryCursor cursor = engine.scan(ledgerId, 0, Ids.ENTRY_MAX)) {
            boolean more = true;
            while (more) {
                try {
                    more = cursor.next();
                } catch (CorruptEntryException e) {
                    damages.lose(ledgerId, cursor.entryId(), e);
                }
                met += more ? 1 : 0;
            }
        }
        entries += met;
        long count = engine.entryCount(ledgerId);
        if (count != met) {
            indexDamaged("ledger " + ledgerId + " has " + count + " entries, the index finds " + met);
        }
    }
}
