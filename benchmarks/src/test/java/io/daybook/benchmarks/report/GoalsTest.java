package io.daybook.benchmarks.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** With results that nobody measured. */
class GoalsTest {
    private static final Map<String, String> APPEND = append(1024, 1000);

    @Test
    void aRatioIsTheMedianOfPairsOfTheSameFork() {
        // The second fork of raw failed: by place in the list the ratios were 1, 0.5 and 2.
        Results.Store raw = store("raw", run(1, Figure.RATE, 100), run(3, Figure.RATE, 200), run(4, Figure.RATE, 100));
        Results.Store ring = store(
                "daybook-ring",
                run(1, Figure.RATE, 100),
                run(2, Figure.RATE, 100),
                run(3, Figure.RATE, 196),
                run(4, Figure.RATE, 97));
        assertThat(Ratios.median(ring, raw, Figure.RATE)).isCloseTo(0.98, within(1e-9));
        assertThat(goals(new Results.Cell("append", "any", APPEND, List.of(raw, ring))))
                .containsExactly("| append, 1 KiB, 1,000 in flight: rate of raw's | at least 0.95 | 0.98 | yes | 3 |");
    }

    @Test
    void aBarIsMissedByLittleToo() {
        Results.Store raw = store("raw", run(1, Figure.RATE, 1000));
        Results.Store ring = store("daybook-ring", run(1, Figure.RATE, 949));
        assertThat(goals(new Results.Cell("append", "any", APPEND, List.of(raw, ring))))
                .containsExactly("| append, 1 KiB, 1,000 in flight: rate of raw's | at least 0.95 | 0.95 | no | 1 |");
    }

    @Test
    void theLargestDelayOfAllRunsCounts() {
        Results.Store ring = store(
                "daybook-ring",
                run(1, Figure.DELAY_MAX, 1e6),
                run(2, Figure.DELAY_MAX, 30e6),
                run(3, Figure.DELAY_MAX, 1e6));
        assertThat(goals(
                        new Results.Cell("rate", "any", Map.of("rate", "20000", "entry-bytes", "1024"), List.of(ring))))
                .containsExactly(
                        "| 20,000 a second of 1 KiB: delay added, largest of all runs | at most 20 ms | 30 ms | no | 3 |");
    }

    @Test
    void growthIsARatioOfRatios() {
        List<Results.Cell> cells = new ArrayList<>();
        cells.add(new Results.Cell(
                "append",
                "empty",
                append(64, 1000),
                List.of(store("raw", run(1, Figure.RATE, 100)), store("daybook", run(1, Figure.RATE, 50)))));
        Map<String, String> held = new HashMap<>(append(64, 1000));
        held.put("held-millions", "10");
        cells.add(new Results.Cell(
                "append",
                "held",
                held,
                List.of(store("raw", run(1, Figure.RATE, 200)), store("daybook", run(1, Figure.RATE, 80)))));
        assertThat(goals(cells.toArray(Results.Cell[]::new)))
                .containsExactly(
                        "| append, 64 B, with 10 million entries held: ratio to raw, of that with none | 0.90 to 1.10 | 0.80 | no | 1 |");
    }

    @Test
    void theyComeFirstWhereThereIsOne() {
        Results.Store daybook = store("daybook", run(1, Figure.HEAP, 0.5));
        Results results = results(new Results.Cell("append", "any", APPEND, List.of(daybook)));
        assertThat(Report.markdown(results)).startsWith("### Goals\n\n| goal | bar | measured | met |");
        assertThat(Report.markdown(results())).doesNotContain("Goals");
    }

    private static List<String> goals(Results.Cell... cells) {
        return Goals.of(results(cells)).markdown().lines().skip(4).toList();
    }

    private static Results results(Results.Cell... cells) {
        return new Results(Map.of("jdk", "none"), List.of(cells));
    }

    private static Results.Store store(String name, Run... runs) {
        return new Results.Store(name, name, "new", List.of(runs));
    }

    private static Run run(int fork, String figure, double value) {
        return Run.of(fork, Map.of(figure, value));
    }

    private static Map<String, String> append(int entryBytes, int inFlight) {
        return Map.of(
                "entry-bytes",
                Integer.toString(entryBytes),
                "in-flight",
                Integer.toString(inFlight),
                "ledgers",
                "100",
                "producers",
                "1");
    }
}
