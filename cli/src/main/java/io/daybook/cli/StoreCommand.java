package io.daybook.cli;

import io.daybook.engine.EngineConfig;
import io.daybook.engine.LedgerEngine;
import io.daybook.engine.StoreTools;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** A command on the store in a directory. */
@Command
abstract class StoreCommand implements Callable<Integer> {
    @ParentCommand
    private RootCommand root;

    @Parameters(
            index = "0",
            paramLabel = "DIR",
            description = "Directory of the store.",
            converter = Converters.Directory.class)
    private Path directory;

    /** Does the work and returns the exit code. */
    @Override
    public abstract Integer call();

    final Session session() {
        return root.session;
    }

    final boolean json() {
        return root.json;
    }

    final Path directory() {
        return directory;
    }

    /** Settings for this directory. The name does not follow the directory's, which may be longer than a name can be. */
    final EngineConfig.Builder config() {
        return EngineConfig.builder(directory).name("daybook");
    }

    /** Refuses a directory without a store: a command that looks at a store must not make one. */
    final void requireStore() {
        if (!Files.exists(directory)) {
            throw CommandException.misuse("no store in " + directory + ": there is no such directory");
        }
        if (!Files.isDirectory(directory)) {
            throw CommandException.misuse("no store in " + directory + ": that is no directory");
        }
        try (Stream<Path> files = Files.list(directory)) {
            if (files.findAny().isEmpty()) {
                throw CommandException.misuse("no store in " + directory + ": the directory is empty");
            }
        } catch (IOException e) {
            throw CommandException.misuse("cannot read the directory " + directory, e);
        }
    }

    /** Refuses a directory that cannot be written, before anything is made. */
    final void requireWritable() {
        Path existing = directory.toAbsolutePath().normalize();
        while (existing != null && !Files.exists(existing)) {
            existing = existing.getParent();
        }
        if (existing != null && !Files.isDirectory(existing)) {
            throw CommandException.misuse(
                    "cannot use the directory " + directory + ": " + existing + " is no directory");
        }
        if (existing != null && !Files.isWritable(existing)) {
            throw CommandException.misuse("the directory " + existing + " is not writable");
        }
    }

    /** Shows how far a long task is, and ends it where a signal came. */
    final StoreTools.Progress steps(Progress progress) {
        return (what, done, total) -> {
            session().stop().check();
            progress.show(() -> line(what, done, total));
        };
    }

    private static String line(String what, long done, long total) {
        boolean counted = what.equals("ledgers") || what.equals("index");
        return what + " " + (counted ? Units.count(done) : Units.bytes(done)) + " " + Units.percent(done, total);
    }

    /** Opens the store, and sees to it that a signal closes it. */
    final LedgerEngine open(EngineConfig config) {
        LedgerEngine engine;
        try (Progress progress = session().progress()) {
            engine = StoreTools.open(config, steps(progress));
        }
        session().stop().whenStuck(engine::close);
        return engine;
    }

    /** Opens the store to read it; the lock needs a directory that can be written. */
    final LedgerEngine openForReading(boolean readOnly) {
        if (!readOnly && !Files.isWritable(directory)) {
            throw CommandException.misuse(
                    "the directory " + directory + " is not writable; --read-only reads it without writing");
        }
        return open(config().readOnly(readOnly).build());
    }
}
