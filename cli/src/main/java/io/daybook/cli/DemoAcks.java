package io.daybook.cli;

import java.util.Arrays;
import java.util.Optional;
import java.util.StringJoiner;

/**
 * A line from the demo's writer to its parent: what is durable, and how it went so far. The last whole line before the kill is
 * what the parent holds the store to.
 *
 * @param elapsedNanos since the first append
 * @param p50Nanos median time from append to callback
 * @param p99Nanos 99th percentile
 * @param p999Nanos 99.9th percentile
 * @param syncs syncs of the journal so far, -1: not known
 * @param counts for each ledger how many entries, from entry 0 on, were acknowledged
 */
record DemoAcks(long elapsedNanos, long p50Nanos, long p99Nanos, long p999Nanos, long syncs, long[] counts) {
    private static final String HEAD = "acks";
    private static final int NUMBERS = 5;

    static DemoAcks none(int ledgers) {
        return new DemoAcks(0, 0, 0, 0, -1, new long[ledgers]);
    }

    long total() {
        return Arrays.stream(counts).sum();
    }

    String line() {
        StringJoiner line = new StringJoiner(" ");
        line.add(HEAD);
        line.add(Long.toString(elapsedNanos)).add(Long.toString(p50Nanos)).add(Long.toString(p99Nanos));
        line.add(Long.toString(p999Nanos)).add(Long.toString(syncs));
        for (long count : counts) {
            line.add(Long.toString(count));
        }
        return line.toString();
    }

    /** Reads a line; empty if it is none of these. */
    static Optional<DemoAcks> parse(String line, int ledgers) {
        String[] words = line.split(" ", -1);
        if (!words[0].equals(HEAD) || words.length != 1 + NUMBERS + ledgers) {
            return Optional.empty();
        }
        try {
            long[] numbers =
                    Arrays.stream(words).skip(1).mapToLong(Long::parseLong).toArray();
            long[] counts = Arrays.copyOfRange(numbers, NUMBERS, numbers.length);
            return Optional.of(new DemoAcks(numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], counts));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }
}
