package io.daybook.benchmarks.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.daybook.benchmarks.report.Figure;
import io.daybook.benchmarks.report.Report;
import io.daybook.benchmarks.report.Results;
import io.daybook.benchmarks.report.Run;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PlanTest {
    private static final int GOALS = 30;

    @Test
    void sizesTakeAboutWhatTheySay() {
        assertThat(Plan.of("quick").expectedSeconds()).isBetween(60, 12 * 60);
        assertThat(Plan.of("key").expectedSeconds()).isBetween(60 * 60, 200 * 60);
        assertThat(Plan.of("goals").expectedSeconds()).isBetween(30 * 60, 100 * 60);
        assertThat(Plan.of("full").expectedSeconds()).isBetween(3 * 3600, 24 * 3600);
        assertThatThrownBy(() -> Plan.of("huge")).hasMessageContaining("quick, goals, key or full");
    }

    @ParameterizedTest
    @ValueSource(strings = {"quick", "key", "full"})
    void everySizeHasEveryKindBesideABaseline(String size) {
        List<Plan.Step> steps = Plan.of(size).steps();
        assertThat(steps.stream().map(step -> step.cell().kind())).contains(CellKind.values());
        for (Plan.Step step : steps) {
            assertThat(step.stores()).contains(ComparedStore.DAYBOOK);
            assertThat(step.stores().contains(ComparedStore.RAW))
                    .isEqualTo(step.cell().kind() != CellKind.TAIL);
        }
        assertThat(steps.stream().map(step -> step.cell().title())).doesNotHaveDuplicates();
    }

    @Test
    void goalsMeasuresEveryGoal() {
        List<Results.Cell> cells = Plan.of("goals").steps().stream()
                .map(step -> new Results.Cell(
                        step.cell().kind().key(),
                        step.cell().title(),
                        step.cell().params(),
                        step.stores().stream().map(PlanTest::measured).toList()))
                .toList();
        String report = Report.markdown(new Results(Map.of(), cells));
        assertThat(report.lines().filter(line -> line.matches(".*\\| (yes|no) \\| 1 \\|")))
                .hasSize(GOALS);
    }

    private static Results.Store measured(ComparedStore store) {
        Map<String, Double> figures = new HashMap<>();
        for (String figure : List.of(
                Figure.RATE,
                Figure.P50,
                Figure.P99,
                Figure.CPU,
                Figure.HEAP,
                Figure.TIME,
                Figure.DELAY_P99,
                Figure.DELAY_P999,
                Figure.DELAY_MAX)) {
            figures.put(figure, 1.0);
        }
        return new Results.Store(store.key(), store.title(), store.fileState(), List.of(Run.of(1, figures)));
    }

    @Test
    void cellsAreChosenByTheirTitles() {
        Plan part = Plan.of("key").only(Pattern.compile("1 KiB, 1,000 in flight, 100 ledgers$"));
        assertThat(part.steps()).hasSize(1);
        assertThat(part.needsJava(ComparedStore.OTHER_JAVA)).isTrue();
        assertThat(part.steps().get(0).stores()).contains(ComparedStore.RAW_25, ComparedStore.DAYBOOK_25);
    }

    @Test
    void aPartNeedsNoPeersWhereItHasNone() {
        Plan part = Plan.of("key")
                .only(Set.of("append"), EnumSet.of(ComparedStore.RAW, ComparedStore.DAYBOOK))
                .with(2, 0, 1);
        assertThat(Plan.of("key").needsPeers()).isTrue();
        assertThat(part.needsPeers()).isFalse();
        assertThat(part.steps()).isNotEmpty().allMatch(step -> step.cell().kind() == CellKind.APPEND);
        assertThat(part.steps()).allMatch(step -> step.forks() == 2 && step.seconds() == 1 && step.warmup() > 1);
    }

    @Test
    void peersThatAreNotBuiltAreMissed(@TempDir Path directory) {
        assertThat(new PeerJars(directory).built()).isFalse();
        assertThat(new PeerJars(directory).classPath(ComparedStore.RAW))
                .isEqualTo(System.getProperty("java.class.path"));
    }

    @Test
    void titlesSayWhatACellIs() {
        assertThat(Cell.append(1024, 1000, 100, 1).title()).isEqualTo("1 KiB, 1,000 in flight, 100 ledgers");
        assertThat(Cell.append(128, 1, 1, 2).title()).isEqualTo("128 B, 1 in flight, 1 ledger, 2 producers");
        assertThat(Cell.rate(20_000, 1024).title()).isEqualTo("20,000 a second of 1 KiB");
        assertThat(Cell.random(1024, 256, 1).title()).isEqualTo("random read, 1 KiB, page cache warm, 1 thread");
    }
}
