package io.daybook.benchmarks.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.daybook.benchmarks.Format;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A report from results of a smoke run that were kept; the second run of one cell was added by hand. */
class ComparisonReportTest {
    @TempDir
    private Path directory;

    @Test
    void resultsSurviveTheirJson() throws IOException {
        Results results = recorded();
        Results again = Results.fromJson(results.toJson());
        assertThat(again.toJson()).isEqualTo(results.toJson());
        assertThat(again.machine()).isEqualTo(results.machine()).containsKey("sync 4 KiB");
        assertThat(again.cells()).hasSameSizeAs(results.cells());
    }

    @Test
    void tablesHaveMediansSpreadAndRatios() throws IOException {
        Results results = recorded();
        Results.Cell cell = results.cells().get(1);
        Results.Store daybook = cell.store("daybook");
        List<Run> runs = daybook.runs();
        assertThat(runs).hasSize(2);
        double median = (runs.get(0).figure(Figure.RATE) + runs.get(1).figure(Figure.RATE)) / 2;
        assertThat(daybook.median(Figure.RATE)).isEqualTo(median);
        String row = lines(Report.markdown(results), "| 1 KiB, 1,000 in flight, 100 ledgers | Daybook |")
                .get(0);
        double ratio = Ratios.median(daybook, cell.store("raw"), Figure.RATE);
        assertThat(row)
                .contains("| " + Format.count(median) + " |")
                .contains("| " + Format.count(runs.get(0).figure(Figure.RATE)) + " to ")
                .contains("| " + Format.ratio(ratio) + " |")
                .endsWith("| 2 |");
    }

    @Test
    void everyCellAndStoreIsInTheTables() throws IOException {
        Results results = recorded();
        String markdown = Report.markdown(results);
        for (Results.Cell cell : results.cells()) {
            for (Results.Store store : cell.stores()) {
                assertThat(lines(markdown, "| " + cell.title() + " | " + store.title() + " |"))
                        .hasSize(1);
                assertThat(markdown).contains("- " + store.title() + ": " + store.fileState());
            }
        }
    }

    @Test
    void theReportIsPicturesTablesAndOnePageThatNeedsNothingElse() throws IOException {
        Report.write(recorded(), directory);
        List<Path> pictures;
        try (Stream<Path> files = Files.list(directory)) {
            pictures = files.filter(file -> file.toString().endsWith(".png")).toList();
        }
        assertThat(pictures)
                .extracting(file -> file.getFileName().toString())
                .contains("latency-at-a-rate.png", "throughput.png", "ratio.png", "timeline-daybook.png");
        String page = Files.readString(directory.resolve("report.html"));
        for (Path picture : pictures) {
            BufferedImage image = ImageIO.read(picture.toFile());
            assertThat(image.getWidth()).isGreaterThan(500);
            assertThat(Files.readString(directory.resolve("report.md"))).contains("(" + picture.getFileName() + ")");
        }
        assertThat(page.split("data:image/png;base64,", -1)).hasSize(pictures.size() + 1);
        assertThat(page).contains("Daybook, recycled").doesNotContain("http:", "https:", "<script");
    }

    @Test
    void jmhsJsonHasABenchmarkForEachCellAndStore() throws IOException {
        Results results = recorded();
        List<Object> benchmarks = Results.list(Json.parse(JmhJson.of(results)));
        assertThat(benchmarks)
                .hasSize(results.cells().stream()
                        .mapToInt(cell -> cell.stores().size())
                        .sum());
        for (Object benchmark : benchmarks) {
            assertThat(Results.map(benchmark)).containsKeys("benchmark", "mode", "params", "primaryMetric");
            assertThat(Results.map(Results.map(benchmark).get("primaryMetric")))
                    .containsKeys("score", "scoreUnit", "scorePercentiles", "rawData");
        }
    }

    @Test
    void whatIsNoResultIsRefused() {
        assertThatThrownBy(() -> Results.fromJson("{\"cells\": []}")).hasMessageContaining("not results");
        assertThatThrownBy(() -> Results.fromJson("{\"machine\": {")).hasMessageStartingWith("no JSON");
    }

    private static List<String> lines(String text, String beginning) {
        return text.lines().filter(line -> line.startsWith(beginning)).toList();
    }

    private static Results recorded() throws IOException {
        try (InputStream in = ComparisonReportTest.class.getClassLoader().getResourceAsStream("results.json")) {
            return Results.fromJson(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        }
    }
}
