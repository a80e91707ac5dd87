package io.daybook.engine;

import io.daybook.engine.lifecycle.Environment;
import io.daybook.engine.lifecycle.ForcedRebuild;
import io.daybook.engine.lifecycle.StoreDirectory;
import io.daybook.index.IndexException;
import io.daybook.index.LocationIndex;
import io.daybook.journal.JournalException;
import io.daybook.journal.JournalOpening;
import io.daybook.journal.JournalTools;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;

/** What an operator does with a store that no engine has open: look, check, rebuild. <b>Thread-safe.</b> */
public final class StoreTools {
    /** A ledger may have more entries than anybody waits for. */
    private static final int STEP_ENTRIES = 1 << 14;

    private StoreTools() {}

    /** Told how far a long task is. What it throws ends the task, which closes what it opened. */
    @FunctionalInterface
    public interface Progress {
        /**
         * A step was done.
         *
         * @param what the task, a few words
         * @param done so much, in bytes; of "ledgers" and "index" a number of ledgers and rows
         * @param total of so much
         */
        void progress(String what, long done, long total);
    }

    /**
     * One segment, as the manifest lists it.
     *
     * @param id its id
     * @param kind journal, copied (written again by a recovery) or ledgers (a table of ledgers); settled and staged are for later
     * @param state open or sealed
     * @param firstLsn first log sequence number in it, 0: not known
     * @param lastLsn last log sequence number in it, 0: not known
     * @param validBytes up to where it is read, in bytes, 0: not fixed yet
     * @param fileBytes length of the file, -1: missing
     * @param file its path
     */
    public record SegmentInfo(
            long id,
            String kind,
            String state,
            long firstLsn,
            long lastLsn,
            long validBytes,
            long fileBytes,
            String file) {}

    /**
     * What a store is made of.
     *
     * @param storeId random id of the store, in hex
     * @param formatVersion version of the files
     * @param incarnation renewed when a valid end was set below bytes that were found, in hex
     * @param manifestSequence changes of the manifest so far
     * @param checkpointLsn up to where the index speaks, empty if it is open elsewhere, missing or unusable
     * @param indexBytes bytes of the index files
     * @param segments by id
     */
    public record Inspection(
            String storeId,
            int formatVersion,
            String incarnation,
            long manifestSequence,
            OptionalLong checkpointLsn,
            long indexBytes,
            List<SegmentInfo> segments) {}

    /**
     * A damaged place.
     *
     * @param file path of the file, or what else it is: {@code index}, or the directory of a store that cannot be opened
     * @param segmentId its segment, -1: none
     * @param offset where in the file, in bytes, -1: not known
     * @param what what is wrong
     * @param entries entries that cannot be read because of it, where they are known
     */
    public record Damage(String file, long segmentId, long offset, String what, List<Entries> entries) {

        /** A place of which no more is known. */
        public Damage(String file, long segmentId, long offset, String what) {
            this(file, segmentId, offset, what, List.of());
        }
    }

    /**
     * Entries of a ledger that follow each other.
     *
     * @param ledgerId the ledger
     * @param firstEntryId the lowest
     * @param lastEntryId the highest
     */
    public record Entries(long ledgerId, long firstEntryId, long lastEntryId) {}

    /**
     * What a check met.
     *
     * @param segments segments read
     * @param frames frames read
     * @param records records read
     * @param bytes bytes read
     * @param ledgers ledgers compared with the index
     * @param entries entries compared with the index
     * @param damages damaged places, empty: all is well
     * @param notes what was not looked at, and why; empty: everything was
     */
    public record Verification(
            long segments,
            long frames,
            long records,
            long bytes,
            long ledgers,
            long entries,
            List<Damage> damages,
            List<String> notes) {}

    /**
     * Entries that a salvage could not read.
     *
     * @param range which; where not all of a range are lost, or it is only known how many are, the range that they lie in
     * @param entries how many
     * @param file path of the file that they lay in
     * @param offset where in it the loss begins, in bytes
     * @param what what is wrong there
     */
    public record Loss(Entries range, long entries, String file, long offset, String what) {}

    /**
     * What a salvage did.
     *
     * @param ledgers ledgers written
     * @param entries entries written
     * @param bytes their bytes
     * @param losses entries that could not be read
     * @param places places whose records could not be read, and that no index made up for
     * @param uncertain of which ledgers damage may hide a change, and so what was written may be older than it should be
     * @param notes how it was read, where that was not the ordinary way
     * @param report path of the file that says all this
     */
    public record Salvage(
            long ledgers,
            long entries,
            long bytes,
            List<Loss> losses,
            List<Damage> places,
            List<String> uncertain,
            List<String> notes,
            String report) {

        /** Whether all that was ever there was written. */
        public boolean complete() {
            return losses.isEmpty() && places.isEmpty() && uncertain.isEmpty();
        }
    }

    /**
     * What a rebuild did.
     *
     * @param records records read
     * @param ledgers ledgers that exist
     * @param entries entries indexed
     * @param took how long
     */
    public record Rebuild(long records, long ledgers, long entries, Duration took) {}

    /**
     * Opens a store as {@link LedgerEngine#open(EngineConfig)} does, and tells how far it is.
     *
     * @param config settings
     * @param progress told of the replay, on this thread
     * @return the engine; the caller closes it
     * @throws LedgerException as {@link LedgerEngine#open(EngineConfig)}
     */
    public static LedgerEngine open(EngineConfig config, Progress progress) {
        Objects.requireNonNull(config, "config");
        Objects.requireNonNull(progress, "progress");
        return EngineOpening.open(config, progress);
    }

    /**
     * Lists what a store is made of. Takes no lock and changes nothing; beside a writer it is a look at a moment.
     *
     * @param config names the directories
     * @return what is there
     * @throws LedgerException if no store is here, it is of an unknown format or its manifest is damaged
     */
    public static Inspection inspect(EngineConfig config) {
        Objects.requireNonNull(config, "config");
        EngineConfig reading = readOnly(config);
        try {
            Environment environment = EngineOpening.environment(reading);
            requireStore(environment);
            refuseUnknownFormat(environment);
            JournalTools.Contents contents = JournalTools.contents(environment.root(), environment.journal());
            List<SegmentInfo> segments = new ArrayList<>();
            for (JournalTools.Listed listed : contents.segments()) {
                segments.add(new SegmentInfo(
                        listed.id(),
                        listed.kind(),
                        listed.state(),
                        listed.firstLsn(),
                        listed.lastLsn(),
                        listed.validBytes(),
                        listed.fileBytes(),
                        listed.file()));
            }
            OptionalLong checkpoint = OptionalLong.empty();
            long indexBytes = 0;
            try (LocationIndex index = environment.index().open()) {
                indexBytes = index.bytesAtRest();
                if (index.checkpoint().isPresent()) {
                    checkpoint = OptionalLong.of(index.checkpoint().get().lsn());
                }
            } catch (IndexException e) {
                System.getLogger(StoreTools.class.getName())
                        .log(System.Logger.Level.DEBUG, "index cannot be looked at", e);
            }
            return new Inspection(
                    contents.store().toString(),
                    contents.version(),
                    String.format("%016x", contents.incarnation()),
                    contents.sequence(),
                    checkpoint,
                    indexBytes,
                    segments);
        } catch (IOException e) {
            throw EngineOpening.translate(config.directory(), e);
        }
    }

    /**
     * Reads every frame of every segment, then every entry of every ledger through the index, and names each damaged place, and
     * each that the device cannot read, once, with the entries that cannot be read because of it. Locks the store; changes nothing.
     *
     * @param config names the directories
     * @param progress told how far it is
     * @return what was met
     * @throws LedgerException if no store is here, it is open elsewhere, or its manifest is damaged
     */
    public static Verification verify(EngineConfig config, Progress progress) {
        Objects.requireNonNull(config, "config");
        Objects.requireNonNull(progress, "progress");
        EngineConfig reading = readOnly(config);
        try {
            return verify(reading, EngineOpening.environment(reading), progress);
        } catch (IOException e) {
            throw EngineOpening.translate(config.directory(), e);
        }
    }

    static Verification verify(EngineConfig reading, Environment environment, Progress progress) throws IOException {
        FoundDamages damages = new FoundDamages();
        requireStore(environment);
        StoreDirectory lock = StoreDirectory.lock(environment.root(), environment.journal());
        try {
            JournalTools.Checked checked = JournalTools.check(
                    environment.root(),
                    environment.journal(),
                    damages::add,
                    (done, total) -> progress.progress("segments", done, total));
            lookAtIndex(environment, damages);
            long[] compared = new long[2];
            try (LedgerEngine engine = openPatiently(reading, environment)) {
                compare(engine, damages, compared, progress);
            } catch (CorruptStoreException e) {
                // What is wrong in a segment was told above.
                if (damages.isEmpty() || !(e.getCause() instanceof JournalException)) {
                    damages.add(reading.directory().toString(), e.getMessage());
                }
            } catch (EngineFailedException e) {
                damages.add(reading.directory().toString(), e.getMessage());
            }
            return new Verification(
                    checked.segments(),
                    checked.frames(),
                    checked.records(),
                    checked.bytes(),
                    compared[0],
                    compared[1],
                    damages.toList(),
                    List.of());
        } finally {
            release(lock);
        }
    }

    /** An engine that takes what the device cannot read of segments for damage, of which it can name the place. */
    static LedgerEngine openPatiently(EngineConfig reading, Environment environment) {
        try {
            return DaybookEngine.open(reading, patient(environment));
        } catch (IOException e) {
            throw EngineOpening.translate(reading.directory(), e);
        }
    }

    static Environment patient(Environment environment) {
        return new Environment(
                environment.root(),
                JournalTools.patient(environment.journal()),
                environment.index(),
                environment.clock(),
                environment.random(),
                environment.threads(),
                environment.tailEntries(),
                environment.tailJournalBytes(),
                environment.tailsMax());
    }

    /**
     * Looks at everything that an answer can come from: both copies of the manifest, the marks of the directories, every frame
     * and footer, the index in itself and against a replay of all segments, live bytes, and every entry as a reader gets it. Names
     * each damaged place, also such as another copy makes up for. Locks the store; changes nothing.
     *
     * @param config names the directories
     * @param progress told how far it is
     * @return what was met
     * @throws LedgerException if no store is here, it is open elsewhere or of an unknown format
     */
    public static Verification verifyDeep(EngineConfig config, Progress progress) {
        Objects.requireNonNull(config, "config");
        Objects.requireNonNull(progress, "progress");
        EngineConfig reading = readOnly(config);
        try {
            return verifyDeep(reading, EngineOpening.environment(reading), progress);
        } catch (IOException e) {
            throw EngineOpening.translate(config.directory(), e);
        }
    }

    static Verification verifyDeep(EngineConfig reading, Environment environment, Progress progress)
            throws IOException {
        requireStore(environment);
        StoreDirectory lock = StoreDirectory.lock(environment.root(), environment.journal());
        try {
            return new DeepVerification(reading, environment, progress).run();
        } finally {
            release(lock);
        }
    }

    private static void compare(LedgerEngine engine, FoundDamages damages, long[] compared, Progress progress) {
        long[] ledgers = engine.ledgers().toArray();
        for (long ledgerId : ledgers) {
            try {
                long met = compare(
                        engine, ledgerId, damages, () -> progress.progress("ledgers", compared[0], ledgers.length));
                compared[1] += met;
                long count = engine.entryCount(ledgerId);
                if (count != met) {
                    damages.add("index", "ledger " + ledgerId + " has " + count + " entries, the index finds " + met);
                }
            } catch (EngineFailedException e) {
                // A part of the index cannot be read; other ledgers may stand elsewhere in it.
                damages.add("index", "ledger " + ledgerId + ": " + e.getMessage());
            }
            compared[0]++;
            progress.progress("ledgers", compared[0], ledgers.length);
        }
    }

    /** An index that is known to be damaged is not read by the engine below, which then answers without it. */
    private static void lookAtIndex(Environment environment, FoundDamages damages) {
        try (LocationIndex index = environment.index().open()) {
            index.checkpoint();
        } catch (IndexException e) {
            if (e.kind() == IndexException.Kind.DAMAGED) {
                damages.add("index", e.getMessage() + "; the next open builds it anew");
            }
        } catch (IOException e) {
            damages.add("index", "cannot be read: " + e.getMessage());
        }
    }

    /** Reads every entry of a ledger, telling now and then that it goes on; how many there are. */
    private static long compare(LedgerEngine engine, long ledgerId, FoundDamages damages, Runnable step) {
        long met = 0;
        long read = 0;
        try (EntryCursor cursor = engine.scan(ledgerId, 0, Ids.ENTRY_MAX)) {
            boolean more = true;
            while (more) {
                if (++read % STEP_ENTRIES == 0) {
                    step.run();
                }
                try {
                    more = cursor.next();
                } catch (CorruptEntryException e) {
                    damages.lose(ledgerId, cursor.entryId(), e);
                }
                met += more ? 1 : 0;
            }
        }
        return met;
    }

    /**
     * Builds the location index anew from the segments, in a fresh directory that then replaces the old one.
     *
     * @param config names the directories
     * @param progress told how far it is
     * @return what was done
     * @throws LedgerException if no store is here, it is open elsewhere, or its journal is damaged
     */
    public static Rebuild rebuildIndex(EngineConfig config, Progress progress) {
        Objects.requireNonNull(config, "config");
        Objects.requireNonNull(progress, "progress");
        long start = System.nanoTime();
        try {
            // Looked at as a reader first, who makes no directories.
            requireStore(EngineOpening.environment(readOnly(config)));
            Environment environment = EngineOpening.environment(config);
            Environment forced = new Environment(
                    environment.root(),
                    environment.journal(),
                    new ForcedRebuild(environment.index()),
                    environment.clock(),
                    environment.random(),
                    true,
                    environment.tailEntries(),
                    environment.tailJournalBytes(),
                    environment.tailsMax());
            try (DaybookEngine engine = DaybookEngine.open(config, forced, progress)) {
                long entries = 0;
                long ledgers = 0;
                for (long ledgerId : engine.ledgers().toArray()) {
                    ledgers++;
                    entries += engine.entryCount(ledgerId);
                }
                return new Rebuild(
                        engine.replayedRecords(), ledgers, entries, Duration.ofNanos(System.nanoTime() - start));
            }
        } catch (IOException e) {
            throw EngineOpening.translate(config.directory(), e);
        }
    }

    /**
     * Writes everything that can be read of a store, also of one that cannot be opened, into a new store, and a file {@code
     * TARGET.salvage.txt} beside it that names each loss. The new store is checked in depth and then takes its name: one
     * that is there is complete. The source is locked, where its directory can be written, and no byte of it is changed.
     *
     * @param config names the directories of the source; its limits, such as the longest entry, are those of the new engine
     * @param target directory of the new store; must not exist, but its parent must, outside of the source
     * @param progress told how far it is
     * @return what was written and what is lost
     * @throws LedgerException if nothing here can be read as a store, it is of an unknown format or open elsewhere, or the target
     *     cannot be written
     * @throws IllegalArgumentException if the target exists, lies in the source, or no directory can be made there
     */
    public static Salvage salvage(EngineConfig config, Path target, Progress progress) {
        Objects.requireNonNull(config, "config");
        Objects.requireNonNull(target, "target");
        Objects.requireNonNull(progress, "progress");
        Path path = target.toAbsolutePath().normalize();
        try {
            EngineConfig reading = readOnly(config);
            refuseUnknownFormat(EngineOpening.environment(reading));
            return SalvageTarget.salvage(reading, path, progress);
        } catch (IOException e) {
            throw EngineOpening.translate(config.directory(), e);
        }
    }

    private static void requireStore(Environment environment) throws IOException {
        if (!JournalOpening.exists(environment.root())) {
            throw new NotAStoreException(environment.root().description() + " holds no store");
        }
    }

    /** The marks of the directories are no damage where they are of a newer format: what they mark means something else then. */
    private static void refuseUnknownFormat(Environment environment) throws IOException {
        try {
            StoreDirectory.identityFaults(environment.root(), environment.journal());
        } catch (IOException e) {
            if (e instanceof JournalException known && known.kind() == JournalException.Kind.UNSUPPORTED) {
                throw e;
            }
            // The manifest cannot be read: to tell so is left to who needs it.
        }
    }

    private static EngineConfig readOnly(EngineConfig config) {
        return config.readOnly()
                ? config
                : new EngineConfig(
                        config.directory(),
                        config.journalDirectory(),
                        config.dataDirectory(),
                        config.name(),
                        config.metricsRegistry(),
                        config.durability(),
                        config.memoryBudget(),
                        config.segmentBytes(),
                        config.entryBytesMax(),
                        config.inFlightBytesMax(),
                        config.appendWaitMax(),
                        config.groupWaitMax(),
                        config.stageDeadline(),
                        config.diskReserveBytes(),
                        config.allocator(),
                        true,
                        config.shutdownHook());
    }

    static void release(StoreDirectory lock) {
        if (lock != null) {
            try {
                lock.release();
            } catch (IOException e) {
                System.getLogger(StoreTools.class.getName())
                        .log(System.Logger.Level.WARNING, "lock was not given back in order", e);
            }
        }
    }
}
