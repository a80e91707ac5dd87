package io.daybook.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code bin/daybook} in a tree of its own, with a Maven and a Java that only write down how they were called. */
@Timeout(60)
class LauncherTest {
    private static final String CLI = "-pl cli";
    private static final String BENCHMARKS = "-pl benchmarks";
    private static final String PEERS = "-Ppeers";

    @TempDir
    private Path directory;

    private Path root;
    private Path tools;
    private Path temporary;
    private Path calls;

    @BeforeEach
    void makeTree() throws IOException {
        root = directory.resolve("root");
        tools = Files.createDirectories(directory.resolve("tools"));
        temporary = Files.createDirectories(directory.resolve("tmp"));
        calls = directory.resolve("calls");
        for (String module : List.of(
                "cli",
                "stats",
                "journal",
                "index",
                "engine",
                "benchmarks",
                "benchmarks/peers",
                "benchmarks/peers/jraft")) {
            Files.createDirectories(root.resolve(module).resolve("src/main"));
            Files.writeString(root.resolve(module).resolve("pom.xml"), "");
        }
        Files.writeString(root.resolve("pom.xml"), "");
        Files.createDirectories(root.resolve("bin"));
        Files.copy(launcher(), root.resolve("bin/daybook"));
        tool("java", "echo \"java $*\" >> " + calls);
        tool(
                "mvn",
                "echo \"mvn $*\" >> " + calls,
                "mkdir -p cli/target benchmarks/target benchmarks/peers/target",
                "touch cli/target/daybook.jar",
                "case \"$*\" in *benchmarks*) touch benchmarks/target/benchmarks.jar;; esac",
                "case \"$*\" in *-Ppeers*) touch benchmarks/peers/target/compared;; esac");
    }

    private static Path launcher() {
        Path module = Path.of("").toAbsolutePath();
        return (Files.exists(module.resolve("bin")) ? module : module.getParent()).resolve("bin/daybook");
    }

    private void tool(String name, String... lines) throws IOException {
        Path file = tools.resolve(name);
        Files.writeString(file, "#!/bin/sh\n" + String.join("\n", lines) + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private Process start(String... args) throws IOException {
        List<String> command =
                new ArrayList<>(List.of("bash", root.resolve("bin/daybook").toString()));
        command.addAll(List.of(args));
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("output").toFile());
        builder.environment().put("PATH", tools + ":" + System.getenv("PATH"));
        builder.environment().put("TMPDIR", temporary.toString());
        builder.environment().remove("JAVA_HOME");
        return builder.start();
    }

    private List<String> run(String... args) throws Exception {
        Files.deleteIfExists(calls);
        Process process = start(args);
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue())
                .as(Files.readString(directory.resolve("output")))
                .isZero();
        assertThat(temporary).isEmptyDirectory();
        return Files.readAllLines(calls);
    }

    @ParameterizedTest
    @ValueSource(strings = {"bench", "--json bench", "--debug bench", "--debug --json bench --dir x"})
    void theBenchmarksAreBuiltWhereverTheCommandStands(String line) throws Exception {
        List<String> made = run(line.split(" "));
        assertThat(made).hasSize(3);
        assertThat(made.get(0)).contains(CLI);
        assertThat(made.get(1)).contains(BENCHMARKS).doesNotContain(PEERS);
        assertThat(made.get(2)).startsWith("java ").endsWith("daybook.jar " + line);
        // All is fresh now.
        assertThat(run(line.split(" "))).singleElement().asString().startsWith("java ");
    }

    @Test
    void aComparisonHasItsPeersBuilt() throws Exception {
        assertThat(run("--debug", "bench", "--compare").get(1)).contains(PEERS);
    }

    @ParameterizedTest
    @ValueSource(strings = {"demo", "put bench 7", "--json cat bench 7", "bench --help", "--help", "--json"})
    void nothingElseBuildsThem(String line) throws Exception {
        List<String> made = run(line.split(" "));
        assertThat(made).hasSize(2);
        assertThat(made.get(0)).contains(CLI);
        assertThat(made.get(1)).endsWith("daybook.jar " + line);
    }

    @ParameterizedTest
    @CsvSource({"TERM,143", "INT,130", "HUP,129"})
    void aBuildThatIsBrokenOffLeavesNothing(String signal, int status) throws Exception {
        Path building = directory.resolve("building");
        tool(
                "mvn",
                "mkdir -p cli/target",
                "touch cli/target/daybook.jar",
                "echo $$ > " + building + ".new",
                "mv " + building + ".new " + building,
                "exec sleep 50");
        Process process = start("demo");
        while (!Files.exists(building)) {
            assertThat(process.isAlive()).isTrue();
            Thread.sleep(5);
        }
        Process kill = new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid())).start();
        assertThat(kill.waitFor()).isZero();
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isEqualTo(status);
        assertThat(temporary).isEmptyDirectory();
        // Half of a jar would pass for a fresh one.
        assertThat(root.resolve("cli/target/daybook.jar")).doesNotExist();
        long maven = Long.parseLong(Files.readString(building).trim());
        assertThat(ProcessHandle.of(maven).map(ProcessHandle::isAlive).orElse(false))
                .as("the build goes on")
                .isFalse();
    }

    @Test
    void aBuildThatFailsLeavesNothing() throws Exception {
        tool("mvn", "mkdir -p cli/target", "touch cli/target/daybook.jar", "echo no compiler", "exit 1");
        Process process = start("demo");
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isEqualTo(3);
        assertThat(directory.resolve("output")).content().contains("no compiler", "daybook: the build failed");
        assertThat(temporary).isEmptyDirectory();
        assertThat(root.resolve("cli/target/daybook.jar")).doesNotExist();
        assertThat(calls).doesNotExist();
    }
}
