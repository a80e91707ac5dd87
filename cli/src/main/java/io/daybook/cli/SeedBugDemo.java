package io.daybook.cli;

import io.daybook.cli.contrast.CloseRace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Shows the bug that Daybook began with: what is called on a native store while it is closed ends the JVM, or does not. */
final class SeedBugDemo {
    private static final int ROUNDS = 20;

    private final RootCommand root;
    private final int runs;

    SeedBugDemo(RootCommand root, int runs) {
        this.root = root;
        this.runs = runs;
    }

    int run() {
        try (DemoDirectory directory = DemoDirectory.make(null, false);
                Progress progress = root.session.progress()) {
            root.session.stop().whenStuck(directory::close);
            return run(directory.store(), progress);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw CommandException.io("interrupted", e);
        }
    }

    private int run(Path directory, Progress progress) throws InterruptedException {
        tell("Five threads scrape metrics, read, iterate and compact a store while it is closed under them, " + ROUNDS
                + " times in a JVM.");
        tell(
                "The bare handle is RocksDB behind a volatile flag that is looked at before each call; Daybook is as it is.");
        tell("");
        SeedBugResult result = new SeedBugResult(
                ROUNDS,
                races(CloseRace.Kind.BARE, directory, progress),
                races(CloseRace.Kind.DAYBOOK, directory, progress));
        progress.close();
        return print(result);
    }

    private List<RaceRun> races(CloseRace.Kind kind, Path directory, Progress progress) throws InterruptedException {
        List<RaceRun> done = new ArrayList<>();
        String name = kind.toString().toLowerCase(Locale.ROOT);
        for (int i = 1; i <= runs; i++) {
            int number = i;
            progress.show(() -> "  " + name + ": JVM " + number + " of " + runs);
            Path scratch = directory.resolve(name + "-" + i);
            try {
                Files.createDirectory(scratch);
            } catch (IOException e) {
                throw CommandException.io("cannot make " + scratch + ": " + e.getMessage(), e);
            }
            done.add(RaceRun.run(kind, ROUNDS, scratch, root.session.stop()));
            if (root.session.stop().requested()) {
                throw CommandException.io("stopped", null);
            }
        }
        return done;
    }

    private int print(SeedBugResult result) {
        int status = result.good() ? ExitCode.GOOD : ExitCode.FOUND_WRONG;
        root.session.told(status, () -> {
            if (root.json) {
                root.session.out().line(result.json());
            }
            result.lines().forEach(this::tell);
            tell("");
        });
        if (!result.daybookGood()) {
            root.session
                    .err()
                    .println("daybook: THE PROMISE IS BROKEN: Daybook did not come to its end in every JVM; this is a"
                            + " bug, please report it");
        } else if (!result.good()) {
            root.session
                    .err()
                    .println("daybook: the bare handle crashed in none of " + runs + " JVMs, so this shows nothing:"
                            + " try again, or with more --runs");
        } else {
            tell(
                    "No order of calls and close ends a JVM with Daybook: each native call runs under a lease, and the close"
                            + " waits for it.");
        }
        return status;
    }

    private void tell(String line) {
        if (!root.json) {
            root.session.out().line(line);
            root.session.out().flush();
        }
    }
}
