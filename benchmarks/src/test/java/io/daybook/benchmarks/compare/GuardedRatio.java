package io.daybook.benchmarks.compare;

import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.TreeSet;

/**
 * A ratio to raw that must not fall.
 *
 * @param name as the file has it
 * @param cell to measure
 * @param store of Daybook in it
 * @param recorded when it was good
 */
record GuardedRatio(String name, Cell cell, ComparedStore store, double recorded) {
    private static final double KEPT_MIN = 0.8;
    private static final int LEDGERS = 100;
    private static final int STORE_MIB = 128;

    /** All of a file; a line that is none of the known kinds is an error, as nothing may be left out silently. */
    static List<GuardedRatio> read(Properties properties) {
        List<GuardedRatio> ratios = new ArrayList<>();
        for (String name : new TreeSet<>(properties.stringPropertyNames())) {
            double recorded = Double.parseDouble(properties.getProperty(name));
            String[] parts = name.split("\\.");
            int entryBytes = Integer.parseInt(parts[1]);
            int number = Integer.parseInt(parts[2]);
            ratios.add(
                    switch (parts[0]) {
                        case "append" ->
                            new GuardedRatio(
                                    name,
                                    Cell.append(entryBytes, number, LEDGERS, 1),
                                    ComparedStore.DAYBOOK_RING,
                                    recorded);
                        case "random" ->
                            new GuardedRatio(
                                    name, Cell.random(entryBytes, STORE_MIB, number), ComparedStore.DAYBOOK, recorded);
                        default -> throw new IllegalArgumentException("nobody knows how to measure " + name);
                    });
        }
        return ratios;
    }

    boolean holds(double ratio) {
        return ratio >= KEPT_MIN * recorded;
    }
}
