package io.daybook.engine.model;

import static io.daybook.engine.model.Answers.describe;

import io.daybook.engine.Durability;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Supplier;

/** Where a run of a seed is: its operation with the random numbers of that, what it has told, and how it says what it finds. */
final class Course {
    private final long seed;
    private final Durability durability;
    /** Null: none is kept. */
    private final List<String> trace;

    final Totals totals;

    int operation;
    /** Of the operation that is done now. */
    SplittableRandom random;

    Course(long seed, Durability durability, Totals totals, List<String> trace) {
        this.seed = seed;
        this.durability = durability;
        this.totals = totals;
        this.trace = trace;
        begin(0);
    }

    /** Random numbers of its own for each operation, so that one that is left out changes none of the others. */
    void begin(int number) {
        operation = number;
        long mixed = (seed + 1) * 0x9E3779B97F4A7C15L + number * 0xD1B54A32D192ED03L;
        random = new SplittableRandom(new SplittableRandom(mixed).nextLong());
    }

    long nextLong() {
        return random.nextLong();
    }

    void note(Supplier<String> what) {
        if (trace != null) {
            trace.add("#" + operation + " " + what.get());
        }
    }

    AssertionError fault(String what) {
        return fault(what, null);
    }

    AssertionError fault(String what, Throwable cause) {
        totals.failedAt = operation;
        return new AssertionError("seed " + seed + ", operation " + operation + ", " + durability + ": " + what, cause);
    }

    void expect(Object answer, Class<? extends Throwable> wanted, Supplier<String> what) {
        if (answer == null || answer.getClass() != wanted) {
            throw fault(
                    what.get() + " gave " + describe(answer) + ", wanted " + wanted.getSimpleName(),
                    answer instanceof Throwable thrown ? thrown : null);
        }
    }

    void same(Object answer, Object wanted, Supplier<String> what) {
        if (!wanted.equals(answer)) {
            throw fault(
                    what.get() + " gave " + describe(answer) + ", wanted " + wanted,
                    answer instanceof Throwable thrown ? thrown : null);
        }
    }

    Object value(Object answer, Supplier<String> what) {
        if (answer instanceof Throwable thrown) {
            throw fault(what.get() + " failed", thrown);
        }
        return answer;
    }
}
