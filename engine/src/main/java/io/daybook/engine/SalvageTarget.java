package io.daybook.engine;

import io.daybook.engine.StoreTools.Damage;
import io.daybook.engine.StoreTools.Loss;
import io.daybook.engine.StoreTools.Salvage;
import io.daybook.engine.StoreTools.Verification;
import io.daybook.engine.lifecycle.Environment;
import io.daybook.engine.lifecycle.StoreDirectory;
import io.daybook.journal.JournalSalvage;
import io.daybook.storage.NioStorage;
import io.daybook.storage.Storage;
import io.daybook.storage.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Path;
import java.nio.file.ReadOnlyFileSystemException;

/** The new store of a salvage: written beside its place, checked, then renamed, so that what has the name is complete. */
final class SalvageTarget {
    private static final String UNFINISHED = ".unfinished";
    private static final String REPORT = ".salvage.txt";

    private SalvageTarget() {}

    static Salvage salvage(EngineConfig reading, Path target, StoreTools.Progress progress) throws IOException {
        if (target.getParent() == null || target.getFileName() == null) {
            throw new IllegalArgumentException("no store can be made at " + target);
        }
        if (!NioStorage.isDirectory(target.getParent())) {
            throw new IllegalArgumentException(
                    "no store can be made at " + target + ": " + target.getParent() + " is no directory");
        }
        refuseWithin(reading.directory(), target);
        refuseWithin(reading.journalDirectory(), target);
        Storage parent = NioStorage.at(target.getParent(), false);
        String name = target.getFileName().toString();
        // Refuses the names of locks, which would fail when all is written.
        parent.directory(name, false);
        for (String taken : new String[] {name, name + REPORT}) {
            if (parent.exists(taken)) {
                throw new IllegalArgumentException(
                        target.resolveSibling(taken) + " exists: a salvage writes a new store");
            }
        }
        Environment source = EngineOpening.environment(reading);
        if (!JournalSalvage.isPossible(source.root(), source.journal())) {
            throw new NotAStoreException(source.root().description() + " holds no store");
        }
        StoreDirectory lock = lock(source);
        try {
            if (parent.exists(name + UNFINISHED)) {
                // Of a salvage that broke off.
                parent.delete(name + UNFINISHED);
            }
            Salvage salvage = write(reading, source, target.resolveSibling(name + UNFINISHED), progress);
            String report = target.resolveSibling(name + REPORT).toString();
            write(parent, name + REPORT, text(reading, target, salvage));
            parent.rename(name + UNFINISHED, name);
            parent.syncDirectory();
            return new Salvage(
                    salvage.ledgers(),
                    salvage.entries(),
                    salvage.bytes(),
                    salvage.losses(),
                    salvage.places(),
                    salvage.uncertain(),
                    salvage.notes(),
                    report);
        } finally {
            StoreTools.release(lock);
        }
    }

    /** A store in a store would change the source, and be gone with it. */
    private static void refuseWithin(Path source, Path target) throws IOException {
        if (NioStorage.isDirectory(source) && target.getParent().toRealPath().startsWith(source.toRealPath())) {
            throw new IllegalArgumentException(target + " lies in " + source + ", which is to be salvaged");
        }
    }

    /** Null where the source cannot be written: then nobody else writes it either. */
    private static StoreDirectory lock(Environment source) throws IOException {
        try {
            return StoreDirectory.lock(source.root(), source.journal());
        } catch (AccessDeniedException | ReadOnlyFileSystemException e) {
            return null;
        }
    }

    private static Salvage write(
            EngineConfig reading, Environment source, Path unfinished, StoreTools.Progress progress)
            throws IOException {
        EngineConfig writing = EngineConfig.builder(unfinished)
                .name(reading.name())
                .memoryBudget(reading.memoryBudget())
                .segmentBytes(reading.segmentBytes())
                .entryBytesMax(reading.entryBytesMax())
                .stageDeadline(reading.stageDeadline())
                .allocator(reading.allocator())
                .build();
        Salvage salvage;
        try (JournalSalvage journal = JournalSalvage.open(source.root(), source.journal());
                LedgerEngine target = LedgerEngine.open(writing)) {
            salvage = new Salvaging(source, journal, progress).run(target);
        }
        Verification verified = StoreTools.verifyDeep(writing, progress);
        if (!verified.damages().isEmpty()) {
            throw new EngineFailedException(
                    "the new store does not verify: " + verified.damages().get(0), null);
        }
        return salvage;
    }

    private static void write(Storage storage, String name, String text) throws IOException {
        try (StorageFile file = storage.create(name)) {
            file.writeFully(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)), 0);
            file.sync(true);
        }
    }

    private static String text(EngineConfig reading, Path target, Salvage salvage) {
        StringBuilder text = new StringBuilder("salvage of " + reading.directory() + " into " + target + "\n");
        text.append("written: ")
                .append(salvage.ledgers())
                .append(" ledgers, ")
                .append(salvage.entries())
                .append(" entries, ")
                .append(salvage.bytes())
                .append(" bytes\n");
        for (Loss loss : salvage.losses()) {
            text.append("lost: ").append(line(loss)).append('\n');
        }
        for (Damage place : salvage.places()) {
            text.append("unreadable: ")
                    .append(place.file())
                    .append(" at ")
                    .append(place.offset())
                    .append(": ")
                    .append(place.what())
                    .append('\n');
        }
        salvage.uncertain()
                .forEach(what -> text.append("uncertain: ").append(what).append('\n'));
        salvage.notes().forEach(note -> text.append("note: ").append(note).append('\n'));
        if (salvage.complete()) {
            text.append("nothing is lost\n");
        }
        return text.toString();
    }

    private static String line(Loss loss) {
        return "ledger " + loss.range().ledgerId() + ", " + loss.entries() + " of the entries "
                + loss.range().firstEntryId() + " to " + loss.range().lastEntryId() + ": " + loss.file() + " at "
                + loss.offset() + ": " + loss.what();
    }
}
