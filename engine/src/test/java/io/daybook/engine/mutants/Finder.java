package io.daybook.engine.mutants;

import io.daybook.engine.model.ModelFinder;
import java.util.function.Consumer;
import org.junit.platform.engine.FilterResult;
import org.junit.platform.engine.TestDescriptor;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.PostDiscoveryFilter;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/**
 * What has to find a mutant: seeds of the model, one of them, enumerated crashes, or a test.
 *
 * @param kind which of them
 * @param what number of seeds or of states, one seed and its mix, or the name of a test class, with {@code #method} where one method is meant
 */
record Finder(Kind kind, String what) {

    /** Which of them. */
    enum Kind {
        MODEL,
        SEED,
        CRASHES,
        TEST
    }

    /** Seeds that must find a usual mutant. */
    static final int USUAL_SEEDS = 5_000;

    /** Seeds that must find a rare one. */
    static final int RARE_SEEDS = 20_000;

    static Finder model(int seeds) {
        return new Finder(Kind.MODEL, Integer.toString(seeds));
    }

    /** One seed and its mix, as the model names them. */
    static Finder seed(String seedAndMix) {
        return new Finder(Kind.SEED, seedAndMix);
    }

    /** So many states, spread over all scripts. */
    static Finder crashes(int states) {
        return new Finder(Kind.CRASHES, Integer.toString(states));
    }

    /** A test by its name below {@code io.daybook}. */
    static Finder test(String name) {
        return new Finder(Kind.TEST, "io.daybook." + name);
    }

    /** From what {@link #toString} made of it. */
    static Finder parse(String text) {
        int colon = text.indexOf(':');
        return new Finder(Kind.valueOf(text.substring(0, colon)), text.substring(colon + 1));
    }

    @Override
    public String toString() {
        return kind + ":" + what;
    }

    /** The same with fewer seeds or states, if it is those. */
    Finder atMost(int seeds) {
        return switch (kind) {
            case MODEL -> model(Math.min(seeds, Integer.parseInt(what)));
            case CRASHES -> crashes(Math.min(10 * seeds, Integer.parseInt(what)));
            case SEED, TEST -> this;
        };
    }

    /** Looks, and tells the first that it finds. */
    void look(Consumer<String> found) {
        switch (kind) {
            case MODEL -> ModelFinder.find(Integer.parseInt(what)).ifPresent(found);
            case SEED -> ModelFinder.again(what).ifPresent(found);
            case CRASHES -> {
                System.setProperty("daybook.crash.states", what);
                runTests("io.daybook.engine.model.EnumeratedCrashTest#someStatesOfEachScript", found);
            }
            case TEST -> runTests(what, found);
        }
    }

    private static void runTests(String what, Consumer<String> found) {
        int hash = what.indexOf('#');
        String type = hash < 0 ? what : what.substring(0, hash);
        Results results = new Results(found);
        LauncherFactory.create()
                .execute(
                        LauncherDiscoveryRequestBuilder.request()
                                .selectors(DiscoverySelectors.selectClass(type))
                                .filters((PostDiscoveryFilter) test ->
                                        FilterResult.includedIf(hash < 0 || isNamed(test, what.substring(hash + 1))))
                                .build(),
                        results);
        if (results.ended == 0) {
            throw new IllegalStateException("there is no test " + what);
        }
    }

    private static boolean isNamed(TestDescriptor test, String method) {
        return !(test.getSource().orElse(null) instanceof MethodSource source)
                || source.getMethodName().equals(method);
    }

    /** Tells each failure. */
    private static final class Results implements TestExecutionListener {
        private final Consumer<String> found;
        private int ended;

        Results(Consumer<String> found) {
            this.found = found;
        }

        @Override
        public void executionFinished(TestIdentifier test, TestExecutionResult result) {
            if (result.getStatus() == TestExecutionResult.Status.FAILED) {
                String name = test.getSource().orElse(null) instanceof MethodSource source
                        ? source.getClassName().replaceAll(".*\\.", "") + "#" + source.getMethodName()
                        : test.getDisplayName();
                found.accept(name + ": "
                        + result.getThrowable().map(Throwable::toString).orElse("failed"));
            }
            if (test.isTest() && result.getStatus() != TestExecutionResult.Status.ABORTED) {
                ended++;
            }
        }
    }
}
