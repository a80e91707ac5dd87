package io.daybook.cli;

import io.daybook.engine.EngineConfig;
import io.daybook.engine.LedgerEngine;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Write, kill -9, recover, compare. */
@Command(
        name = "demo",
        sortOptions = false,
        description = {
            "Write, kill -9, recover, compare: see that nothing is lost.",
            "",
            "A child process appends to a new store and is killed with SIGKILL in the middle of it; then every entry that it"
                    + " acknowledged is read back and compared byte for byte. Takes less than a minute and a few GiB of disk, which it gives back.",
            "",
            "With --seed-bug: threads scrape metrics, read, iterate and compact while the store is closed under them, first"
                    + " with RocksDB behind a closed flag, which ends the JVM, then with Daybook, which does not."
        })
final class DemoCommand implements Callable<Integer> {
    /** So much is acknowledged at most before the kill: a fast disk shows its speed in less than the whole time. */
    private static final long BYTES_MAX = 3L << 30;

    private static final int SHARE_OF_FREE_SPACE = 4;
    private static final long BYTES_MIN = 64L << 20;
    private static final long FIRST_ACK_SECONDS_MAX = 30;
    private static final long CHILD_SECONDS_MAX_EXTRA = 60;
    private static final long POLL_MILLIS = 20;

    @ParentCommand
    private RootCommand root;

    @Option(
            names = "--seconds",
            paramLabel = "N",
            defaultValue = "8",
            converter = Converters.Seconds.class,
            description = "Kill the writer after so many seconds, ${DEFAULT-VALUE} unless given, or after 3 GiB.")
    private long seconds;

    @Mixin
    private DemoOptions options;

    @Option(
            names = "--dir",
            paramLabel = "DIR",
            converter = Converters.Directory.class,
            description = "Make the store here and leave it here; must be missing or empty. Otherwise it is made in a"
                    + " temporary directory.")
    private Path given;

    @Option(names = "--keep", description = "Leave a temporary directory where it is, too.")
    private boolean keep;

    @Option(names = "--seed", paramLabel = "N", description = "Of the entries' content; a random one unless given.")
    private Long seed;

    @Option(
            names = "--seed-bug",
            description = "Show what ends a JVM when a native store is closed, and what does not.")
    private boolean seedBug;

    @Option(
            names = "--runs",
            paramLabel = "N",
            defaultValue = "8",
            converter = Converters.Runs.class,
            description = "With --seed-bug: so many JVMs on each side, ${DEFAULT-VALUE} unless given.")
    private long runs;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        checkTogether();
        if (seedBug) {
            return new SeedBugDemo(root, (int) runs).run();
        }
        options.check();
        long content = seed != null ? seed : new SecureRandom().nextLong();
        try (DemoDirectory directory = DemoDirectory.make(given, keep);
                Progress progress = root.session.progress()) {
            root.session.stop().whenStuck(directory::close);
            return run(directory, content, progress);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw CommandException.io("interrupted", e);
        }
    }

    /** Options of one of the two demos say nothing to the other one, and are not passed over in silence. */
    private void checkTogether() {
        for (OptionSpec given : spec.commandLine().getParseResult().matchedOptions()) {
            String name = given.longestName();
            if (!name.equals("--seed-bug") && !given.inherited() && seedBug != name.equals("--runs")) {
                throw CommandException.misuse(name + " does not go " + (seedBug ? "with" : "without") + " --seed-bug");
            }
        }
    }

    private int run(DemoDirectory directory, long content, Progress progress) throws InterruptedException {
        tell("Daybook demo: " + Units.count(options.ledgers()) + " ledgers, entries of "
                + Units.bytes(options.entryBytes())
                + ", " + Units.count(options.inFlight()) + " in flight, in " + directory.store() + " ("
                + directory.fileSystem() + ")");
        if (directory.fileSystem().equals("tmpfs")) {
            tell("  note: this is memory, not a disk; --dir shows what a disk does");
        }
        tell("");
        DemoAcks acks = writeAndKill(directory, content, progress);
        return recover(directory, content, acks, progress);
    }

    private DemoAcks writeAndKill(DemoDirectory directory, long content, Progress progress)
            throws InterruptedException {
        long bytesMax = Math.max(BYTES_MIN, Math.min(BYTES_MAX, directory.usableBytes() / SHARE_OF_FREE_SPACE));
        long began = System.nanoTime();
        try (DemoChild child =
                DemoChild.start(directory, options, content, Math.min(600, seconds + CHILD_SECONDS_MAX_EXTRA))) {
            root.session.stop().onRequest(child::close);
            boolean enough = false;
            while (!enough) {
                Thread.sleep(POLL_MILLIS);
                DemoAcks acks = child.acks();
                long total = acks.total();
                if (root.session.stop().requested()) {
                    throw CommandException.io("stopped", null);
                }
                if (!child.alive()) {
                    throw CommandException.io("the writer, process " + child.pid() + ", ended by itself", null);
                }
                if (total == 0 && System.nanoTime() - began > FIRST_ACK_SECONDS_MAX * 1_000_000_000L) {
                    throw CommandException.io(
                            "the writer acknowledged nothing in " + FIRST_ACK_SECONDS_MAX + " seconds", null);
                }
                enough = acks.elapsedNanos() >= seconds * 1_000_000_000L || total * options.entryBytes() >= bytesMax;
                progress.show(() -> total == 0
                        ? "  starting the writer"
                        : "  writing: " + Units.count(total) + " entries acknowledged, "
                                + Units.bytes((double) total * options.entryBytes()));
            }
            DemoAcks acks = child.kill();
            progress.close();
            tell(DemoResult.line(
                    "wrote",
                    Units.count(acks.total()) + " acknowledged entries in " + Units.time(acks.elapsedNanos())));
            tell(DemoResult.line("kill -9", "process " + child.pid() + ", in the middle of it"));
            return acks;
        }
    }

    private int recover(DemoDirectory directory, long content, DemoAcks acks, Progress progress)
            throws InterruptedException {
        EngineConfig config =
                EngineConfig.builder(directory.store()).name("daybook").build();
        long openNanos = System.nanoTime();
        LedgerEngine engine = LedgerEngine.open(config);
        long recoveryNanos = System.nanoTime() - openNanos;
        DemoVerifier verifier = new DemoVerifier(engine, acks.counts(), content, options.entryBytes());
        long verifyNanos = System.nanoTime();
        try (engine) {
            root.session.stop().onRequest(engine::close);
            watch(verifier, acks.total(), progress);
            verifyNanos = System.nanoTime() - verifyNanos;
            engine.flush();
        }
        DemoResult result = new DemoResult(
                options,
                directory.fileSystem(),
                acks,
                recoveryNanos,
                verifyNanos,
                verifier.present(),
                verifier.survivors(),
                verifier.wrong(),
                directory.bytes("index"));
        return print(directory, result, verifier.problems());
    }

    private static void watch(DemoVerifier verifier, long total, Progress progress) throws InterruptedException {
        Supplier<String> text = () -> "  comparing: " + Units.count(verifier.present()) + " of " + Units.count(total)
                + " acknowledged entries";
        Thread watcher = new Thread(
                () -> {
                    try {
                        while (true) {
                            progress.show(text);
                            Thread.sleep(POLL_MILLIS);
                        }
                    } catch (InterruptedException e) {
                        // Told to end.
                    }
                },
                "daybook-report");
        watcher.setDaemon(true);
        watcher.start();
        try {
            verifier.run();
        } finally {
            watcher.interrupt();
            watcher.join();
            progress.close();
        }
    }

    private int print(DemoDirectory directory, DemoResult result, List<String> problems) {
        int status = result.good() ? ExitCode.GOOD : ExitCode.FOUND_WRONG;
        root.session.told(status, () -> print(result));
        if (!result.good()) {
            problems.forEach(problem -> root.session.err().println("daybook: " + problem));
            root.session
                    .err()
                    .println("daybook: THE PROMISE IS BROKEN: " + Units.count(result.wrong())
                            + " entries are missing or wrong; this is a bug, please report it");
            return status;
        }
        tell("Nothing that was acknowledged was lost. Where to go next:");
        tell("  daybook put DIR 7 < FILE    a file into a ledger, an entry a line");
        tell("  daybook cat DIR 7           the same bytes back");
        tell("  daybook --help              everything else");
        tell("  README.md                   the engine in ten lines of Java");
        if (!directory.temporary()) {
            tell("The store of this demo stays in " + directory.store());
        }
        return status;
    }

    private void print(DemoResult result) {
        if (root.json) {
            root.session.out().line(result.json());
        }
        tell(DemoResult.line(
                "compared",
                Units.count(result.present()) + " of "
                        + Units.count(result.acks().total()) + " acknowledged entries are there, byte for byte ("
                        + Units.time(result.verifyNanos()) + ")"));
        if (result.survivors() > 0) {
            tell(DemoResult.line(
                    "",
                    Units.count(result.survivors())
                            + " more had reached the disk when the kill came before their acknowledgement"));
        }
        tell("");
        result.lines().forEach(this::tell);
        tell("");
    }

    private void tell(String line) {
        if (!root.json) {
            root.session.out().line(line);
            root.session.out().flush();
        }
    }
}
