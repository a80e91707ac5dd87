package io.daybook.benchmarks.report;

import io.daybook.benchmarks.Medians;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;

/**
 * All that a comparison came to: what the report is made of.
 *
 * @param machine what its header says
 * @param cells in the order in which they were measured
 */
public record Results(Map<String, String> machine, List<Cell> cells) {

    /**
     * A cell.
     *
     * @param kind of measurement: append, rate, tail, scan, random, open
     * @param title for people
     * @param params what it was measured with
     * @param stores that were measured in turn
     */
    public record Cell(String kind, String title, Map<String, String> params, List<Store> stores) {

        /** A store's part, null if it was not measured. */
        public Store store(String name) {
            return stores.stream()
                    .filter(store -> store.name().equals(name))
                    .findFirst()
                    .orElse(null);
        }

        /** A parameter as a number. */
        public int number(String name) {
            return Integer.parseInt(params.get(name));
        }
    }

    /**
     * A store in a cell.
     *
     * @param name that the command line knows
     * @param title for people
     * @param fileState of the files that it appends to
     * @param runs one of each JVM
     */
    public record Store(String name, String title, String fileState, List<Run> runs) {

        /** Median of a figure, NaN where no run has it. */
        public double median(String figure) {
            return Medians.median(
                    runs.stream()
                            .filter(run -> !Double.isNaN(run.figure(figure)))
                            .toList(),
                    run -> run.figure(figure));
        }

        /** Smallest value of a figure. */
        public double min(String figure) {
            return taken(figure).min().orElse(Double.NaN);
        }

        /** Largest value of a figure. */
        public double max(String figure) {
            return taken(figure).max().orElse(Double.NaN);
        }

        private DoubleStream taken(String figure) {
            return runs.stream().mapToDouble(run -> run.figure(figure)).filter(value -> !Double.isNaN(value));
        }
    }

    /** The cells of a kind that some store was measured in. */
    public List<Cell> ofKind(String kind) {
        return cells.stream()
                .filter(cell -> cell.kind().equals(kind) && !cell.stores().isEmpty())
                .toList();
    }

    /** As JSON. */
    public String toJson() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("machine", machine);
        json.put("cells", cells.stream().map(Results::toJson).toList());
        return Json.text(json);
    }

    private static Map<String, Object> toJson(Cell cell) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("kind", cell.kind());
        json.put("title", cell.title());
        json.put("params", cell.params());
        json.put("stores", cell.stores().stream().map(Results::toJson).toList());
        return json;
    }

    private static Map<String, Object> toJson(Store store) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("name", store.name());
        json.put("title", store.title());
        json.put("fileState", store.fileState());
        json.put("runs", store.runs().stream().map(Run::toJson).toList());
        return json;
    }

    /**
     * From JSON.
     *
     * @throws IllegalArgumentException if it is none, or of another kind
     */
    public static Results fromJson(String text) {
        Map<String, Object> json = map(Json.parse(text));
        List<Cell> cells = new ArrayList<>();
        list(json.get("cells")).forEach(cell -> cells.add(cell(map(cell))));
        return new Results(strings(json.get("machine")), cells);
    }

    private static Cell cell(Map<String, Object> json) {
        List<Store> stores = new ArrayList<>();
        for (Object element : list(json.get("stores"))) {
            Map<String, Object> store = map(element);
            stores.add(new Store(
                    store.get("name").toString(),
                    store.get("title").toString(),
                    store.get("fileState").toString(),
                    runs(list(store.get("runs")))));
        }
        return new Cell(json.get("kind").toString(), json.get("title").toString(), strings(json.get("params")), stores);
    }

    /** Where a file has no numbers of forks, no fork of it had failed, as far as it says. */
    private static List<Run> runs(List<Object> json) {
        List<Run> runs = new ArrayList<>();
        for (Object element : json) {
            Run run = Run.fromJson(element);
            runs.add(run.fork() == 0 ? run.withFork(runs.size() + 1) : run);
        }
        return runs;
    }

    private static Map<String, String> strings(Object json) {
        Map<String, String> strings = new LinkedHashMap<>();
        map(json).forEach((name, value) -> strings.put(name, value.toString()));
        return strings;
    }

    static Map<String, Object> map(Object json) {
        if (!(json instanceof Map<?, ?> map)) {
            throw new IllegalArgumentException("not results of a comparison: an object is missing");
        }
        Map<String, Object> copy = new LinkedHashMap<>();
        map.forEach((name, value) -> copy.put(name.toString(), value));
        return copy;
    }

    static List<Object> list(Object json) {
        if (!(json instanceof List<?> list)) {
            throw new IllegalArgumentException("not results of a comparison: a list is missing");
        }
        return new ArrayList<>(list);
    }
}
