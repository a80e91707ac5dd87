package io.daybook.cli;

import io.daybook.cli.contrast.CloseRace;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** The child of {@code demo --seed-bug}: closes a store under its users, and says how far it came. May end its JVM. */
@Command(name = "demo-race", hidden = true, description = "Started by demo --seed-bug.")
final class DemoRaceCommand implements Callable<Integer> {
    @ParentCommand
    private RootCommand root;

    @Parameters(index = "0", paramLabel = "DIR", converter = Converters.Directory.class)
    private Path directory;

    @Option(names = "--kind", required = true)
    private CloseRace.Kind kind;

    @Option(names = "--rounds", required = true)
    private int rounds;

    @Override
    public Integer call() throws InterruptedException {
        new CloseRace().run(kind, directory, rounds, race -> {
            root.session.out().line(RaceRun.progressLine(race.answered(), race.refused()));
            root.session.out().flush();
        });
        root.session.out().line(RaceRun.DONE);
        return ExitCode.GOOD;
    }
}
