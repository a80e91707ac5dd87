package io.daybook.benchmarks.compare;

import static io.daybook.benchmarks.compare.ComparedStore.BOOKKEEPER;
import static io.daybook.benchmarks.compare.ComparedStore.BOOKKEEPER_FLUSH;
import static io.daybook.benchmarks.compare.ComparedStore.BOOKKEEPER_RA1;
import static io.daybook.benchmarks.compare.ComparedStore.DAYBOOK;
import static io.daybook.benchmarks.compare.ComparedStore.DAYBOOK_25;
import static io.daybook.benchmarks.compare.ComparedStore.DAYBOOK_NO_ROWS;
import static io.daybook.benchmarks.compare.ComparedStore.DAYBOOK_RING;
import static io.daybook.benchmarks.compare.ComparedStore.JRAFT;
import static io.daybook.benchmarks.compare.ComparedStore.RAW;
import static io.daybook.benchmarks.compare.ComparedStore.RAW_25;
import static io.daybook.benchmarks.compare.ComparedStore.ROCKSDB;
import static io.daybook.benchmarks.compare.ComparedStore.ROCKSDB_BLOB;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What a comparison measures, in order.
 *
 * @param steps one a cell
 */
record Plan(List<Step> steps) {
    private static final int KIB = 1024;

    /** What a JVM takes besides: its start, files made and deleted. */
    private static final int SECONDS_BESIDE = 4;

    /**
     * Of appends whose ratio is a goal: on two cores the compiler takes a quarter of the processor time for some ten seconds, and a
     * store with much to compile is not to be measured against one with little before that has ended.
     */
    private static final int COMPILED_SECONDS = 12;

    /** Stores whose ratio is a goal are neighbours: the less time lies between a pair, the less the machine has changed. */
    private static final List<ComparedStore> ALL =
            List.of(RAW, DAYBOOK_RING, DAYBOOK, DAYBOOK_25, BOOKKEEPER, BOOKKEEPER_FLUSH, ROCKSDB, ROCKSDB_BLOB, JRAFT);

    private static final List<ComparedStore> ONE_OF_EACH = List.of(RAW, DAYBOOK_RING, DAYBOOK, BOOKKEEPER, ROCKSDB);

    private static final List<ComparedStore> RANDOM_READERS =
            List.of(RAW, DAYBOOK, DAYBOOK_NO_ROWS, DAYBOOK_25, BOOKKEEPER, BOOKKEEPER_RA1, ROCKSDB, ROCKSDB_BLOB);

    private static final List<ComparedStore> READERS =
            List.of(RAW, DAYBOOK, DAYBOOK_25, BOOKKEEPER, BOOKKEEPER_RA1, ROCKSDB, ROCKSDB_BLOB);

    /**
     * A cell.
     *
     * @param cell to measure
     * @param stores that take turns
     * @param forks of each
     * @param warmup seconds
     * @param seconds measured
     */
    record Step(Cell cell, List<ComparedStore> stores, int forks, int warmup, int seconds) {

        int expectedSeconds() {
            return stores.size() * forks * (warmup + seconds + SECONDS_BESIDE) + forks * cell.heldMillions();
        }
    }

    /**
     * The plan of a size.
     *
     * @param size quick: 10 minutes, a run of everything; goals: an hour and a half, the cells and stores that goals are set
     *     for; key: three hours, these cells with all peers; full: all sizes, windows, ledgers and producers, most of a day
     */
    static Plan of(String size) {
        return switch (size) {
            case "quick" -> quick();
            case "goals" -> goals();
            case "key" -> key();
            case "full" -> full();
            default ->
                throw new IllegalArgumentException("--size is " + size + ", but must be quick, goals, key or full");
        };
    }

    private static Plan quick() {
        List<Step> steps = new ArrayList<>();
        for (int[] cell : new int[][] {{128, 1000}, {KIB, 1000}, {KIB, 100}, {KIB, 1}, {16 * KIB, 1000}}) {
            steps.add(new Step(Cell.append(cell[0], cell[1], 100, 1), ALL, 1, 2, 3));
        }
        steps.add(new Step(Cell.rate(20_000, KIB), ONE_OF_EACH, 1, 2, 8));
        steps.add(new Step(Cell.tail(KIB, 1), List.of(DAYBOOK, BOOKKEEPER, ROCKSDB), 1, 2, 2));
        steps.add(new Step(Cell.scan(KIB, 256, false), READERS, 1, 0, 3));
        steps.add(new Step(Cell.random(KIB, 256, 1), RANDOM_READERS, 1, 2, 2));
        steps.add(new Step(Cell.open(256), List.of(RAW, DAYBOOK, BOOKKEEPER), 1, 0, 4));
        return new Plan(steps);
    }

    /** What {@code Goals} in the report needs: nothing else, so that it can be repeated often. */
    private static Plan goals() {
        List<Step> steps = new ArrayList<>();
        appendGoal(steps, KIB, 1000, 100, RAW, DAYBOOK_RING, DAYBOOK, DAYBOOK_25, RAW_25, BOOKKEEPER);
        appendGoal(steps, KIB, 1000, 1, DAYBOOK_RING);
        appendGoal(steps, KIB, 1000, 10_000, DAYBOOK_RING);
        appendGoal(steps, KIB, 100, 100, RAW, DAYBOOK_RING, BOOKKEEPER, BOOKKEEPER_FLUSH);
        appendGoal(steps, KIB, 1, 100, RAW, DAYBOOK_RING);
        appendGoal(steps, 16 * KIB, 1000, 100, RAW, DAYBOOK_RING);
        appendGoal(steps, 16 * KIB, 100, 100, RAW, DAYBOOK_RING);
        appendGoal(steps, 128, 1000, 100, RAW, DAYBOOK_RING, BOOKKEEPER);
        appendGoal(steps, 128, 100, 100, RAW, DAYBOOK_RING);
        growth(steps);
        steps.add(new Step(Cell.rate(20_000, KIB), List.of(RAW, DAYBOOK_RING, BOOKKEEPER), 10, COMPILED_SECONDS, 30));
        steps.add(new Step(Cell.tail(KIB, 1), List.of(DAYBOOK), 5, 3, 3));
        steps.add(new Step(Cell.scan(KIB, KIB, false), List.of(DAYBOOK, BOOKKEEPER, BOOKKEEPER_RA1), 5, 0, 10));
        steps.add(new Step(
                Cell.random(KIB, KIB, 1), List.of(RAW, DAYBOOK, DAYBOOK_NO_ROWS, BOOKKEEPER, BOOKKEEPER_RA1), 5, 3, 3));
        steps.add(new Step(Cell.random(KIB, KIB, 2), List.of(RAW, DAYBOOK, DAYBOOK_NO_ROWS), 5, 3, 3));
        steps.add(new Step(Cell.open(KIB), List.of(DAYBOOK, BOOKKEEPER), 5, 0, 15));
        return new Plan(steps);
    }

    private static void appendGoal(
            List<Step> steps, int entryBytes, int inFlight, int ledgers, ComparedStore... stores) {
        steps.add(new Step(Cell.append(entryBytes, inFlight, ledgers, 1), List.of(stores), 5, COMPILED_SECONDS, 5));
    }

    private static Plan key() {
        List<Step> steps = new ArrayList<>();
        for (int entryBytes : new int[] {128, KIB, 16 * KIB}) {
            for (int inFlight : new int[] {1000, 100}) {
                List<ComparedStore> stores = new ArrayList<>(entryBytes == KIB ? ALL : ONE_OF_EACH);
                if (entryBytes == KIB && inFlight == 1000) {
                    // Beside Daybook on the same Java.
                    stores.add(stores.indexOf(DAYBOOK_25) + 1, RAW_25);
                }
                steps.add(new Step(Cell.append(entryBytes, inFlight, 100, 1), stores, 5, COMPILED_SECONDS, 5));
            }
        }
        steps.add(new Step(Cell.append(KIB, 1, 100, 1), ALL, 5, COMPILED_SECONDS, 5));
        for (int ledgers : new int[] {1, 10_000}) {
            steps.add(new Step(
                    Cell.append(KIB, 1000, ledgers, 1), List.of(RAW, DAYBOOK_RING, DAYBOOK, BOOKKEEPER), 5, 4, 5));
        }
        growth(steps);
        steps.add(new Step(
                Cell.rate(20_000, KIB), List.of(RAW, DAYBOOK_RING, DAYBOOK, BOOKKEEPER), 10, COMPILED_SECONDS, 30));
        reads(steps, 5);
        return new Plan(steps);
    }

    private static Plan full() {
        List<Step> steps = new ArrayList<>();
        for (int entryBytes : new int[] {128, KIB, 16 * KIB}) {
            for (int inFlight : new int[] {1, 100, 1000}) {
                for (int ledgers : new int[] {1, 100, 10_000}) {
                    for (int producers : new int[] {1, 2, 4}) {
                        // Four producers have four in flight at least.
                        if (inFlight >= producers) {
                            steps.add(new Step(Cell.append(entryBytes, inFlight, ledgers, producers), ALL, 5, 4, 5));
                        }
                    }
                }
            }
        }
        growth(steps);
        steps.add(new Step(Cell.rate(20_000, KIB), ALL, 10, 5, 30));
        reads(steps, 5);
        return new Plan(steps);
    }

    /** The same with more and more in the store. */
    private static void growth(List<Step> steps) {
        steps.add(new Step(Cell.append(64, 1000, 100, 1), List.of(RAW, DAYBOOK), 5, 4, 5));
        for (int heldMillions : new int[] {10, 100}) {
            steps.add(new Step(Cell.appendBehind(heldMillions, 64), List.of(RAW, DAYBOOK), 5, 4, 5));
        }
    }

    private static void reads(List<Step> steps, int forks) {
        for (int threads : new int[] {1, 2}) {
            steps.add(new Step(Cell.tail(KIB, threads), List.of(DAYBOOK, BOOKKEEPER, ROCKSDB), forks, 3, 3));
        }
        for (boolean cold : new boolean[] {true, false}) {
            steps.add(new Step(Cell.scan(KIB, KIB, cold), READERS, forks, 0, 10));
        }
        for (int threads : new int[] {1, 2}) {
            steps.add(new Step(Cell.random(KIB, KIB, threads), RANDOM_READERS, forks, 3, 3));
        }
        steps.add(new Step(Cell.open(KIB), List.of(RAW, DAYBOOK, BOOKKEEPER), forks, 0, 15));
    }

    /** Only some kinds and stores of it. */
    Plan only(Set<String> kinds, Set<ComparedStore> stores) {
        List<Step> kept = new ArrayList<>();
        for (Step step : steps) {
            List<ComparedStore> left =
                    step.stores().stream().filter(stores::contains).toList();
            if (kinds.contains(step.cell().kind().key()) && !left.isEmpty()) {
                kept.add(new Step(step.cell(), left, step.forks(), step.warmup(), step.seconds()));
            }
        }
        return new Plan(kept);
    }

    /** With other numbers of forks and seconds, where they are above zero. */
    Plan with(int forks, int warmup, int seconds) {
        return new Plan(steps.stream()
                .map(step -> new Step(
                        step.cell(),
                        step.stores(),
                        forks > 0 ? forks : step.forks(),
                        warmup > 0 ? warmup : step.warmup(),
                        seconds > 0 ? seconds : step.seconds()))
                .toList());
    }

    /** Only cells with a title in which the pattern is found. */
    Plan only(Pattern title) {
        return new Plan(steps.stream()
                .filter(step -> title.matcher(step.cell().title()).find())
                .toList());
    }

    boolean needsJava(int feature) {
        return steps.stream().flatMap(step -> step.stores().stream()).anyMatch(store -> store.java() == feature);
    }

    boolean needsPeers() {
        return steps.stream().flatMap(step -> step.stores().stream()).anyMatch(ComparedStore::isPeer);
    }

    int expectedSeconds() {
        return steps.stream().mapToInt(Step::expectedSeconds).sum();
    }
}
