package io.daybook.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every option and parameter out of its range: exit code 2, one line, and no directory was made. */
class ArgumentsTest {
    private static final String MIN = Long.toString(Long.MIN_VALUE);
    private static final String MAX = Long.toString(Long.MAX_VALUE);

    @TempDir
    private Path directory;

    static Stream<String> misuse() {
        List<String> lines = new ArrayList<>(List.of(
                "",
                "bogus",
                "--bogus",
                "--json",
                "put",
                "put DIR",
                "put DIR 1 2",
                "put DIR 1 --bogus",
                "put DIR 1 --ack=maybe",
                "put DIR 1 --ack --ack",
                "put DIR 1 --format xml",
                "put DIR 1 --format",
                "put DIR 1 --entry-bytes 5",
                "put DIR 1 --format raw --entry-bytes 9MiB",
                "put DIR 1 --format raw --entry-bytes " + MAX,
                "put DIR 1 --entry-bytes-max 16MiB",
                "put DIR 1 --entry-bytes-max " + MAX,
                "put DIR 1 --entry-bytes-max 1MiB --segment-bytes 1MiB",
                "put DIR 1 --segment-bytes 65535",
                "put DIR 1 --segment-bytes 17GiB",
                "put DIR 1 --segment-bytes " + MAX,
                "put DIR 1 --memory 1",
                "put DIR 1 --memory " + MAX,
                "cat",
                "cat DIR",
                "cat DIR 1 2",
                "cat DIR 1 --from 2 --to 1",
                "cat DIR 1 --from " + MAX,
                "cat DIR 1 --to " + MAX,
                "ledgers",
                "ledgers DIR 1",
                "ledgers DIR --limit 1",
                "inspect",
                "inspect DIR DIR",
                "verify",
                "verify DIR 1",
                "verify DIR --deep 1",
                "verify DIR --deep=maybe",
                "verify DIR --deep --deep",
                "verify --deep",
                "rebuild-index",
                "rebuild-index DIR 1",
                "salvage",
                "salvage DIR",
                "salvage DIR DIR",
                "salvage DIR ''",
                "salvage '' DIR",
                "salvage DIR DIR DIR",
                "salvage DIR DIR --deep",
                "delete",
                "delete DIR",
                "delete DIR 1 2",
                "demo DIR",
                "demo --seconds 601",
                "demo --seconds " + MAX,
                "demo --ledgers 100001",
                "demo --entry-bytes 2MiB",
                "demo --in-flight " + MAX,
                "demo --seed x",
                "demo-writer DIR"));
        for (String ledger : List.of("-1", MIN, "9223372036854775808", "abc", "1.5", "0x1", "''")) {
            for (String command : List.of("put", "cat", "delete")) {
                lines.add(command + " DIR " + ledger);
            }
        }
        for (String value : List.of("0", "-1", MIN, "garbage", "64MB", "''")) {
            for (String option : List.of("--entry-bytes", "--entry-bytes-max", "--segment-bytes", "--memory")) {
                lines.add("put DIR 1 --format raw " + option + " " + value);
            }
            lines.add("demo --entry-bytes " + value);
        }
        for (String value : List.of("-1", MIN, "garbage", "1.5", "9223372036854775808", "''")) {
            for (String option : List.of("--from", "--to", "--limit")) {
                lines.add("cat DIR 1 " + option + " " + value);
            }
            for (String option : List.of("--seconds", "--ledgers", "--in-flight")) {
                lines.add("demo " + option + " " + value);
            }
        }
        for (String option : List.of("--seconds", "--ledgers", "--in-flight")) {
            lines.add("demo " + option + " 0");
        }
        return lines.stream();
    }

    @ParameterizedTest
    @MethodSource
    void misuse(String line) {
        Path store = directory.resolve("store");
        Object[] args = Stream.of(line.split(" "))
                .filter(word -> !word.isEmpty())
                .map(word -> word.equals("DIR") ? store.toString() : word.equals("''") ? "" : word)
                .toArray();
        assertThat(Cli.run("a line\n".getBytes(), args).failed(2).out()).isEmpty();
        assertThat(store).doesNotExist();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "cat DIR 1",
                "cat DIR 1 --read-only",
                "ledgers DIR",
                "ledgers DIR --read-only",
                "ledgers DIR --json",
                "inspect DIR",
                "verify DIR",
                "verify DIR --deep",
                "rebuild-index DIR",
                "salvage DIR DIR-salvaged",
                "delete DIR 1"
            })
    void whatLooksAtAStoreMakesNone(String line) throws Exception {
        Path missing = directory.resolve("missing");
        Cli.run((Object[]) line.replace("DIR", missing.toString()).split(" "))
                .failed(2, "no store in", missing.toString());
        assertThat(directory).isEmptyDirectory();

        Path empty = Files.createDirectory(directory.resolve("empty"));
        Cli.run((Object[]) line.replace("DIR", empty.toString()).split(" ")).failed(2, "no store in");
        assertThat(empty).isEmptyDirectory();

        Path file = Files.writeString(directory.resolve("file"), "x");
        Cli.run((Object[]) line.replace("DIR", file.toString()).split(" ")).failed(2, "no store in");
        assertThat(file).hasContent("x");
        assertThat(directory).isDirectoryNotContaining("glob:**-salvaged*");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "put DIR 1",
                "cat DIR 1",
                "cat DIR 1 --read-only",
                "ledgers DIR",
                "inspect DIR",
                "verify DIR",
                "verify DIR --deep",
                "rebuild-index DIR",
                "salvage DIR DIR-salvaged",
                "delete DIR 1"
            })
    void aDirectoryWithOtherThingsIsNoStore(String line) throws Exception {
        Path other = Files.createDirectory(directory.resolve("other"));
        Files.writeString(other.resolve("letter.txt"), "dear reader");
        Cli.run("x".getBytes(), (Object[]) line.replace("DIR", other.toString()).split(" "))
                .failed(2);
        assertThat(other).isDirectoryContaining(file -> file.endsWith("letter.txt"));
        try (Stream<Path> files = Files.list(other)) {
            assertThat(files).hasSize(1);
        }
        assertThat(directory).isDirectoryNotContaining("glob:**-salvaged*");
    }

    @Test
    void aFileIsNoDirectory() throws Exception {
        Path file = Files.writeString(directory.resolve("file"), "x");
        Cli.run("put", file, 1).failed(2, "is no directory");
        Cli.run("put", file.resolve("below"), 1).failed(2, "is no directory");
        Cli.run("demo", "--dir", file).failed(2, "is no directory");
        Cli.run("demo", "--dir", directory).failed(2, "is not empty");
    }

    @Test
    void helpAndVersion() {
        assertThat(Cli.run("--help").good().text())
                .contains(
                        "demo",
                        "put",
                        "cat",
                        "ledgers",
                        "inspect",
                        "verify",
                        "rebuild-index",
                        "salvage",
                        "delete",
                        "bench",
                        "Exit codes")
                .doesNotContain("demo-writer");
        for (String command : List.of(
                "demo", "put", "cat", "ledgers", "inspect", "verify", "rebuild-index", "salvage", "delete", "bench")) {
            assertThat(Cli.run(command, "--help").good().text()).contains("daybook " + command, "--json");
        }
        assertThat(Cli.run("--version").good().text()).startsWith("daybook ");
        assertThat(Cli.run("put", "--version").good().text()).startsWith("daybook ");
    }
}
