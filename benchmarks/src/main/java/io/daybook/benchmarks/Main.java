package io.daybook.benchmarks;

import java.io.IOException;

/** Runs the benchmarks: takes what {@code org.openjdk.jmh.Main} takes. */
public final class Main {

    private Main() {}

    /**
     * Runs JMH.
     *
     * @param args JMH's own options
     * @throws IOException where JMH cannot read its list of benchmarks
     */
    public static void main(String[] args) throws IOException {
        org.openjdk.jmh.Main.main(args);
    }
}
