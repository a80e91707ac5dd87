package io.daybook.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportTest {
    @Test
    void statsSurviveTheirLine() {
        LoadStats stats = new LoadStats(1, 2, 3, 4, 5, 6, 7.5, 8.25, 1e-3);
        assertThat(LoadStats.parse(stats.encode())).isEqualTo(stats);
    }

    @Test
    void medianOfAnEvenNumberIsBetweenTheTwoInTheMiddle() {
        assertThat(Medians.median(List.of(9.0, 1.0, 5.0), x -> x)).isEqualTo(5);
        assertThat(Medians.median(List.of(9.0, 1.0, 5.0, 7.0), x -> x)).isEqualTo(6);
        assertThat(Medians.median(List.<Double>of(), x -> x)).isNaN();
    }

    @Test
    void figuresHaveThreeDigitsAndAUnit() {
        assertThat(Format.count(1_070_000)).isEqualTo("1.07 M");
        assertThat(Format.count(6_700)).isEqualTo("6,700");
        assertThat(Format.count(474_300)).isEqualTo("474 k");
        assertThat(Format.nanos(120_400)).isEqualTo("120 us");
        assertThat(Format.bytes(16 << 10)).isEqualTo("16 KiB");
        assertThat(Format.count(Double.NaN)).isEqualTo("-");
    }

    @Test
    void tableAligns() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        new Table("name", "value")
                .row("a", "1")
                .row("long name", "1,000")
                .print(new PrintStream(out, true, StandardCharsets.UTF_8));
        assertThat(out.toString(StandardCharsets.UTF_8).lines())
                .containsExactly("name       value", "----------------", "a              1", "long name  1,000");
    }

    @Test
    void argumentsNameWhatIsWrong() {
        Map<String, String> defaults = Map.of("forks", "5");
        assertThat(Arguments.parse(new String[] {"--forks", "7"}, defaults).number("forks", 1, 9))
                .isEqualTo(7);
        assertThatThrownBy(() -> Arguments.parse(new String[] {"--fork", "7"}, defaults))
                .hasMessage("unknown option --fork");
        assertThatThrownBy(() -> Arguments.parse(new String[] {"--forks"}, defaults))
                .hasMessage("--forks needs a value");
        assertThatThrownBy(() ->
                        Arguments.parse(new String[] {"--forks", "x"}, defaults).number("forks", 1, 9))
                .hasMessage("--forks is x, but must be a number");
        assertThatThrownBy(() ->
                        Arguments.parse(new String[] {"--forks", "0"}, defaults).number("forks", 1, 9))
                .hasMessage("--forks is 0, but must be 1 to 9");
    }

    @Test
    void workspaceIsGoneAfterwards(@TempDir Path base) throws IOException {
        Workspace workspace = Workspace.createUnder(base, "test");
        Path nested = Files.createDirectories(workspace.path().resolve("a/b"));
        Files.writeString(nested.resolve("file"), "x");
        assertThat(base).isDirectoryContaining(path -> path.equals(workspace.path()));
        workspace.close();
        workspace.close();
        assertThat(base).isEmptyDirectory();
    }
}
