package io.daybook.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(90)
class DemoTest {

    @TempDir
    private Path directory;

    @Test
    void aSecondOfWritingAKillAndEverythingIsThere() {
        Path store = directory.resolve("store");
        Cli.Result result =
                Cli.run("demo", "--seconds", 1, "--dir", store, "--ledgers", 7, "--entry-bytes", "16KiB", "--json");
        result.good();
        assertThat(result.lines())
                .singleElement()
                .asString()
                .startsWith("{\"good\":true,\"ledgers\":7,\"entryBytes\":16384,")
                .contains("\"wrong\":0,", "\"entriesPerSync\":", "\"p999Millis\":", "\"indexBytesPerEntry\":");
        // It stays a store that the other commands read.
        assertThat(Cli.run("ledgers", store, "--json").good().lines()).hasSize(7);
        // And what was written is the demo's content, which another seed would not match.
        assertThat(Cli.run("cat", store, 0, "--limit", 1).good().out()).hasSize(16384);
    }

    @Test
    void forPeople() {
        Cli.Result result = Cli.run("demo", "--seconds", 1, "--ledgers", 3, "--in-flight", 1, "--entry-bytes", 100);
        assertThat(result.good().text())
                .contains(
                        "entries a second",
                        "MB/s",
                        "p99.9",
                        "recovery",
                        "bytes an entry",
                        "Where to go next",
                        "README.md")
                .contains("kill -9");
    }
}
