package io.daybook.engine;

import static io.daybook.engine.MetricScrapes.await;
import static io.daybook.engine.MetricScrapes.scrape;
import static io.daybook.engine.MetricScrapes.value;
import static org.assertj.core.api.Assertions.assertThat;

import io.prometheus.client.Collector;
import io.prometheus.client.Collector.MetricFamilySamples;
import io.prometheus.client.Collector.MetricFamilySamples.Sample;
import io.prometheus.client.CollectorRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code docs/metrics.md}, the README and what a scrape of a live engine shows are the same, seen from both sides. */
@Timeout(180)
class MetricsDocumentTest {
    private static final Path DOCUMENT = Path.of("../docs/metrics.md");
    private static final Path README = Path.of("../README.md");
    private static final Pattern README_TABLE = Pattern.compile("(?m)^## Metrics$(.*?)^## ", Pattern.DOTALL);
    /** A name by itself; a label says so before it. */
    private static final Pattern README_NAME = Pattern.compile("(?<!label )`([a-z_]+)`");

    private static final int COLUMNS = 6;

    @TempDir
    private Path directory;

    /** What can be compared of a metric. */
    private record Facts(String type, String unit, List<String> labels) {}

    @Test
    void documentAndScrapeAgree() throws Exception {
        Map<String, Facts> shown = shown();

        assertThat(documented()).containsExactlyEntriesOf(shown);
    }

    @Test
    void readmeNamesAll() throws IOException {
        Matcher section = README_TABLE.matcher(Files.readString(README));
        assertThat(section.find()).as("README has a section of metrics").isTrue();
        List<String> named = section.group(1)
                .lines()
                .filter(line -> line.startsWith("| "))
                .flatMap(line -> README_NAME.matcher(line).results())
                .map(name -> "daybook_" + name.group(1))
                .toList();

        assertThat(named).containsExactlyInAnyOrderElementsOf(documented().keySet());
    }

    private static Map<String, Facts> documented() throws IOException {
        Map<String, Facts> metrics = new TreeMap<>();
        for (String line : Files.readAllLines(DOCUMENT)) {
            if (!line.startsWith("| `daybook_")) {
                continue;
            }
            List<String> cells = Arrays.stream(
                            line.substring(1, line.length() - 1).split("\\|"))
                    .map(String::strip)
                    .toList();
            assertThat(cells).as(line).hasSize(COLUMNS).doesNotContain("");
            List<String> labels = Arrays.stream(cells.get(3).replace("`", "").split(", "))
                    .map(MetricsDocumentTest::sorted)
                    .sorted()
                    .toList();
            Facts before = metrics.put(cells.get(0).replace("`", ""), new Facts(cells.get(1), cells.get(2), labels));
            assertThat(before).as("documented once: " + line).isNull();
        }
        return metrics;
    }

    /** A label with the values that are documented for it. */
    private static String sorted(String label) {
        String[] parts = label.split("=");
        return parts.length == 1 ? label : parts[0] + "=" + new TreeSet<>(List.of(parts[1].split(" ")));
    }

    /** Everything an engine shows in its life: while it works, and, of the shutdown, while that runs. */
    private Map<String, Facts> shown() throws Exception {
        CollectorRegistry registry = new CollectorRegistry();
        LedgerEngine engine = LedgerEngine.open(
                RealStores.small(directory).name("a").metricsRegistry(registry).build());
        Map<String, Facts> facts = new TreeMap<>();
        CountDownLatch inCallback = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        Thread closer = new Thread(engine::close, "closer");
        try {
            engine.append(1, 0, RealStores.bytes("entry")).get(30, TimeUnit.SECONDS);
            engine.read(1, 0).release();
            await("native samples", () -> value(registry, "a", "daybook_rocksdb_memtable_bytes") != null);
            engine.append(
                    1, 1, RealStores.bytes("held"), (ledger, entry, failure, context) -> hold(inCallback, go), null);
            assertThat(inCallback.await(30, TimeUnit.SECONDS)).isTrue();
            closer.start();
            await("a stage of the shutdown", () -> shutdownShown(registry));
            for (MetricFamilySamples family : scrape(registry)) {
                add(family, facts);
            }
        } finally {
            go.countDown();
            engine.close();
            closer.join();
        }
        assertThat(scrape(registry)).isEmpty();
        return facts;
    }

    private static boolean shutdownShown(CollectorRegistry registry) {
        return registry.getSampleValue(
                        "daybook_shutdown_stage_seconds",
                        new String[] {"engine", "stage"},
                        new String[] {"a", "STOP_INTAKE"})
                != null;
    }

    private static void hold(CountDownLatch inCallback, CountDownLatch go) {
        inCallback.countDown();
        try {
            assertThat(go.await(60, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static void add(MetricFamilySamples family, Map<String, Facts> facts) {
        String name = family.name + (family.type == Collector.Type.COUNTER ? "_total" : "");
        assertThat(family.help).as("help of " + name).endsWith(".").hasSizeGreaterThan(10);
        assertThat(family.samples).as("samples of " + name).isNotEmpty();
        Map<String, TreeSet<String>> labels = new TreeMap<>();
        for (Sample sample : family.samples) {
            for (int i = 0; i < sample.labelNames.size(); i++) {
                labels.computeIfAbsent(sample.labelNames.get(i), label -> new TreeSet<>())
                        .add(sample.labelValues.get(i));
            }
        }
        labels.remove("le");
        List<String> texts = new ArrayList<>();
        // Names are the user's, and of the stages only the first ones can be seen.
        labels.forEach((label, values) ->
                texts.add(label.equals("engine") || label.equals("stage") ? label : label + "=" + values));
        facts.put(name, new Facts(family.type.name().toLowerCase(Locale.ROOT), unit(name), texts));
    }

    /** Base units stand in the name. */
    private static String unit(String name) {
        String bare = name.endsWith("_total") ? name.substring(0, name.length() - "_total".length()) : name;
        for (String unit : List.of("seconds", "bytes", "entries", "records")) {
            if (bare.endsWith("_" + unit)) {
                return unit;
            }
        }
        return "1";
    }
}
