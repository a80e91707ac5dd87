package io.daybook.benchmarks.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.daybook.benchmarks.Format;
import io.daybook.benchmarks.Medians;
import io.daybook.benchmarks.Workspace;
import io.daybook.benchmarks.report.Figure;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Fails when a key ratio fell by more than a fifth against what was recorded. Needs a machine that does nothing else. */
class RatioGuardTest {
    private static final int FORKS = Integer.getInteger("daybook.guard.forks", 5);
    private static final int SECONDS = Integer.getInteger("daybook.guard.seconds", 3);
    private static final boolean RECORD = Boolean.getBoolean("daybook.guard.record");
    private static final String FILE = "guard.properties";
    private static final int SECONDS_MAX = 120;

    @Test
    void holdsDownToAFifthBelow() {
        GuardedRatio guarded =
                GuardedRatio.read(properties("append.1024.1000", "0.75")).get(0);
        assertThat(guarded.cell()).isEqualTo(Cell.append(1024, 1000, 100, 1));
        assertThat(guarded.holds(0.61)).isTrue();
        assertThat(guarded.holds(0.59)).isFalse();
        assertThat(guarded.holds(Double.NaN)).isFalse();
    }

    @Test
    void refusesALineThatNobodyMeasures() {
        assertThatThrownBy(() -> GuardedRatio.read(properties("write.1024.1", "1")))
                .hasMessage("nobody knows how to measure write.1024.1");
    }

    @Test
    @Tag("bench")
    void keyRatiosHold() throws IOException {
        List<String> fallen = new ArrayList<>();
        List<String> lines = new ArrayList<>();
        List<GuardedRatio> guarded = GuardedRatio.read(recorded());
        assertThat(guarded).isNotEmpty();
        for (GuardedRatio each : guarded) {
            double ratio = measure(each);
            String line = each.name() + "=" + String.format(Locale.ROOT, "%.2f", ratio);
            lines.add(line);
            System.out.println(
                    "guard: " + line + ", recorded " + Format.ratio(each.recorded()) + ", " + FORKS + " pairs");
            if (!each.holds(ratio)) {
                fallen.add(line + ", recorded " + Format.ratio(each.recorded()));
            }
        }
        if (RECORD) {
            record(lines);
        } else {
            assertThat(fallen).as("ratios that fell by more than a fifth").isEmpty();
        }
    }

    /** The median of the ratios of pairs that took turns. */
    private static double measure(GuardedRatio guarded) throws IOException {
        List<Double> ratios = new ArrayList<>();
        try (Workspace workspace = Workspace.create("guard")) {
            ChildJvm children = new ChildJvm(PeerJars.find(), workspace.path());
            Path raw = directory(children, guarded, ComparedStore.RAW, workspace.path());
            Path daybook = directory(children, guarded, guarded.store(), workspace.path());
            for (int fork = 0; fork < FORKS; fork++) {
                double baseline = rate(children, guarded, ComparedStore.RAW, raw);
                ratios.add(rate(children, guarded, guarded.store(), daybook) / baseline);
            }
        }
        return Medians.median(ratios, ratio -> ratio);
    }

    private static Path directory(ChildJvm children, GuardedRatio guarded, ComparedStore store, Path work)
            throws IOException {
        Path directory = Files.createDirectory(work.resolve(store.key()));
        if (guarded.cell().kind().readsFilledStore()) {
            children.run(guarded.cell(), store, directory, Map.of("fill", "1"), SECONDS_MAX);
        }
        return directory;
    }

    private static double rate(ChildJvm children, GuardedRatio guarded, ComparedStore store, Path directory)
            throws IOException {
        Map<String, String> times = Map.of("warmup", Integer.toString(SECONDS), "seconds", Integer.toString(SECONDS));
        return children.run(guarded.cell(), store, directory, times, SECONDS_MAX)
                .orElseThrow()
                .figure(Figure.RATE);
    }

    private static Properties recorded() throws IOException {
        Properties properties = new Properties();
        try (InputStream in = RatioGuardTest.class.getClassLoader().getResourceAsStream(FILE)) {
            properties.load(in);
        }
        return properties;
    }

    /** Puts new figures into the source file; what is a comment stays. */
    private static void record(List<String> lines) throws IOException {
        Path file = Path.of("src/test/resources", FILE);
        List<String> text = new ArrayList<>(Files.readAllLines(file).stream()
                .filter(line -> line.startsWith("#"))
                .toList());
        text.addAll(lines);
        Files.write(file, text);
    }

    private static Properties properties(String name, String value) {
        Properties properties = new Properties();
        properties.setProperty(name, value);
        return properties;
    }
}
