package io.daybook.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What cannot be run says so in one line, with an exit code that means what it means in the command. */
class MainTest {
    private static final int MISUSE = 2;
    private static final int IO = 3;

    @TempDir
    private Path directory;

    @AfterEach
    void forget() {
        System.clearProperty(Workspace.BASE_PROPERTY);
        System.clearProperty(Main.DEBUG_PROPERTY);
    }

    private static String failed(int status, Object... args) {
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        String[] words = new String[args.length];
        for (int i = 0; i < args.length; i++) {
            words[i] = args[i].toString();
        }
        assertThat(Main.run(words, new PrintStream(err, true, StandardCharsets.UTF_8)))
                .as(err.toString(StandardCharsets.UTF_8))
                .isEqualTo(status);
        return err.toString(StandardCharsets.UTF_8);
    }

    private static void failedInALine(int status, String about, Object... args) {
        assertThat(failed(status, args))
                .startsWith("benchmarks: ")
                .contains(about)
                .hasLineCount(1);
    }

    @Test
    void aPlaceThatCannotBeUsed() throws Exception {
        Path file = Files.writeString(directory.resolve("file"), "no directory");
        failedInALine(MISUSE, "--dir needs a directory", "--dir");
        failedInALine(MISUSE, "/proc/nothing", "--dir", "/proc/nothing");
        failedInALine(MISUSE, "/proc/nothing", "--dir", "/proc/nothing", "hold");
        failedInALine(MISUSE, file.toString(), "--dir", file);
    }

    @Test
    void aReportOfWhatIsNoComparison() throws Exception {
        failedInALine(MISUSE, "report needs the directory", "report");
        failedInALine(MISUSE, "/nothing", "report", "/nothing");
        Files.writeString(directory.resolve("results.json"), "{\"cells\":");
        failedInALine(MISUSE, "", "report", directory);
        Files.writeString(directory.resolve("results.json"), "{}");
        failedInALine(MISUSE, "not results of a comparison", "report", directory);
    }

    @Test
    void whatFailsOtherwiseIsAFailure() throws Exception {
        Files.createDirectory(directory.resolve("results.json"));
        failedInALine(IO, "s a directory", "report", directory);
    }

    @Test
    void aStackTraceOnlyWhereItIsAskedFor() {
        System.setProperty(Main.DEBUG_PROPERTY, "true");
        assertThat(failed(MISUSE, "report", "/nothing"))
                .startsWith("benchmarks: ")
                .contains("\tat io.daybook.");
    }
}
