package io.daybook.cli;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** Runs the benchmarks, which are a jar of their own. */
@Command(
        name = "bench",
        sortOptions = false,
        description = {
            "Measure Daybook on this machine; with --compare beside BookKeeper and RocksDB.",
            "",
            "Without --compare: a cell or two of everything, each with its baseline, about six minutes. With it: appends, reads and"
                    + " opening of each store in JVMs that take turns, then a report with tables and plots. Where the benchmarks"
                    + " are not built, it says what to run."
        })
final class BenchCommand implements Callable<Integer> {
    /** System property that names the jar; else it is where the build puts it. */
    static final String JAR_PROPERTY = "daybook.benchmarks.jar";

    @ParentCommand
    private RootCommand root;

    @Option(names = "--compare", description = "Compare with the peers.")
    private boolean compare;

    @Option(
            names = "--size",
            paramLabel = "SIZE",
            description =
                    "With --compare: quick (10 minutes), goals (an hour and a half: what the goals need, and no more),"
                            + " key (three hours: all peers, too) or full (most of a day).")
    private Size size;

    @Option(names = "--out", paramLabel = "DIR", description = "With --compare: results and report go there.")
    private Path out;

    @Option(
            names = "--dir",
            paramLabel = "DIR",
            description = "Stores are made there and deleted again; the device under it is what is measured.")
    private Path directory;

    @Parameters(
            paramLabel = "ARGUMENT",
            description = "With --compare, behind --: more arguments of the comparison, such as --stores raw,daybook.")
    private List<String> more = new ArrayList<>();

    /** How much is measured. */
    enum Size {
        QUICK,
        GOALS,
        KEY,
        FULL
    }

    @Override
    public Integer call() {
        if (!compare && (size != null || out != null || !more.isEmpty())) {
            throw CommandException.misuse("--size, --out and arguments are for --compare");
        }
        Path jar = jar();
        if (!Files.isRegularFile(jar)) {
            throw CommandException.io(
                    "the benchmarks are not built (" + jar
                            + " is missing): mvn -Ppeers -pl benchmarks,benchmarks/peers,benchmarks/peers/jraft -am package -DskipTests",
                    null);
        }
        return run(command(jar));
    }

    /** {@code benchmarks/target/benchmarks.jar}, seen from {@code cli/target/daybook.jar} or {@code cli/target/classes}. */
    private static Path jar() {
        String named = System.getProperty(JAR_PROPERTY);
        if (named != null) {
            return Path.of(named);
        }
        try {
            Path code = Path.of(Main.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
            return code.resolve("../../../benchmarks/target/benchmarks.jar").normalize();
        } catch (URISyntaxException e) {
            throw CommandException.io("cannot find the benchmarks", e);
        }
    }

    private List<String> command(Path jar) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("--enable-native-access=ALL-UNNAMED");
        if (root.debug) {
            command.add("-Ddaybook.bench.debug=true");
        }
        command.addAll(List.of("-jar", jar.toString()));
        if (directory != null) {
            command.addAll(List.of("--dir", directory.toString()));
        }
        if (compare) {
            command.add("compare");
            if (size != null) {
                command.addAll(List.of("--size", size.name().toLowerCase(Locale.ROOT)));
            }
            if (out != null) {
                command.addAll(List.of("--out", out.toString()));
            }
            command.addAll(more);
        }
        return command;
    }

    /** Its exit codes mean what they mean here; any other says that it came to no end of its own. */
    private int status(int ended) {
        if (ended >= ExitCode.GOOD && ended <= ExitCode.IO) {
            return ended;
        }
        root.session.stop().check();
        throw CommandException.io("the benchmarks ended with exit code " + ended, null);
    }

    /** Its output is this command's. A signal that ends this process is passed on, so that it deletes what it made. */
    private int run(List<String> command) {
        root.session.out().flush();
        Process process;
        try {
            process = new ProcessBuilder(command).inheritIO().start();
        } catch (IOException e) {
            throw CommandException.io("cannot start the benchmarks: " + e.getMessage(), e);
        }
        root.session.stop().onRequest(process::destroy);
        try {
            return status(process.waitFor());
        } catch (InterruptedException e) {
            process.destroy();
            Thread.currentThread().interrupt();
            throw CommandException.io("interrupted", e);
        }
    }
}
