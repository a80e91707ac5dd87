package io.daybook.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** What all commands share. */
@Command(
        name = "daybook",
        description = "An embeddable ledger storage engine for the JVM, from the command line.",
        versionProvider = RootCommand.Version.class,
        mixinStandardHelpOptions = true,
        scope = ScopeType.INHERIT,
        sortOptions = false,
        synopsisSubcommandLabel = "COMMAND",
        commandListHeading = "%nCommands:%n",
        optionListHeading = "%nOptions:%n",
        parameterListHeading = "%n",
        footerHeading = "%n",
        footer = {
            "Sizes are bytes, or numbers with KiB, MiB, GiB or TiB.",
            "Exit codes: 0 good, 1 something wrong was found, 2 misuse, 3 I/O or engine failure."
        },
        subcommands = {
            DemoCommand.class,
            PutCommand.class,
            CatCommand.class,
            LedgersCommand.class,
            InspectCommand.class,
            VerifyCommand.class,
            RebuildIndexCommand.class,
            SalvageCommand.class,
            DeleteCommand.class,
            BenchCommand.class,
            DemoWriterCommand.class,
            DemoRaceCommand.class
        })
final class RootCommand implements Runnable {
    final Session session;

    @Option(names = "--json", scope = ScopeType.INHERIT, description = "Print JSON, one object a line.")
    boolean json;

    @Option(names = "--debug", scope = ScopeType.INHERIT, description = "Show stack traces and the engine's log.")
    boolean debug;

    @Spec
    private CommandSpec spec;

    RootCommand(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        throw new CommandLine.ParameterException(spec.commandLine(), "no command given");
    }

    /** The version that the build wrote into the jar. */
    static final class Version implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = Main.class.getPackage().getImplementationVersion();
            return new String[] {"daybook " + (version == null ? "(not packaged)" : version)};
        }
    }
}
